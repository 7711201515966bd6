// The treemap: draws boxes, and lets mouse and keyboard move through them.
/* global bytesText, countText, make, layoutBoxes, nextBox, boxLabel, tipContent, pathTo */
/* exported createMap */

/**
 * @param {object} given
 * @param {HTMLElement} given.stage the element to draw in
 * @param {HTMLElement} given.tip the tooltip's element
 * @param {PageFolder} given.root of the tree
 * @param {(map: PageMap) => void} given.onChange called after each change, with the map
 * @returns {PageMap} the map: its state, and what can be done with it
 */
function createMap({ stage, tip, root, onChange }) {
  /** @type {PageMap} */
  const map = {
    view: 'kept',
    focus: root,
    selected: root,
    found: null,
    only: false,
    boxes: [],
    show,
    valueOf: (leaf, view = map.view) => (map.only && map.found && !map.found.has(leaf) ? 0 : leaf[view]),
    enter: (node) => map.show({ focus: node, selected: node }),
    leave: () => {
      if (map.focus.parent) map.show({ focus: map.focus.parent, selected: map.focus });
      else map.show({ selected: root });
    },
    reveal,
  };

  /** @param {Partial<MapState>} change */
  function show(change) {
    Object.assign(map, change);
    tip.hidden = true;
    draw();
    onChange(map);
  }

  /** @param {Size} [size] */
  function draw({ width, height } = stage.getBoundingClientRect()) {
    if (width === 0 || height === 0) return;
    const hadFocus = stage.contains(document.activeElement);
    map.boxes = layoutBoxes({ ...map, size: { width, height } });
    const first = map.boxes.find(({ node, depth }) => depth === 1 && node === map.selected) ?? map.boxes[0];
    const elements = map.boxes.map((box, index) => element(box, index, box === first, { width, height }));
    const chosen = map.boxes.find(({ node }) => node === map.selected);
    // Above all boxes, as what lies in a folder hides its border.
    if (chosen)
      elements.push(make('div.ring', { 'aria-hidden': 'true', style: place(chosen, { width, height }) }));
    const empty = map.only ? 'No match has bytes in this view.' : 'Nothing of it is left.';
    stage.replaceChildren(...(elements.length > 0 ? elements : [make('p.empty', {}, empty)]));
    // All boxes are new.
    if (hadFocus) current()?.focus({ preventScroll: true });
  }

  /**
   * @param {Place} box
   * @param {Size} size
   */
  function place({ x, y, width, height }, size) {
    /** @type {(part: number, all: number) => string} */
    const percent = (part, all) => `${((100 * part) / all).toFixed(3)}%`;
    return {
      left: percent(x, size.width),
      top: percent(y, size.height),
      width: percent(width, size.width),
      height: percent(height, size.height),
    };
  }

  /**
   * @param {Box} box
   * @param {number} index
   * @param {boolean} first
   * @param {Size} size
   */
  function element(box, index, first, size) {
    const { node, depth, title, tone, whole, sparse } = box;
    const classes = [
      'box',
      whole || sparse ? tone : 'plain',
      whole ? 'file' : sparse ? 'folder.sparse' : 'folder',
      depth === 1 ? 'outer' : 'inner',
    ];
    if (map.found && !map.found.has(node)) classes.push('dim');
    if (map.found && whole && map.found.has(node)) classes.push('match');
    if (!node.file) classes.push('way-in');
    // Only the outer boxes are for the keyboard and for screen readers; one goes in for the others.
    /** @type {Record<string, string>} */
    const role =
      depth === 1
        ? {
            role: 'treeitem',
            tabindex: first ? '0' : '-1',
            'aria-label': boxLabel(node, map.view),
            'aria-level': '1',
          }
        : { 'aria-hidden': 'true' };
    if (depth === 1) role['aria-selected'] = String(node === map.selected);
    if (depth === 1 && !node.file) role['aria-expanded'] = 'false';
    return make(
      `div.${classes.join('.')}`,
      { 'data-box': index, style: place(box, size), ...role },
      ...content(box, title),
    );
  }

  /**
   * @param {Box} box
   * @param {number} title
   */
  function content({ node, width, height, depth, whole, tone }, title) {
    /** @type {HTMLElement[]} */
    const parts = [];
    // The part of a file that goes: stripped, emptied, rewritten.
    if (whole && map.view === 'raw' && tone !== 'gone' && node.raw > node.kept && node.kept > 0) {
      const share = (node.raw - node.kept) / node.raw;
      if (width * share >= 2)
        parts.push(make('i.lost', { style: { width: `${(100 * share).toFixed(2)}%` } }));
    }
    const size = bytesText(node[map.view]);
    if (title > 1 && !whole) {
      const wide = width > 130;
      parts.push(
        make(
          depth === 1 ? 'span.title.major' : 'span.title',
          {},
          make('b', {}, node.name),
          wide ? make('small', {}, size) : null,
        ),
      );
    } else if (whole && width >= 34 && height >= 15) {
      parts.push(make('span.label', {}, node.name));
      const many = node.file ? '' : ` in ${countText(node.files, 'file')}`;
      if (height >= 30 && width >= 58) parts.push(make('small', {}, `${size}${many}`));
    }
    return parts;
  }

  /** @param {EventTarget | null} target */
  const boxAt = (target) => {
    const element = target instanceof Element ? target.closest('.box') : null;
    return element instanceof HTMLElement ? (map.boxes[Number(element.dataset.box ?? -1)] ?? null) : null;
  };
  const current = () => /** @type {HTMLElement | null} */ (stage.querySelector('[tabindex="0"]'));

  /**
   * In a view where it has bytes, from as far out as it can be seen.
   * @param {PageLeaf} file
   */
  function reveal(file) {
    const view = file[map.view] > 0 ? map.view : map.view === 'raw' ? 'kept' : 'raw';
    const size = stage.getBoundingClientRect();
    /** @param {PageNode} focus */
    const seen = (focus) =>
      layoutBoxes({
        ...map,
        view,
        focus,
        size,
        selected: null,
        valueOf: (leaf) => map.valueOf(leaf, view),
      }).some(({ node, width, height }) => node === file && Math.min(width, height) >= 14);
    const focus = pathTo(file).slice(1, -1).find(seen) ?? file.parent ?? root;
    map.show({ view, focus, selected: file });
  }

  stage.addEventListener('click', (event) => {
    const box = boxAt(event.target);
    if (!box) return;
    const { node } = box;
    // The first of two clicks has selected it.
    if (node.file && event.detail > 1 && node === map.selected) map.show({ focus: node.parent ?? root });
    else if (node.file) map.show({ selected: node });
    else map.enter(node);
  });
  stage.addEventListener('keydown', (event) => {
    const outer = map.boxes.filter((box) => box.depth === 1);
    const from = boxAt(event.target) ?? outer[0];
    if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => Box | null | undefined>} */
    const targets = {
      ArrowLeft: () => nextBox(outer, from, 'ArrowLeft'),
      ArrowRight: () => nextBox(outer, from, 'ArrowRight'),
      ArrowUp: () => nextBox(outer, from, 'ArrowUp'),
      ArrowDown: () => nextBox(outer, from, 'ArrowDown'),
      Home: () => outer[0],
      End: () => outer.at(-1),
    };
    const find = targets[event.key];
    if (find) {
      const to = find();
      if (to) map.show({ selected: to.node });
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (from.node.file) map.show({ selected: from.node });
      else if (from.node !== map.focus) map.enter(from.node);
    } else if (event.key === 'Escape' || event.key === 'Backspace') {
      map.leave();
    } else {
      return;
    }
    event.preventDefault();
  });

  stage.addEventListener('pointermove', (event) => {
    const box = event.pointerType === 'touch' ? null : boxAt(event.target);
    tip.hidden = box === null;
    if (!box) return;
    if (tip.dataset.box !== `${map.view} ${box.node.path} ${box.node.name}`) {
      tip.dataset.box = `${map.view} ${box.node.path} ${box.node.name}`;
      tip.replaceChildren(...tipContent(box.node));
    }
    const { width, height } = tip.getBoundingClientRect();
    const x = event.clientX + 16 + width > innerWidth ? event.clientX - width - 12 : event.clientX + 16;
    const y = Math.max(4, Math.min(event.clientY + 16, innerHeight - height - 8));
    Object.assign(tip.style, { left: `${Math.max(4, x)}px`, top: `${y}px` });
  });
  stage.addEventListener('pointerleave', () => (tip.hidden = true));

  new ResizeObserver(() => draw()).observe(stage);
  // Places are shares of the map, so any paper fits; what gets a label is decided for A4.
  addEventListener('beforeprint', () => draw({ width: 700, height: 400 }));
  addEventListener('afterprint', () => draw());
  return map;
}
