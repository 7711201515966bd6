// The first two sections: from what was installed to what is uploaded, and AWS's limits.
/* global bytesText, fewerText, groupedText, countText, shareText, make */
/* exported subtitleText, stagesContent, limitsContent, strategyText */

/** @param {PageData} data */
function subtitleText({ target, packages, resolver, strategy }) {
  const known = packages.filter((one) => one.version !== null).length;
  return `python${target.python} · ${target.architecture} · glibc ${target.glibc} · ${countText(known, 'distribution')} by ${resolver} · strategy ${strategy}`;
}

/**
 * A bar of parts; what is over the limit makes the bar longer than its mark.
 * @param {PageLimit['parts']} parts
 * @param {number} limit
 * @param {string} state
 */
function barOf(parts, limit, state) {
  const used = parts.reduce((sum, part) => sum + part.bytes, 0);
  const whole = Math.max(limit, used);
  /** @param {number} bytes */
  const percent = (bytes) => `${((100 * bytes) / whole).toFixed(3)}%`;
  const pieces = parts.map((part, index) =>
    make(`i.part${index}`, {
      style: { width: percent(part.bytes) },
      title: `${part.name}: ${bytesText(part.bytes)}`,
    }),
  );
  const mark = used > limit ? make('b.mark', { style: { left: percent(limit) } }) : null;
  return make(`div.bar.${state}`, { 'aria-hidden': 'true' }, ...pieces, mark);
}

/**
 * From what was installed to what is uploaded.
 * @param {PageData} data
 */
function stagesContent({ sizes, nesting }) {
  const opened = nesting ? `and ${bytesText(nesting.bytes)} opened into /tmp` : '';
  /** @type {[string, number, string][]} */
  const stages = [
    ['as installed', sizes.raw, ''],
    ['pruned', sizes.pruned, fewerText(sizes.raw - sizes.pruned)],
    ['stripped', sizes.stripped, fewerText(sizes.pruned - sizes.stripped)],
    ['unzipped in Lambda', sizes.unzipped, opened],
    ['zipped', sizes.zipped, `${shareText(sizes.zipped, sizes.raw)} of what was installed`],
  ];
  const most = Math.max(1, ...stages.map(([, bytes]) => bytes));
  // A folder has no zip.
  const made = stages.filter(([name, bytes]) => name !== 'zipped' || bytes > 0);
  return made.map(([name, bytes, note]) =>
    make(
      'li',
      { title: `${groupedText(bytes)} bytes` },
      make('span', {}, name),
      make('strong', {}, bytesText(bytes)),
      make(
        'div.bar',
        { 'aria-hidden': 'true' },
        make('i.part0', { style: { width: `${((100 * bytes) / most).toFixed(2)}%` } }),
      ),
      make('small', {}, note),
    ),
  );
}

/**
 * A zip that is too large for direct upload has another way; nothing else that is over has one.
 * @param {PageLimit} row
 */
function stateOf({ name, used, limit, left }) {
  if (left < 0) return name === 'direct upload' ? 'tight' : 'over';
  return used > 0.9 * limit ? 'tight' : 'fine';
}

/**
 * @param {PageLimit} row
 * @param {number} raw bytes as installed
 */
function noteOf({ name, used, limit, left, fits }, raw) {
  if (name === '/tmp') return used === 0 ? 'Nothing is opened at start.' : 'Opened at start.';
  if (name === 'unzipped') {
    const before = raw < limit ? '' : ` As installed it would be ${bytesText(raw)}.`;
    return `${fits ? 'Function and layers together.' : 'AWS refuses it.'}${before}`;
  }
  if (used === 0) return 'No zip was made.';
  return left < 0 ? 'A zip of this size goes through S3.' : 'The largest zip; no bucket is needed.';
}

/** @param {PageData} data */
function limitsContent({ limits, sizes }) {
  return limits.map((row) => {
    const { name, used, limit, left, parts } = row;
    const state = stateOf(row);
    const words = left < 0 ? `over by ${bytesText(-left)}` : `${bytesText(left)} left`;
    const rest = parts.slice(3).reduce((sum, part) => sum + part.bytes, 0);
    const shown = rest > 0 ? [...parts.slice(0, 3), { name: 'others', bytes: rest }] : parts;
    const key = shown.map((part, index) =>
      make('li', {}, make(`i.swatch.part${index}`), `${part.name} ${bytesText(part.bytes)}`),
    );
    return make(
      'div.limit',
      {},
      make('h3', {}, name === 'direct upload' ? 'zipped, direct upload' : name),
      make(
        'p.figures',
        {},
        make('strong', {}, bytesText(used)),
        ` of ${bytesText(limit)} `,
        make(`span.badge.${state}`, {}, words),
      ),
      barOf(shown, limit, state),
      shown.length > 1 || (name === '/tmp' && used > 0) ? make('ul.legend.note', {}, ...key) : null,
      make('p.note', {}, noteOf(row, sizes.raw)),
    );
  });
}

/** @param {PageData} data */
function strategyText({ strategy, rejected, nesting }) {
  const first = rejected[0];
  const why = first
    ? ` Not ${[...new Set(rejected.map((one) => one.strategy))].join(', ')}: ${first.because}.`
    : '';
  const how = nesting
    ? ` ${countText(nesting.files, 'file')} in a payload of ${bytesText(nesting.payloadBytes)} (${nesting.codec}) ${nesting.place === 's3' ? 'in a bucket' : 'in the package'}. ${nesting.because}`
    : '';
  return `Strategy ${strategy}.${why}${how}`;
}
