// Where each box of the map goes. Only what can be seen becomes a box, so that 20,000 files are a few thousand elements.
/* global d3, toneOf */
/* exported layoutBoxes, nextBox */

/** Smallest box that is drawn, and smallest folder that is drawn as its contents, in pixels a side. */
const smallest = 3;
const smallestFolder = 14;

/** A folder of which less than this share would be drawn is one block. */
const crowded = 0.4;

/**
 * Room for a folder's title.
 * @param {import('d3-hierarchy').HierarchyRectangularNode<PageNode>} node
 */
function titleHeight({ x0, x1, y0, y1, depth }) {
  if (depth === 0) return 0;
  if (x1 - x0 < 44 || y1 - y0 < 36) return 1;
  return depth === 1 ? 21 : 17;
}

/**
 * @param {object} given
 * @param {PageNode} given.focus the node that fills the map
 * @param {Size} given.size in pixels
 * @param {View} given.view
 * @param {(leaf: PageLeaf) => number} given.valueOf bytes of a leaf; 0 leaves it out
 * @param {PageNode | null} given.selected is drawn however small it is
 * @returns {Box[]} each before what lies in it
 */
function layoutBoxes({ focus, size, view, valueOf, selected }) {
  const summed = d3
    .hierarchy(focus, (node) => node.children)
    .sum((node) => (node.file ? valueOf(node) : 0))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0) || (a.data.name < b.data.name ? -1 : 1));
  /** @type {import('d3-hierarchy').TreemapLayout<PageNode>} */
  const treemap = d3.treemap();
  const hierarchy = treemap
    .size([size.width, size.height])
    .paddingInner((node) => (node.depth === 0 ? 3 : 1))
    .paddingTop(titleHeight)
    .paddingRight((node) => (node.depth === 0 ? 0 : 1))
    .paddingBottom((node) => (node.depth === 0 ? 0 : 1))
    .paddingLeft((node) => (node.depth === 0 ? 0 : 1))(summed);
  /** @type {Box[]} */
  const boxes = [];
  /**
   * @param {import('d3-hierarchy').HierarchyRectangularNode<PageNode>} one
   * @returns {number} how many of its bytes are drawn as files or as small folders
   */
  const place = (one) => {
    const [width, height] = [one.x1 - one.x0, one.y1 - one.y0];
    const bytes = one.value ?? 0;
    const visible = width >= smallest && height >= smallest;
    if (bytes === 0 || (!visible && one.data !== selected)) return 0;
    const roomy = one.depth === 0 || (width >= smallestFolder && height >= smallestFolder);
    const open = one.children !== undefined && roomy;
    /** @type {Box} */
    const box = {
      node: one.data,
      depth: Math.max(1, one.depth),
      x: one.x0,
      y: one.y0,
      width: Math.max(width, smallest),
      height: Math.max(height, smallest),
      title: open ? titleHeight(one) : 0,
      tone: toneOf(one.data, view),
      whole: !open,
      sparse: false,
    };
    const inside = boxes.length + 1;
    if (one.depth > 0 || !open) boxes.push(box);
    if (!open) return bytes;
    const parts = (one.children ?? []).map((child) => ({ bytes: child.value ?? 0, drawn: place(child) }));
    const drawn = parts.reduce((sum, part) => sum + part.drawn, 0);
    const hidden = parts.reduce((sum, part) => sum + (part.drawn === 0 ? part.bytes : 0), 0);
    box.sparse = hidden > 0.1 * bytes;
    if (one.depth === 0 || drawn > crowded * bytes) return drawn;
    // A crowd of tiny files would look empty: it is one block.
    boxes.length = inside;
    box.whole = true;
    return bytes;
  };
  place(hierarchy);
  return boxes;
}

/** How far another box is away in the direction of a key; negative when it is not there. */
const directions = {
  /** @type {(from: Place, other: Place) => number} */
  ArrowLeft: ({ x }, other) => x - (other.x + other.width),
  /** @type {(from: Place, other: Place) => number} */
  ArrowRight: ({ x, width }, other) => other.x - (x + width),
  /** @type {(from: Place, other: Place) => number} */
  ArrowUp: ({ y }, other) => y - (other.y + other.height),
  /** @type {(from: Place, other: Place) => number} */
  ArrowDown: ({ y, height }, other) => other.y - (y + height),
};

/**
 * The nearest box on that side: rather one straight across than a closer one aside.
 * @param {readonly Box[]} boxes
 * @param {Box} from
 * @param {keyof typeof directions} key
 */
function nextBox(boxes, from, key) {
  const distance = directions[key];
  const level = key === 'ArrowLeft' || key === 'ArrowRight';
  /** @type {['x' | 'y', 'width' | 'height']} */
  const [start, extent] = level ? ['y', 'height'] : ['x', 'width'];
  /** @param {Place} other */
  const aside = (other) => {
    const middle = from[start] + Math.min(from[extent], 40) / 2;
    return Math.max(0, other[start] - middle, middle - other[start] - other[extent]);
  };
  const ranked = boxes
    .filter((other) => other !== from && distance(from, other) > -2)
    .map((other) => ({ other, score: distance(from, other) + 3 * aside(other) }))
    .sort((a, b) => a.score - b.score);
  return ranked[0]?.other ?? null;
}
