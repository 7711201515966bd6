// The data as a tree: everything → packages → folders → files. Each node knows the sums of what is below it.
/* exported buildTree, leavesOf, pathTo, toneOf, tones */

/**
 * What the colours of the map stand for, in the order of the legend.
 * @type {Record<Tone, string>}
 */
const tones = {
  native: 'native code',
  python: 'Python',
  data: 'data',
  added: 'added by the build',
  tmp: 'opened into /tmp',
  gone: 'left out',
};

/**
 * @param {PageData} data
 * @returns the root; a node has `raw`, `kept`, `tmp` (bytes), `files` (count), and `bytes[view][tone]`
 */
function buildTree(data) {
  const root = newFolder('everything', '', null);
  for (const one of data.packages) {
    const top = newFolder(one.name, '', root);
    top.package = one;
    /** @type {Map<string, PageFolder>} */
    const folders = new Map([['', top]]);
    for (const [path, raw, kept, reason, kind, tmp] of one.files) {
      const parent = folderOf(path, folders);
      const why = data.reasons[reason] ?? { action: 'keep', rule: '', because: '' };
      const name = path.slice(path.lastIndexOf('/') + 1);
      /** @type {PageLeaf} */
      const leaf = { ...newBase(name, path, parent), file: true, children: null, kind, reason: why };
      parent.children.push(leaf);
      count(leaf, raw, kept, tmp === 1);
    }
  }
  for (const top of root.children) top.children?.forEach(shorten);
  return root;
}

/**
 * @param {string} name
 * @param {string} path
 * @param {PageFolder | null} parent
 * @returns {PageFolder}
 */
function newFolder(name, path, parent) {
  /** @type {PageFolder} */
  const folder = { ...newBase(name, path, parent), file: false, children: [] };
  parent?.children.push(folder);
  return folder;
}

/**
 * @param {string} name
 * @param {string} path
 * @param {PageFolder | null} parent
 * @returns {PageNodeBase}
 */
function newBase(name, path, parent) {
  const sums = { raw: 0, kept: 0, tmp: 0, files: 0, bytes: { raw: {}, kept: {} } };
  return { name, path, parent, package: parent?.package ?? null, ...sums };
}

/**
 * @param {string} path
 * @param {Map<string, PageFolder>} folders
 * @returns {PageFolder}
 */
function folderOf(path, folders) {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const found = folders.get(folder);
  if (found) return found;
  const parent = folderOf(folder, folders);
  const made = newFolder(folder.slice(folder.lastIndexOf('/') + 1), folder, parent);
  folders.set(folder, made);
  return made;
}

/**
 * Add a leaf's bytes to it and to all that it lies in.
 * @param {PageLeaf} leaf
 * @param {number} raw
 * @param {number} kept
 * @param {boolean} tmp
 */
function count(leaf, raw, kept, tmp) {
  for (const node of [...pathTo(leaf)].reverse()) {
    node.raw += raw;
    node.kept += kept;
    node.tmp += tmp ? kept : 0;
    node.files += 1;
    /** @type {(view: View, tone: Tone, bytes: number) => void} */
    const add = (view, tone, bytes) => {
      if (bytes > 0) node.bytes[view][tone] = (node.bytes[view][tone] ?? 0) + bytes;
    };
    // A rewritten file can be a little larger than before.
    add('raw', leaf.kind, Math.min(raw, kept));
    add('raw', 'gone', Math.max(0, raw - kept));
    add('kept', tmp ? 'tmp' : leaf.kind, kept);
  }
}

/**
 * A folder that holds only one folder is shown as one: `a/b`.
 * @param {PageNode} node
 */
function shorten(node) {
  if (node.file) return;
  for (let [only] = node.children; node.children.length === 1 && only && !only.file; [only] = node.children) {
    Object.assign(node, { name: `${node.name}/${only.name}`, path: only.path, children: only.children });
    for (const child of node.children) child.parent = node;
  }
  node.children.forEach(shorten);
}

/**
 * The tone of most of a node's bytes.
 * @param {PageNode} node
 * @param {View} view
 * @returns {Tone}
 */
function toneOf(node, view) {
  if (view === 'raw' && node.file) return node.kept === 0 ? 'gone' : node.kind;
  const bytes = /** @type {[Tone, number][]} */ (Object.entries(node.bytes[view]));
  return bytes.sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'data';
}

/**
 * The files below a node, or the node itself.
 * @param {PageNode} node
 * @returns {PageLeaf[]}
 */
function leavesOf(node) {
  return node.file ? [node] : node.children.flatMap(leavesOf);
}

/**
 * From the root to the node.
 * @param {PageNode} node
 * @returns {PageNode[]}
 */
function pathTo(node) {
  return node.parent ? [...pathTo(node.parent), node] : [node];
}
