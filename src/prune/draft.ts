/** A decision while the plan is made: who made it says who may take it back. Pure. */
import type { Action } from '../model.js';

export interface Draft {
  readonly action: Action;
  readonly rule: string;
  readonly because: string;
  /**
   * Whose word it is. `option` and `law` are never taken back. `recipe` is a package's own rule, `base` one for all
   * packages: kept code that imports the file (and for `base`, that names it) takes it back.
   */
  readonly by: 'option' | 'law' | 'recipe' | 'base' | 'bytecode' | 'nobody';
  /** The recipe says that the import is optional or lazy. A library that a kept binary needs still comes back. */
  readonly overVeto?: boolean;
}

/** By path, one for every entry of the inventory. */
export type Drafts = Map<string, Draft>;
