// Puts the page together and keeps its parts in step.
/* global bytesText, make, buildTree, leavesOf, pathTo, tones, createMap, detailsContent, searchTree, foundIn, resultsContent, subtitleText, stagesContent, limitsContent, strategyText, findingsContent, savingsContent, packagesContent, artifactsContent, titleText, verifiedContent, differenceContent, possibleContent, bytecodeText */

/** @param {string} id of an element that `page.html` has */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** The search's own field, and others that are asked for their value. @param {EventTarget | null} element */
const field = (element) => /** @type {HTMLInputElement} */ (element);
/** @type {PageData} */
const data = JSON.parse(at('data').textContent);
const root = buildTree(data);
const views = { raw: 'as installed', kept: 'what is left' };

at('title').textContent = titleText(data);
document.title = `${data.project ?? 'lambda-slim'} · ${data.strategy} · ${bytesText(data.sizes.raw)} → ${bytesText(data.sizes.unzipped)}`;
at('subtitle').textContent = subtitleText(data);
at('stages').replaceChildren(...stagesContent(data));
at('limits').replaceChildren(...limitsContent(data));
at('strategy').textContent = `${strategyText(data)} ${bytecodeText(data)}`.trim();
at('verified').replaceChildren(...verifiedContent(data));
at('since').hidden = data.difference === null;
at('difference').replaceChildren(...differenceContent(data));
at('possible').replaceChildren(...possibleContent(data));
at('findings').replaceChildren(findingsContent(data));
at('artifacts').replaceChildren(...artifactsContent(data));
at('colophon').textContent =
  `Made by ${data.tool}. This page loads nothing and sends nothing. Build ${data.stamp.slice(0, 12)}.`;

const map = createMap({ stage: at('stage'), tip: at('tip'), root, onChange: update });
/** @type {Found | null} */
let search = null;

/**
 * After every change of the map: what stands around it.
 * @param {PageMap} map
 */
function update({ view, focus, selected }) {
  field(document.querySelector(`input[name=view][value=${view}]`)).checked = true;
  at('view-printed').textContent = `${views[view]}, ${bytesText(focus[view])}`;
  at('crumbs').replaceChildren(...pathTo(focus).map(crumb));
  at('legend').replaceChildren(...legend(focus, view));
  at('details').replaceChildren(...detailsContent(selected ?? root, (node) => map.enter(node)));
}

/** @param {PageNode} node */
function crumb(node) {
  const last = node === map.focus;
  const size = make('small', { class: 'total' }, bytesText(node[map.view]));
  return make(
    'li',
    {},
    last
      ? make('span', { 'aria-current': 'location' }, node.name, ' ', size)
      : make('button.link', { type: 'button', onclick: () => map.enter(node) }, node.name),
  );
}

/**
 * @param {PageNode} node
 * @param {View} view
 */
function legend(node, view) {
  return /** @type {Tone[]} */ (Object.keys(tones)).flatMap((tone) => {
    const bytes = node.bytes[view][tone] ?? 0;
    if (bytes === 0) return [];
    return [make('li', {}, make(`i.swatch.${tone}`), `${tones[tone]} `, make('small', {}, bytesText(bytes)))];
  });
}

/** @param {Found | null} files */
function find(files) {
  search = files;
  at('results').hidden = search === null;
  if (search) at('results').replaceChildren(...resultsContent(search, (file) => map.reveal(file)));
  const names = search && new Set(search.files.map((file) => file.package?.name));
  /** @type {NodeListOf<HTMLElement>} */
  const rows = at('packages').querySelectorAll('tr[data-package]');
  for (const row of rows) row.hidden = names !== null && !names.has(row.dataset.package);
  at('packages').classList.toggle('searched', names !== null);
  map.show({ found: search?.found ?? null });
}

/** @param {HTMLElement} element */
const show = (element) => element.scrollIntoView({ block: 'start', behavior: 'instant' });

at('packages').replaceChildren(
  ...packagesContent(data, (name) => {
    map.enter(root.children.find((node) => node.name === name) ?? root);
    show(at('map-title'));
  }),
);

at('savings').replaceChildren(
  ...savingsContent(data, (rule) => {
    // Stripping is one rule in the table, whatever recipe allowed it.
    /** @param {PageLeaf} leaf */
    const took = ({ raw, kept, reason }) =>
      raw > kept &&
      (rule === 'strip' ? reason.action === 'strip' : reason.rule === rule && reason.action !== 'strip');
    field(at('query')).value = '';
    map.show({ view: 'raw', focus: root, selected: root });
    find(foundIn(leavesOf(root).filter(took)));
    show(at('map-title'));
  }),
);

at('view').addEventListener('change', (event) =>
  map.show({ view: field(event.target).value === 'raw' ? 'raw' : 'kept' }),
);
at('only').addEventListener('change', (event) => map.show({ only: field(event.target).checked }));
at('theme').addEventListener('change', (event) => {
  const { value } = field(event.target);
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
});

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
at('query').addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => find(searchTree(root, field(at('query')).value)), 100);
});
document.addEventListener('keydown', (event) => {
  const { target } = event;
  const typing = target instanceof Element && target.matches('input[type=search]');
  const inMap = target instanceof Element && at('stage').contains(target);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && !typing) at('query').focus();
  else if (event.key.toLowerCase() === 'b' && !typing)
    map.show({ view: map.view === 'raw' ? 'kept' : 'raw' });
  else if (event.key === 'Escape' && (typing || (search && !inMap))) {
    field(at('query')).value = '';
    find(null);
  } else return;
  event.preventDefault();
});

map.show({});
