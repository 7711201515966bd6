// Where each box of the map goes. Only what can be seen becomes a box, so that 20,000 files are a few thousand elements.
/* global d3, toneOf */
/* exported layoutBoxes, nextBox */

/** Smallest box that is drawn, and smallest folder that is drawn as its contents, in pixels a side. */
const smallest = 3;
const smallestFolder = 14;

/** A folder of which less than this share would be drawn is one block. */
const crowded = 0.4;

/** Room for a folder's title. */
function titleHeight({ x0, x1, y0, y1, depth }) {
  if (depth === 0) return 0;
  if (x1 - x0 < 44 || y1 - y0 < 36) return 1;
  return depth === 1 ? 21 : 17;
}

/**
 * @param focus the node that fills the map
 * @param size `{ width, height }` in pixels
 * @param valueOf bytes of a leaf; 0 leaves it out
 * @param selected is drawn however small it is
 * @returns boxes, each before what lies in it: `{ node, depth, x, y, width, height, title, tone, whole }`;
 *   `whole` is true when nothing is drawn inside, `sparse` when a good part lies in files too small to be drawn
 */
function layoutBoxes({ focus, size, view, valueOf, selected }) {
  const hierarchy = d3
    .hierarchy(focus, (node) => node.children)
    .sum((node) => (node.file ? valueOf(node) : 0))
    .sort((a, b) => b.value - a.value || (a.data.name < b.data.name ? -1 : 1));
  d3
    .treemap()
    .size([size.width, size.height])
    .paddingInner((node) => (node.depth === 0 ? 3 : 1))
    .paddingTop(titleHeight)
    .paddingRight((node) => (node.depth === 0 ? 0 : 1))
    .paddingBottom((node) => (node.depth === 0 ? 0 : 1))
    .paddingLeft((node) => (node.depth === 0 ? 0 : 1))(hierarchy);
  const boxes = [];
  /** @returns how many of its bytes are drawn as files or as small folders */
  const place = (one) => {
    const [width, height] = [one.x1 - one.x0, one.y1 - one.y0];
    const visible = width >= smallest && height >= smallest;
    if (one.value === 0 || (!visible && one.data !== selected)) return 0;
    const roomy = one.depth === 0 || (width >= smallestFolder && height >= smallestFolder);
    const open = one.children !== undefined && roomy;
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
    if (!open) return one.value;
    const parts = one.children.map((child) => ({ bytes: child.value, drawn: place(child) }));
    const drawn = parts.reduce((sum, part) => sum + part.drawn, 0);
    const hidden = parts.reduce((sum, part) => sum + (part.drawn === 0 ? part.bytes : 0), 0);
    box.sparse = hidden > 0.1 * one.value;
    if (one.depth === 0 || drawn > crowded * one.value) return drawn;
    // A crowd of tiny files would look empty: it is one block.
    boxes.length = inside;
    box.whole = true;
    return one.value;
  };
  place(hierarchy);
  return boxes;
}

const directions = {
  ArrowLeft: ({ x }, other) => x - (other.x + other.width),
  ArrowRight: ({ x, width }, other) => other.x - (x + width),
  ArrowUp: ({ y }, other) => y - (other.y + other.height),
  ArrowDown: ({ y, height }, other) => other.y - (y + height),
};

/** The nearest box on that side: rather one straight across than a closer one aside. */
function nextBox(boxes, from, key) {
  const distance = directions[key];
  const sideways = key === 'ArrowLeft' || key === 'ArrowRight' ? ['y', 'height'] : ['x', 'width'];
  const aside = (other) => {
    const [start, extent] = sideways;
    const middle = from[start] + Math.min(from[extent], 40) / 2;
    return Math.max(0, other[start] - middle, middle - other[start] - other[extent]);
  };
  const ranked = boxes
    .filter((other) => other !== from && distance(from, other) > -2)
    .map((other) => ({ other, score: distance(from, other) + 3 * aside(other) }))
    .sort((a, b) => a.score - b.score);
  return ranked[0]?.other ?? null;
}
