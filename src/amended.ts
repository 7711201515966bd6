/** Nouns of what somebody changes of the resolved packages: patches, and packages of their own beside them. Pure. */

/** A change to the files of a package. */
export interface PatchRequest {
  /** As written; compared by PEP 503. */
  readonly package: string;
  /** PEP 440 specifier that the package's version must satisfy; null: any does. */
  readonly version: string | null;
  /** Absolute path of a unified diff; with `replace`, of the new content itself. */
  readonly file: string;
  /** Path in the package of the file that gets that content; null: `file` is a diff. */
  readonly replace: string | null;
}

/** A patch that was applied. */
export interface PatchMade {
  /** As METADATA spells it, with the version that was patched. */
  readonly package: string;
  readonly version: string;
  /** From the folder that was built, and the sha256 (hex) of its content. */
  readonly file: string;
  readonly sha256: string;
  /** The file of the package that got that content; null: it is a diff. */
  readonly replace: string | null;
  /** Files of the tree that it has changed, added or taken away, sorted. */
  readonly paths: readonly string[];
}

/** A folder of `--vendor`. */
export interface VendoredFolder {
  /** From the folder that was built. */
  readonly folder: string;
  /** Over paths and contents (hex). */
  readonly sha256: string;
  readonly files: number;
  readonly bytes: number;
  /** Top-level modules. */
  readonly modules: readonly string[];
  readonly distributions: readonly { readonly name: string; readonly version: string }[];
}
