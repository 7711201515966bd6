/** What `check` and `diff` talk about. All sizes are bytes. Pure. */
import type { Finding } from '../findings/findings.js';
import type { BuildInputs, Manifest, OtherLayer, Strategy } from '../model.js';

/** What was looked at. A baseline knows neither files nor archives; only a manifest knows the strategy and findings. */
export type SourceKind = 'manifest' | 'zip' | 'folder' | 'baseline';

export type Form = 'layer' | 'function' | 'directory' | 'payload';

/** One thing that is deployed. */
export interface MeasuredArchive {
  readonly name: string;
  readonly form: Form;
  /** Null for a folder. */
  readonly zipped: number | null;
  readonly unzipped: number;
}

export interface MeasuredPackage {
  /** Normalized name of a distribution; in brackets what belongs to none. */
  readonly name: string;
  readonly version: string | null;
  /** As Python sees it: what is nested in a payload counts unpacked. */
  readonly bytes: number;
}

export interface MeasuredFile {
  /** In the Python tree, e.g. `numpy/__init__.py`. */
  readonly path: string;
  readonly bytes: number;
}

export interface Sizes {
  /** Sum of the archives; 0 for a folder. */
  readonly zipped: number;
  readonly unzipped: number;
  /** What is unpacked into /tmp at start. */
  readonly tmp: number;
}

export interface Measured {
  readonly kind: SourceKind;
  /** As it was named, for people. */
  readonly name: string;
  readonly sizes: Sizes;
  readonly archives: readonly MeasuredArchive[];
  /** Heaviest first. */
  readonly packages: readonly MeasuredPackage[];
  /** Heaviest first; empty for a baseline, which has none. */
  readonly files: readonly MeasuredFile[];
  /** Null when only a manifest or a baseline would tell. */
  readonly strategy: Strategy | null;
  /** What the build was for; null when only a manifest would tell. */
  readonly target: Manifest['target'] | null;
  /** Other layers that the build was told, and what it left to them. */
  readonly told: readonly OtherLayer[];
  /** Bytes that the build was to leave free for the function's code; null when unknown. */
  readonly reserve: number | null;
  /** /tmp that the build was told that the function has, MiB; null when unknown. */
  readonly ephemeralStorage: number | null;
  /** What the build was made from; absent: only a manifest of today tells. */
  readonly inputs?: BuildInputs;
  /** Those of the build. */
  readonly findings: readonly Finding[];
}

/** A layer that the function also has. */
export interface AttachedLayer {
  /** ARN or file, as given. */
  readonly name: string;
  /** Null for a folder. */
  readonly zipped: number | null;
  readonly unzipped: number;
  /** Heaviest first. */
  readonly packages: readonly MeasuredPackage[];
}

/** One line of the answer: a budget or a limit of AWS, and what there is. */
export interface Verdict {
  /** `unzipped`, `init`, `reserve` (what is kept free, and what there is), `package:numpy`, `file:GLOB` (its heaviest file), `direct upload of layer.zip`, `layers`. */
  readonly what: string;
  readonly from: 'aws' | 'reserve' | 'budget';
  readonly unit: 'bytes' | 'layers' | 'ms' | 'requests' | 'percent';
  readonly actual: number;
  /** The limit. */
  readonly max: number;
  /** Negative: so much must go. AWS does not take a size that equals the unzipped limit, so there one more. */
  readonly left: number;
  /** `warning`: it is over, and there is another way (upload through S3). */
  readonly state: 'ok' | 'warning' | 'error';
  readonly message: string | null;
}

/** How a package differs from the baseline. */
export interface PackageChange {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'grown' | 'shrunk' | 'version';
  readonly before: { readonly version: string | null; readonly bytes: number } | null;
  readonly after: { readonly version: string | null; readonly bytes: number } | null;
  /** The layer that brings it now, when the build has left it out for that. */
  readonly layer: string | null;
  /** after − before. */
  readonly bytes: number;
}

/** What changed between two measurements. */
export interface Difference {
  readonly before: { readonly name: string; readonly sizes: Sizes; readonly strategy: Strategy | null };
  readonly after: { readonly name: string; readonly sizes: Sizes; readonly strategy: Strategy | null };
  /** after − before. */
  readonly growth: Sizes;
  /** Most grown first. Packages that are the same are not in it. */
  readonly packages: readonly PackageChange[];
}

/** What `diff` answers: the document of `--json`. */
export interface Diff extends Difference {
  /** Null when one side has none to compare: only manifests have findings. */
  readonly findings: { readonly added: readonly Finding[]; readonly gone: readonly Finding[] } | null;
}

/** What `check` answers: the document of `--json`. */
export interface Check {
  readonly measured: Omit<Measured, 'files' | 'inputs' | 'findings'>;
  /** The heaviest. */
  readonly files: readonly MeasuredFile[];
  readonly layers: readonly AttachedLayer[];
  readonly verdicts: readonly Verdict[];
  /** Null without a baseline. */
  readonly difference: Difference | null;
  readonly findings: readonly Finding[];
}
