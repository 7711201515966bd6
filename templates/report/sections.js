// The sections below the map.
/* global bytesText, groupedText, countText, shareText, make */
/* exported table, findingsContent, savingsContent, packagesContent, artifactsContent */

const marks = { error: '✖', warning: '▲', info: '●' };

/** @param {PageData} data */
function findingsContent({ findings, proof }) {
  const state = { proven: 'proven', partly: 'partly proven', 'not-proven': 'not proven here' }[proof.state];
  const ran = `${countText(proof.imported.length, 'module')} imported and ${countText(proof.probes.length, 'recipe probe')} run from only what was kept, by ${proof.interpreter}.`;
  const what = proof.state === 'not-proven' ? '' : ran;
  const items = findings.map(({ severity, code, sentence, hint }) =>
    make(
      `li.${severity}`,
      {},
      make('span.mark', { role: 'img', 'aria-label': severity }, marks[severity]),
      make(
        'div',
        {},
        make('code', {}, code),
        make('p', {}, sentence),
        hint ? make('p.note', {}, hint) : null,
      ),
    ),
  );
  const proofMark = proof.state === 'proven' ? '✔' : '▲';
  items.unshift(
    make(
      `li.${proof.state === 'proven' ? 'proven' : 'warning'}`,
      {},
      make('span.mark', { 'aria-hidden': 'true' }, proofMark),
      make('div', {}, make('b', {}, state), make('p', {}, `${what} ${proof.because ?? ''}`.trim())),
    ),
  );
  return make('ul.findings', {}, ...items);
}

/** Rows of a table that are seen at once. All are printed, and all that a search has found are seen. */
const seen = 12;

/**
 * @param {readonly (readonly [title: string, isNumber?: boolean])[]} columns
 * @param {readonly HTMLElement[]} rows
 * @param {string} caption
 */
function table(columns, rows, caption) {
  const head = columns.map(([title, number]) =>
    make(number ? 'th.number' : title === '' ? 'th.graph' : 'th', { scope: 'col' }, title),
  );
  const rest = rows.slice(seen);
  for (const row of rest) row.classList.add('more');
  // On a phone the columns stand below each other, and each says what it is.
  for (const row of rows)
    for (const [index, cell] of [...row.children].entries())
      if (index > 0) cell.setAttribute('data-name', columns[index]?.[0] ?? '');
  const all = make(
    'table',
    {},
    make('caption.hidden', {}, caption),
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...rows),
  );
  if (rest.length < 3) {
    all.classList.add('whole');
    return [all];
  }
  const open = () => {
    all.classList.add('whole');
    button.remove();
  };
  const button = make(
    'button.link.screen-only',
    { type: 'button', onclick: open },
    `Show ${rest.length} more`,
  );
  return [all, button];
}

/**
 * @param {PageData} data
 * @param {(rule: string) => void} pick called with a rule whose files shall be shown
 */
function savingsContent({ savings, sizes }, pick) {
  const [first] = savings;
  if (first === undefined) return [make('p.note', {}, 'No rule took anything.')];
  const most = first.bytes;
  const rows = savings.map(({ rule, bytes, files, because }) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, make('button.link', { type: 'button', onclick: () => pick(rule) }, rule)),
      make('td.number', { title: `${groupedText(bytes)} bytes` }, bytesText(bytes)),
      make('td.number', {}, shareText(bytes, sizes.raw)),
      make(
        'td.graph',
        {},
        make(
          'div.bar',
          { 'aria-hidden': 'true' },
          make('i.part0', { style: { width: `${((100 * bytes) / most).toFixed(2)}%` } }),
        ),
      ),
      make('td.number', {}, groupedText(files)),
      make('td.wide', {}, because),
    ),
  );
  /** @type {Parameters<typeof table>[0]} */
  const columns = [['rule'], ['bytes', true], ['of all', true], [''], ['files', true], ['because']];
  return table(columns, rows, 'Bytes that each rule saved');
}

/**
 * @param {PageData} data
 * @param {(name: string) => void} pick called with the name of a package that shall be shown
 */
function packagesContent({ packages }, pick) {
  const most = Math.max(1, ...packages.map((one) => Math.max(one.raw, one.kept)));
  /** @param {number} bytes */
  const width = (bytes) => `${((100 * bytes) / most).toFixed(2)}%`;
  const rows = packages
    .filter((one) => one.raw > 0 || one.kept > 0)
    .map(({ name, version, because, raw, kept, packed }) =>
      make(
        'tr',
        { 'data-package': name },
        make(
          'th',
          { scope: 'row' },
          make('button.link', { type: 'button', onclick: () => pick(name) }, name),
          version ? ` ${version}` : '',
        ),
        make('td.number', { title: `${groupedText(raw)} bytes` }, bytesText(raw)),
        make('td.number', { title: `${groupedText(kept)} bytes` }, bytesText(kept)),
        make('td.number', { title: `${groupedText(packed)} bytes` }, bytesText(packed)),
        make(
          'td.graph',
          {},
          make(
            'div.bar.double',
            { 'aria-hidden': 'true' },
            make('i.was', { style: { width: width(raw) } }),
            make('i.part0', { style: { width: width(kept) } }),
          ),
        ),
        make('td.wide', {}, because),
      ),
    );
  /** @type {Parameters<typeof table>[0]} */
  const columns = [
    ['package'],
    ['as installed', true],
    ['left', true],
    ['compressed', true],
    [''],
    ['why it is there'],
  ];
  return table(columns, rows, 'Packages, heaviest first');
}

/** @param {PageData} data */
function artifactsContent({ artifacts }) {
  if (artifacts.length === 0) return [make('p.note', {}, 'Nothing was written.')];
  const rows = artifacts.map(({ file, kind, zippedBytes, unzippedBytes, viaS3, fileCount, sha256 }) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, file),
      make('td', {}, `${kind}${viaS3 ? ', through S3' : ''}`),
      make('td.number', {}, kind === 'directory' ? '' : groupedText(zippedBytes)),
      make('td.number', {}, groupedText(unzippedBytes)),
      make('td.number', {}, groupedText(fileCount)),
      make('td.wide', {}, make('code.hash', {}, sha256)),
    ),
  );
  /** @type {Parameters<typeof table>[0]} */
  const columns = [
    ['file'],
    ['kind'],
    ['bytes zipped', true],
    ['unzipped', true],
    ['files', true],
    ['sha256'],
  ];
  return table(columns, rows, 'What was written');
}
