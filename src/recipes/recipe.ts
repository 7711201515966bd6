/**
 * What is known about one package, as data: which of its files a Lambda function never needs, why, on which versions
 * that was proved, and a probe that shows that the rest still works. `--recipes FILE` reads the same shape from
 * JSON, YAML or TOML. Pure.
 */
import type { EntryKind, PruneLevel } from '../model.js';

export interface Rule {
  /** Unique within the recipe; decisions print it as `recipe/rule`. */
  readonly name: string;
  /** picomatch globs (dot files match) over paths in the tree, e.g. `torch/include/**`. */
  readonly files: readonly string[];
  /**
   * Besides `files`: whole folders with one of these names, at any depth, of which `that` is true. What lies under
   * the outermost such folder goes.
   */
  readonly folders?: {
    readonly named: readonly string[];
    /** `hold-tests`: `conftest.py`, `test_*.py`, `*_test.py` or the like lies in it. `hold-no-python`: not one `.py` file. */
    readonly that: 'hold-tests' | 'hold-no-python';
  };
  /**
   * Besides `files`: glob with one part `{version}`, e.g. `botocore/data/ec2/{version}/**`. Of the folders that differ
   * in this part alone, all but the greatest go, as texts compare (dates and the like).
   */
  readonly superseded?: string;
  /** Only entries of these kinds; default: all. */
  readonly kinds?: readonly EntryKind[];
  /** Never dropped by this rule although it matches above. */
  readonly except?: readonly string[];
  /** One sentence: why a function does not need them. */
  readonly because: string;
  /** `safe` (default): proved to change nothing that imports or runs. `aggressive`: takes a feature away; `loses` names it. */
  readonly level?: PruneLevel;
  /** For `aggressive` rules: what stops working. */
  readonly loses?: string;
  /**
   * Drop although kept code imports it statically (the veto), because that import is optional or lazy and the probe
   * proves it. Needs `because` to say so.
   */
  readonly overVeto?: boolean;
  /** PEP 440 range of the recipe's package to which the rule applies; default: all. */
  readonly versions?: string;
  /** Applies only when none of these (normalized names) is installed, e.g. `torch` for modules that cannot run without it. */
  readonly without?: readonly string[];
}

export interface Recipe {
  /** Normalized distribution name that switches it on, or `base` for all packages. */
  readonly name: string;
  /** Other distributions that hold the same files, e.g. `tensorflow-cpu` for `tensorflow`. */
  readonly alsoFor?: readonly string[];
  /** Where the facts come from. */
  readonly source: string;
  /**
   * PEP 440 range in which rules and probe were run by our tests. Outside it, or with no interpreter, `safe` rules apply
   * only when the import proof runs.
   */
  readonly provedOn: string;
  /** Rules name paths of this package (and of those in `alsoFor`) only, by owner. A rule for another owner is ignored. */
  readonly rules: readonly Rule[];
  /**
   * Globs of shared objects that a kept file names though nothing opens them by path at run time. A payload may hold them
   * outside of their folder (see pack/nest/libraries.ts).
   */
  readonly onlyNeeded?: readonly string[];
  /** Whole distributions that nothing loads at run time though metadata asks for them, e.g. `nvidia-nccl-cu12` under xgboost. */
  readonly leaveOut?: readonly {
    /** Normalized name; a trailing `*` matches any end. */
    readonly distribution: string;
    readonly because: string;
    readonly level?: PruneLevel;
    readonly loses?: string;
  }[];
  /** `botocore`'s services and the like: glob with `{name}`; what is not named by the request is dropped when the request names any. */
  readonly selectable?: {
    /** Request option that names what stays, e.g. `services`. */
    readonly option: 'services';
    /** e.g. `botocore/data/{name}/**`. */
    readonly files: string;
    /** Names that always stay. */
    readonly always: readonly string[];
    readonly because: string;
  };
  /** Python source. Runs in a fresh interpreter that sees only what was kept; must exit 0 and compute something real, offline. Where it cannot (no backend is installed) it raises `unittest.SkipTest` with the reason. */
  readonly probe?: string;
}
