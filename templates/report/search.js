// Search over all paths and package names.
/* global bytesText, countText, make, leavesOf */
/* exported searchTree, foundIn, resultsContent */

/** How many matches are listed. */
const listed = 60;

/**
 * @param {PageNode} root
 * @param {string} typed part of a path or of a package's name, in any case; with `*` or `?` a glob over the whole path
 * @returns files, heaviest first, and all nodes that hold one; null for an empty search
 */
function searchTree(root, typed) {
  const asked = typed.trim().toLowerCase();
  if (asked === '') return null;
  const fits = /[*?]/.test(asked) ? globFits(asked) : (/** @type {string} */ text) => text.includes(asked);
  const files = leavesOf(root).filter(
    (leaf) => fits(leaf.path.toLowerCase()) || fits((leaf.package?.name ?? '').toLowerCase()),
  );
  return foundIn(files);
}

/**
 * @param {readonly PageLeaf[]} given
 * @returns {Found}
 */
function foundIn(given) {
  const files = given.toSorted((a, b) => b.raw + b.kept - a.raw - a.kept);
  /** @type {Set<PageNode>} */
  const found = new Set();
  for (const file of files) {
    /** @type {PageNode | null} */
    let node = file;
    for (; node && !found.has(node); node = node.parent) found.add(node);
  }
  return { files, found };
}

/**
 * `*` and `?` stop at no slash: `torch*.so` finds what lies deep in torch.
 * @param {string} glob
 * @returns {(text: string) => boolean}
 */
function globFits(glob) {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const whole = new RegExp(`^${pattern}$`);
  return (text) => whole.test(text);
}

/**
 * @param {Found} found
 * @param {(file: PageLeaf) => void} goTo called with the file that was clicked
 */
function resultsContent({ files }, goTo) {
  /** @param {View} key */
  const sum = (key) => files.reduce((total, file) => total + file[key], 0);
  const facts =
    files.length === 0
      ? 'Nothing has this in its path. Globs work, too: torch/*.so'
      : `${countText(files.length, 'file')}: ${bytesText(sum('raw'))} as installed, ${bytesText(sum('kept'))} left.`;
  const items = files
    .slice(0, listed)
    .map((file) =>
      make(
        'li',
        {},
        make(
          'button.link',
          { type: 'button', onclick: () => goTo(file) },
          make('span', {}, file.path),
          make('small', {}, `${bytesText(file.raw)} → ${bytesText(file.kept)}`),
        ),
      ),
    );
  const rest = files.length - items.length;
  return [
    make('h3', {}, 'Found'),
    make('p', { role: 'status' }, facts),
    make('ul.results', {}, ...items),
    rest > 0 ? make('p.note', {}, `… and ${countText(rest, 'smaller file')}`) : null,
  ].filter((one) => one !== null);
}
