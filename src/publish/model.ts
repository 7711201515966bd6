/** The nouns of `publish-layer`. All sizes are bytes. Pure. */
import type { Finding } from '../findings/findings.js';
import type { Environment } from '../model.js';
import type { Grant } from './grants.js';

/** Settings, checked against each other. */
export interface PublishRequest {
  /** Absolute. */
  readonly out: string;
  /** The same as people would type it, for printed calls. */
  readonly outName: string;
  /** Of the layer; several get numbers behind it. */
  readonly name: string;
  /** Empty: the one that environment or profile name. */
  readonly regions: readonly string[];
  /** May hold `{region}`. */
  readonly bucket: string | null;
  /** Without slashes at either end. */
  readonly prefix: string;
  /** Null: a copy, or what is there already. */
  readonly storageMode: 'copy' | 'reference' | null;
  readonly description: string | null;
  readonly license: string | null;
  readonly allow: readonly Grant[];
  readonly keep: number | null;
  readonly attach: readonly string[];
  readonly dryRun: boolean;
  /** The caller's, with `--profile` and `--endpoint-url` in it. */
  readonly environment: Environment;
}

/** A layer version as it will be. */
export interface LayerPlan {
  readonly name: string;
  /** In the output folder. */
  readonly file: string;
  readonly sha256: string;
  /** As Lambda tells it. */
  readonly codeSha256: string;
  readonly zippedBytes: number;
  readonly unzippedBytes: number;
  readonly description: string;
  readonly license: string | null;
  /** e.g. `python3.13`; empty: it is for no runtime of Lambda's. */
  readonly runtimes: readonly string[];
  readonly architectures: readonly string[];
}

/** An archive that functions read from a bucket at start. */
export interface PayloadPlan {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Null: the build did not know it, so functions need LAMBDA_SLIM_PAYLOAD. */
  readonly bucket: string | null;
  readonly prefix: string;
}

export interface PublicationPlan {
  readonly layers: readonly LayerPlan[];
  readonly payload: PayloadPlan | null;
  /** MiB of /tmp that a function needs; null: no more than any has. */
  readonly ephemeralStorage: number | null;
  /** What is opened into it at start. */
  readonly ephemeralBytes: number;
  /** The build opens a payload with a `.pth` file. */
  readonly nested: boolean;
  /** The heaviest packages, e.g. `torch 312.4 MiB`. */
  readonly heaviest: readonly string[];
  /** How many findings of the build are errors. */
  readonly errors: number;
}

/** What an account may have. */
export interface AccountLimits {
  /** Function and layers together must be smaller. */
  readonly unzipped: number;
  /** Largest direct upload. */
  readonly zipped: number;
  readonly from: 'account' | 'documentation';
}

/** Where a zip lies for Lambda to fetch. */
export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  /** Of the object; null when the bucket keeps none. */
  readonly version: string | null;
}

/** `planned`: a dry run, it would be published. `reused`: the newest version is the same. */
export type LayerState = 'published' | 'reused' | 'planned' | 'failed';

export interface PublishedLayer {
  readonly name: string;
  readonly state: LayerState;
  /** Of the version; null when there is none. */
  readonly arn: string | null;
  readonly version: number | null;
  readonly stored: StoredObject | null;
  /** Who was allowed now: accounts, organisations, `public`. */
  readonly allowed: readonly string[];
  /** Older versions that were deleted (in a dry run: would be). */
  readonly deleted: readonly number[];
}

export interface AttachedFunction {
  readonly name: string;
  readonly state: 'updated' | 'unchanged' | 'planned' | 'failed';
  /** ARNs of the versions that it has then; in a dry run `NAME:NEW` for one that is not there yet. */
  readonly layers: readonly string[];
  /** MiB; null when it stays. */
  readonly ephemeralStorage: { readonly from: number; readonly to: number } | null;
  /** The variable LAMBDA_SLIM_PAYLOAD; null when it stays. `alone`: the function has no other variables. */
  readonly payload: { readonly from: string | null; readonly to: string; readonly alone: boolean } | null;
  /** Function and layers, as far as they are known; null when nothing of it could be looked up. */
  readonly unzippedBytes: number | null;
}

export interface PublishedRegion {
  readonly region: string;
  readonly limits: AccountLimits;
  readonly layers: readonly PublishedLayer[];
  readonly functions: readonly AttachedFunction[];
}

/** The answer of `publish-layer`: what `--json` prints. */
export interface Publication {
  readonly dryRun: boolean;
  readonly layers: readonly LayerPlan[];
  readonly payloads: readonly (StoredObject & { readonly region: string; readonly uploaded: boolean })[];
  readonly regions: readonly PublishedRegion[];
  /** What changed something, or would, as lines for the AWS command line. */
  readonly calls: readonly string[];
  readonly findings: readonly Finding[];
}
