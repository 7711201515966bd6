// Puts the page together and keeps its parts in step.
/* global bytesText, make, buildTree, leavesOf, pathTo, tones, createMap, detailsContent, searchTree, foundIn, resultsContent, subtitleText, stagesContent, limitsContent, strategyText, findingsContent, savingsContent, packagesContent, artifactsContent */

const at = (id) => document.getElementById(id);
const data = JSON.parse(at('data').textContent);
const root = buildTree(data);
const views = { raw: 'as installed', kept: 'what is left' };

document.title = `lambda-slim · ${data.strategy} · ${bytesText(data.sizes.raw)} → ${bytesText(data.sizes.unzipped)}`;
at('subtitle').textContent = subtitleText(data);
at('stages').replaceChildren(...stagesContent(data));
at('limits').replaceChildren(...limitsContent(data));
at('strategy').textContent = strategyText(data);
at('findings').replaceChildren(findingsContent(data));
at('artifacts').replaceChildren(...artifactsContent(data));
at('colophon').textContent =
  `Made by ${data.tool}. This page loads nothing and sends nothing. Build ${data.stamp.slice(0, 12)}.`;

const map = createMap({ stage: at('stage'), tip: at('tip'), root, onChange: update });
let search = null;

/** After every change of the map: what stands around it. */
function update({ view, focus, selected }) {
  document.querySelector(`input[name=view][value=${view}]`).checked = true;
  at('view-printed').textContent = `${views[view]}, ${bytesText(focus[view])}`;
  at('crumbs').replaceChildren(...pathTo(focus).map(crumb));
  at('legend').replaceChildren(...legend(focus, view));
  at('details').replaceChildren(...detailsContent(selected, (node) => map.enter(node)));
}

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

function legend(node, view) {
  return Object.entries(tones)
    .filter(([tone]) => node.bytes[view][tone] > 0)
    .map(([tone, words]) =>
      make(
        'li',
        {},
        make(`i.swatch.${tone}`),
        `${words} `,
        make('small', {}, bytesText(node.bytes[view][tone])),
      ),
    );
}

function find(files) {
  search = files;
  at('results').hidden = search === null;
  if (search) at('results').replaceChildren(...resultsContent(search, (file) => map.reveal(file)));
  const names = search && new Set(search.files.map((file) => file.package?.name));
  for (const row of at('packages').querySelectorAll('tr[data-package]'))
    row.hidden = names !== null && !names.has(row.dataset.package);
  at('packages').classList.toggle('searched', names !== null);
  map.show({ found: search?.found ?? null });
}

const show = (element) => element.scrollIntoView({ block: 'start', behavior: 'instant' });

at('packages').replaceChildren(
  ...packagesContent(data, (name) => {
    map.enter(root.children.find((node) => node.name === name));
    show(at('map-title'));
  }),
);

at('savings').replaceChildren(
  ...savingsContent(data, (rule) => {
    // Stripping is one rule in the table, whatever recipe allowed it.
    const took = ({ raw, kept, reason }) =>
      raw > kept &&
      (rule === 'strip' ? reason.action === 'strip' : reason.rule === rule && reason.action !== 'strip');
    at('query').value = '';
    map.show({ view: 'raw', focus: root, selected: root });
    find(foundIn(leavesOf(root).filter(took)));
    show(at('map-title'));
  }),
);

at('view').addEventListener('change', (event) => map.show({ view: event.target.value }));
at('only').addEventListener('change', (event) => map.show({ only: event.target.checked }));
at('theme').addEventListener('change', (event) => {
  if (event.target.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = event.target.value;
});

let waiting;
at('query').addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => find(searchTree(root, at('query').value)), 100);
});
document.addEventListener('keydown', (event) => {
  const typing = event.target.matches('input[type=search]');
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && !typing) at('query').focus();
  else if (event.key.toLowerCase() === 'b' && !typing)
    map.show({ view: map.view === 'raw' ? 'kept' : 'raw' });
  else if (event.key === 'Escape' && (typing || (search && !at('stage').contains(event.target)))) {
    at('query').value = '';
    find(null);
  } else return;
  event.preventDefault();
});

map.show({});
