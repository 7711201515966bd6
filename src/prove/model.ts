/** What the import proof asks and what it is told. Pure. */

/** One thing to try in a fresh interpreter. */
export interface ProbeItem {
  /** `name`: what `from a.b import c` takes. */
  readonly kind: 'module' | 'name' | 'probe' | 'metadata';
  /** Module, `a.b.c` for a name, recipe, or distribution. */
  readonly name: string;
  /** Python source, for a probe. */
  readonly code?: string;
}

/** What is tried together, in one process where nothing dies. */
export interface ProbeGroup {
  /** Unique: `numpy`, `recipe numpy`, `metadata`, … */
  readonly name: string;
  /** Whose files come back when it is not clear what is missing; null: the owner of the code that failed. */
  readonly distribution: string | null;
  readonly items: readonly ProbeItem[];
}

/** What an exception says is not there. A `file` is a path in the tree, a `library` a SONAME. */
export interface Missing {
  readonly kind: 'module' | 'file' | 'library' | 'distribution';
  readonly name: string;
}

export interface ProbeError {
  /** Python's class, e.g. `ModuleNotFoundError`; `Crash` when the process died, `Timeout`, `Skipped` when a probe had nothing to try. */
  readonly type: string;
  readonly message: string;
  readonly missing: readonly Missing[];
  /** Files of the tree in the traceback, outermost first. */
  readonly frames: readonly string[];
  /** Libraries that this machine has and Lambda lacks, by SONAME, when they are the reason. */
  readonly lacks?: readonly string[];
}

export interface ProbeOutcome {
  readonly item: ProbeItem;
  readonly ms: number;
  readonly error: ProbeError | null;
  /** Absolute paths of shared objects outside of the tree that are loaded when it ends. */
  readonly libraries?: readonly string[];
}

export interface GroupReport {
  /** One for each item, in order. */
  readonly outcomes: readonly ProbeOutcome[];
  /** Files of the tree that were opened or loaded, in the order of first touch. */
  readonly touched: readonly string[];
}

/** By group name. */
export type Reports = ReadonlyMap<string, GroupReport>;

/** For people: the class and the first line, and before them what is known of the reason. */
export function errorText(error: ProbeError): string {
  const { lacks = [] } = error;
  const said = saidBy(error);
  return lacks.length === 0 ? said : `it needs ${lacks.join(', ')}, which Lambda lacks (${said})`;
}

/** The exception's own words. */
export function saidBy(error: ProbeError): string {
  const line = error.message.trim().split('\n', 1)[0] ?? '';
  return line === '' ? error.type : `${error.type}: ${line}`;
}
