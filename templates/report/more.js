// What is told besides the build itself: the project, the last verification, a baseline, what could still go.
/* global bytesText, groupedText, shareText, timeText, make, table */
/* exported titleText, verifiedContent, differenceContent, possibleContent, bytecodeText */

/** @param {PageData} data */
const titleText = ({ project }) =>
  project === null ? 'lambda-slim report' : `${project} · lambda-slim report`;

/** @param {PageData} data */
function bytecodeText({ bytecode, packages }) {
  if (bytecode.bytes === 0) return 'It has no bytecode: each cold start compiles what it imports.';
  const left = packages.reduce((sum, one) => sum + one.kept, 0);
  return `Bytecode is ${bytesText(bytecode.bytes)} of what is left (${shareText(bytecode.bytes, left)}), for faster starts.`;
}

/** Why there is no verification to show. */
const missing = {
  none: 'This build has not been verified: lambda-slim verify runs it as Lambda would, and measures it.',
  'of-another-build': 'The last verification was of another build: run lambda-slim verify again.',
  failed: 'The last verification failed: lambda-slim verify says why.',
};

/** @param {PageData} data */
function verifiedContent({ verification }) {
  if ('missing' in verification) return [make('p.note', {}, missing[verification.missing])];
  const { times, peakMemory, memory, tmpBytes, tmpLimit, initLimitMs, handler, sandbox, notChecked, load } =
    verification.record;
  /** @type {[string, string, string][]} */
  const figures = [];
  const { cold, init, warm } = times;
  if (cold) figures.push(['cold start', timeText(cold.p50), spread(cold)]);
  if (init)
    figures.push(['initialization', timeText(init.p99), `at most ${timeText(initLimitMs)} in Lambda`]);
  if (warm) figures.push(['warm', timeText(warm.p50), spread(warm)]);
  figures.push(
    [
      'memory, at most',
      bytesText(peakMemory),
      `of ${groupedText(memory)} MB (${shareText(peakMemory, memory * 2 ** 20)})`,
    ],
    ['/tmp, at most', bytesText(tmpBytes), `of ${bytesText(tmpLimit)}`],
  );
  if (load) {
    const failed = load.failed === 0 ? 'none failed' : `${groupedText(load.failed)} failed`;
    figures.push([
      'under load',
      `${load.requestsPerSecond.toFixed(1)} / s`,
      `${groupedText(load.requests)} requests, ${load.concurrency} at once: ${failed}`,
    ]);
  }
  const what = handler === null ? 'every import and probe that the build promises' : handler;
  return [
    make(
      'ol.stages',
      {},
      ...figures.map(([name, value, note]) =>
        make('li', {}, make('span', {}, name), make('strong', {}, value), make('small', {}, note)),
      ),
    ),
    make(
      'p.note',
      {},
      `Of ${what}, in ${sandbox}: times are that machine's. Not checked: ${notChecked.join(', ')}.`,
    ),
  ];
}

/** @param {{ count: number, p50: number, p95: number, p99: number }} all */
const spread = ({ count, p50, p99 }) =>
  count === 1 ? 'measured once' : `of ${groupedText(count)}: p50 ${timeText(p50)}, p99 ${timeText(p99)}`;

/** @param {number} bytes */
const signed = (bytes) => (bytes === 0 ? 'the same' : `${bytes > 0 ? '+' : ''}${bytesText(bytes)}`);

/** @param {PageData} data */
function differenceContent({ difference }) {
  if (difference === null) return [];
  const { before, after, growth, packages } = difference;
  const totals = /** @type {const} */ ([
    ['zipped', 'zipped'],
    ['unzipped', 'unzipped'],
    ['/tmp', 'tmp'],
  ])
    .filter(([, key]) => before.sizes[key] > 0 || after.sizes[key] > 0)
    .map(
      ([name, key]) =>
        `${name} ${bytesText(before.sizes[key])} → ${bytesText(after.sizes[key])} (${signed(growth[key])})`,
    );
  const words = {
    added: 'added',
    removed: 'removed',
    grown: 'grown',
    shrunk: 'shrunk',
    version: 'same size',
  };
  const rows = packages.map((one) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, one.name),
      make('td', {}, one.layer === null ? words[one.change] : `left to ${one.layer}`),
      make('td', {}, [...new Set([one.before?.version, one.after?.version].filter(Boolean))].join(' → ')),
      make('td.number', {}, one.before ? bytesText(one.before.bytes) : ''),
      make('td.number', {}, one.after ? bytesText(one.after.bytes) : ''),
      make('td.number', {}, signed(one.bytes)),
    ),
  );
  /** @type {Parameters<typeof table>[0]} */
  const columns = [['package'], ['what'], ['version'], ['before', true], ['now', true], ['change', true]];
  return [
    make('p', {}, `Compared with ${before.name}: ${totals.join('; ')}.`),
    ...(rows.length === 0
      ? [make('p.note', {}, 'Every package has the same version and the same bytes.')]
      : table(columns, rows, 'Packages that changed')),
  ];
}

/** @param {PageData} data */
function possibleContent({ possible, packages }) {
  if (possible.length === 0) return [make('p.note', {}, 'Nothing that is known of.')];
  const left = packages.reduce((sum, one) => sum + one.kept, 0);
  const rows = possible.map(({ what, bytes, how, price }) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, what),
      make('td.number', { title: `${groupedText(bytes)} bytes` }, bytesText(bytes)),
      make('td.number', {}, shareText(bytes, left)),
      make('td', {}, how.startsWith('--') ? make('code', {}, how) : how),
      make('td.wide', {}, price),
    ),
  );
  /** @type {Parameters<typeof table>[0]} */
  const columns = [['what'], ['bytes', true], ['of what is left', true], ['how'], ['its price']];
  return [
    ...table(columns, rows, 'What could still go'),
    make('p.note', {}, 'Each for itself, unpacked; some of them may count the same bytes.'),
  ];
}
