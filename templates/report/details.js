// What is told of a box: in the tooltip, in the panel, and to screen readers.
/* global bytesText, countText, shareText, make, leavesOf, pathTo */
/* exported boxLabel, tipContent, detailsContent */

/** @type {Record<string, string>} */
const happened = {
  keep: 'kept',
  drop: 'left out',
  strip: 'stripped',
  stub: 'emptied',
  rewrite: 'rewritten',
  add: 'added',
};

/**
 * `numpy 2.5.5` for a package.
 * @param {PageNode} node
 */
function fullName(node) {
  return node.parent?.parent === null && node.package?.version
    ? `${node.name} ${node.package.version}`
    : node.name;
}

/**
 * A sentence for screen readers.
 * @param {PageNode} node
 * @param {View} view
 */
function boxLabel(node, view) {
  const what = node.file ? 'file' : countText(node.files, 'file');
  const size = view === 'raw' ? `${bytesText(node.raw)} as installed` : `${bytesText(node.kept)} left`;
  return `${fullName(node)}, ${what}, ${size}${node.file ? `, ${happened[node.reason.action] ?? ''}` : ''}`;
}

/** @param {PageNode} node */
function sizes(node) {
  /** @type {[string, string][]} */
  const rows = [
    ['as installed', bytesText(node.raw)],
    ['left', `${bytesText(node.kept)}${node.raw > 0 ? ` (${shareText(node.kept, node.raw)})` : ''}`],
  ];
  if (node.tmp > 0) rows.push(['in /tmp', bytesText(node.tmp)]);
  if (!node.file) rows.push(['files', countText(node.files, 'file')]);
  return make(
    'dl.sizes',
    {},
    ...rows.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))),
  );
}

/** @param {PageNode} node */
function story(node) {
  if (!node.file)
    return node.package?.because && node.path === '' ? make('p', {}, sentence(node.package.because)) : null;
  const { action, rule, because } = node.reason;
  const by = rule === 'kept/default' ? '' : ` by ${rule}`;
  const tmp = node.tmp > 0 ? ' It travels in the payload and is opened into /tmp at start.' : '';
  return make(
    'p',
    {},
    make('b', {}, `${sentence(happened[action] ?? action).slice(0, -1)}${by}. `),
    `${sentence(because)}${tmp}`,
  );
}

/** @param {string} text */
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;

/** @param {PageNode} node */
function tipContent(node) {
  return [
    make('b.name', {}, fullName(node)),
    node.path !== '' && node.path !== node.name ? make('span.path', {}, node.path) : null,
    sizes(node),
    story(node),
  ].filter((one) => one !== null);
}

/**
 * @param {PageNode} node
 * @param {(node: PageNode) => void} goTo called with a node whose name was clicked
 */
function detailsContent(node, goTo) {
  const place = pathTo(node).slice(1, -1);
  const way = place.map((one) => make('button.link', { type: 'button', onclick: () => goTo(one) }, one.name));
  const asked = node.path !== '' ? node.path : node.name;
  const known = !asked.startsWith('(');
  return [
    make('h3', {}, fullName(node)),
    way.length > 0
      ? make('p.way', {}, ...way.flatMap((one, index) => (index > 0 ? [' › ', one] : [one])))
      : null,
    sizes(node),
    story(node),
    node.file ? null : rulesBelow(node),
    known && node.parent
      ? make('p.note', {}, 'In a terminal: ', make('code', {}, `lambda-slim why ${quoted(asked)}`))
      : null,
  ].filter((one) => one !== null);
}

/** @param {string} text */
const quoted = (text) => (/^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/**
 * Which rules took how much of a folder.
 * @param {PageNode} node
 */
function rulesBelow(node) {
  /** @type {Map<string, number>} */
  const saved = new Map();
  for (const { raw, kept, reason } of leavesOf(node)) {
    if (raw > kept) saved.set(reason.rule, (saved.get(reason.rule) ?? 0) + raw - kept);
  }
  const rules = [...saved].sort((a, b) => b[1] - a[1]);
  if (rules.length === 0) return make('p.note', {}, 'Nothing of it was left out.');
  const rest = rules.slice(6).reduce((sum, [, bytes]) => sum + bytes, 0);
  const rows = [
    ...rules.slice(0, 6),
    ...(rest > 0 ? [/** @type {[string, number]} */ (['other rules', rest])] : []),
  ];
  return make(
    'dl.sizes.rules',
    { 'aria-label': 'saved by rule' },
    ...rows.map(([rule, bytes]) =>
      make('div', {}, make('dt', {}, rule), make('dd', {}, `−${bytesText(bytes)}`)),
    ),
  );
}
