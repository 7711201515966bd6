// The data as a tree: everything → packages → folders → files. Each node knows the sums of what is below it.
/* exported buildTree, leavesOf, pathTo, toneOf, tones */

/** What the colours of the map stand for, in the order of the legend. */
const tones = {
  native: 'native code',
  python: 'Python',
  data: 'data',
  added: 'added by the build',
  tmp: 'opened into /tmp',
  gone: 'left out',
};

/** @returns the root; a node has `raw`, `kept`, `tmp` (bytes), `files` (count), and `bytes[view][tone]` */
function buildTree(data) {
  const root = newNode('everything', '', null);
  for (const one of data.packages) {
    const top = newNode(one.name, '', root);
    top.package = one;
    const folders = new Map([['', top]]);
    for (const [path, raw, kept, reason, kind, tmp] of one.files) {
      const parent = folderOf(path, folders);
      const leaf = newNode(path.slice(path.lastIndexOf('/') + 1), path, parent);
      leaf.children = null;
      Object.assign(leaf, { file: true, kind, reason: data.reasons[reason] });
      count(leaf, raw, kept, tmp === 1);
    }
  }
  for (const top of root.children) top.children.forEach(shorten);
  return root;
}

function newNode(name, path, parent) {
  const node = {
    name,
    path,
    parent,
    children: [],
    file: false,
    package: parent?.package ?? null,
    raw: 0,
    kept: 0,
    tmp: 0,
    files: 0,
    bytes: { raw: {}, kept: {} },
  };
  parent?.children.push(node);
  return node;
}

function folderOf(path, folders) {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const found = folders.get(folder);
  if (found) return found;
  const parent = folderOf(folder, folders);
  const made = newNode(folder.slice(folder.lastIndexOf('/') + 1), folder, parent);
  folders.set(folder, made);
  return made;
}

/** Add a leaf's bytes to it and to all that it lies in. */
function count(leaf, raw, kept, tmp) {
  for (let node = leaf; node; node = node.parent) {
    node.raw += raw;
    node.kept += kept;
    node.tmp += tmp ? kept : 0;
    node.files += 1;
    const add = (view, tone, bytes) => {
      if (bytes > 0) node.bytes[view][tone] = (node.bytes[view][tone] ?? 0) + bytes;
    };
    // A rewritten file can be a little larger than before.
    add('raw', leaf.kind, Math.min(raw, kept));
    add('raw', 'gone', Math.max(0, raw - kept));
    add('kept', tmp ? 'tmp' : leaf.kind, kept);
  }
}

/** A folder that holds only one folder is shown as one: `a/b`. */
function shorten(node) {
  if (node.file) return;
  while (node.children.length === 1 && !node.children[0].file) {
    const [only] = node.children;
    Object.assign(node, { name: `${node.name}/${only.name}`, path: only.path, children: only.children });
    for (const child of node.children) child.parent = node;
  }
  node.children.forEach(shorten);
}

/** The tone of most of a node's bytes. */
function toneOf(node, view) {
  if (view === 'raw' && node.file) return node.kept === 0 ? 'gone' : node.kind;
  const [first] = Object.entries(node.bytes[view]).sort((a, b) => b[1] - a[1]);
  return first?.[0] ?? 'data';
}

/** The files below a node, or the node itself. */
function leavesOf(node) {
  return node.file ? [node] : node.children.flatMap(leavesOf);
}

/** From the root to the node. */
function pathTo(node) {
  return node.parent ? [...pathTo(node.parent), node] : [node];
}
