/**
 * The words that the report page's scripts share (templates/report/*.js). They are classic scripts, which see each other's
 * functions without an import; so they see these types. For `tsc -p test/setup/page`; nothing of it is in the page.
 */
import type * as hierarchy from 'd3-hierarchy';
import type {
  PageData as Data,
  PageLimit as Limit,
  PagePackage as Package,
} from '../../../src/report/html/data.js';

declare global {
  type PageData = Data;
  type PagePackage = Package;
  type PageLimit = Limit;
  type Reason = PageData['reasons'][number];

  /** As installed, and what is left. */
  type View = 'raw' | 'kept';
  /** What a colour stands for. */
  type Tone = 'native' | 'python' | 'data' | 'added' | 'tmp' | 'gone';

  interface PageNodeBase {
    name: string;
    path: string;
    parent: PageFolder | null;
    package: PagePackage | null;
    raw: number;
    kept: number;
    /** Bytes that are opened into /tmp. */
    tmp: number;
    files: number;
    bytes: Record<View, Partial<Record<Tone, number>>>;
  }
  /** Everything, a package, or a folder. */
  interface PageFolder extends PageNodeBase {
    file: false;
    children: PageNode[];
  }
  interface PageLeaf extends PageNodeBase {
    file: true;
    children: null;
    kind: Tone;
    reason: Reason;
  }
  type PageNode = PageFolder | PageLeaf;

  /** A place in the map, in pixels. */
  interface Place {
    x: number;
    y: number;
    width: number;
    height: number;
  }
  interface Box extends Place {
    node: PageNode;
    depth: number;
    /** Room for the title; 0 without one. */
    title: number;
    tone: Tone;
    /** Nothing is drawn inside. */
    whole: boolean;
    /** A good part lies in files too small to be drawn. */
    sparse: boolean;
  }
  interface Size {
    width: number;
    height: number;
  }

  /** What a search has found: files, heaviest first, and all nodes that hold one. */
  interface Found {
    files: PageLeaf[];
    found: Set<PageNode>;
  }

  interface MapState {
    view: View;
    /** What fills the map. */
    focus: PageNode;
    selected: PageNode | null;
    /** Files that a search has found, with all that they lie in; null without one. */
    found: Set<PageNode> | null;
    /** Show nothing but these. */
    only: boolean;
  }
  interface PageMap extends MapState {
    boxes: Box[];
    /** Change its state, and draw it. */
    show(change: Partial<MapState>): void;
    /** Bytes of a leaf in a view; the map's own when none is given. */
    valueOf(leaf: PageLeaf, view?: View): number;
    /** Make it fill the map. */
    enter(node: PageNode): void;
    /** Out of the folder; what one came from is selected. */
    leave(): void;
    /** Show where a file is. */
    reveal(file: PageLeaf): void;
  }

  /** d3-hierarchy's own browser file. */
  const d3: typeof hierarchy;
}
