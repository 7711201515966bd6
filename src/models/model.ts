/** What `models` is asked, and what it says. Pure. */
import type { S3Folder } from '../aws/s3-address.js';
import type { Environment } from '../model.js';

export const modelActions = ['push', 'promote', 'rollback', 'list', 'show', 'gc', 'pull'] as const;
export type ModelAction = (typeof modelActions)[number];

export interface ModelsRequest {
  readonly store: S3Folder;
  /** Variables for AWS's client. */
  readonly environment: Environment;
  /** Null: all of the store. */
  readonly model: string | null;
  readonly alias: string;
  /** Of `push`. */
  readonly kind: string | null;
  readonly compress: 'zstd' | 'none';
  /** Versions of each model, and former ones of each alias, that `gc` leaves. */
  readonly keep: number;
  readonly dryRun: boolean;
}

/** A file as `push` sent it and as `show` finds it. */
export interface FileSaid {
  readonly name: string;
  /** Of the file, and of what is stored. */
  readonly bytes: number;
  readonly storedBytes: number;
  readonly encoding: string | null;
  readonly sha256: string;
}

export interface Pushed {
  readonly action: 'push';
  readonly store: string;
  readonly model: string;
  readonly alias: string;
  /** Its digest. */
  readonly version: string;
  readonly kind: string | null;
  /** `uploaded` false: the bucket had it. */
  readonly files: readonly (FileSaid & { readonly uploaded: boolean })[];
  /** Null: there was no such alias. */
  readonly before: string | null;
  /** False: the alias had this version already. */
  readonly changed: boolean;
  readonly dryRun: boolean;
}

export interface Moved {
  readonly action: 'promote' | 'rollback';
  readonly store: string;
  readonly model: string;
  /** Null: a rollback. */
  readonly from: string | null;
  readonly alias: string;
  readonly version: string;
  readonly before: string | null;
  readonly changed: boolean;
  readonly dryRun: boolean;
}

export interface AliasSaid {
  readonly alias: string;
  readonly version: string;
  readonly kind: string | null;
  readonly files: number;
  /** Unpacked, as far as it is known. */
  readonly bytes: number;
  /** ISO 8601; null: not written. */
  readonly setAt: string | null;
  readonly history: readonly string[];
}

export interface Listed {
  readonly action: 'list';
  readonly store: string;
  readonly models: readonly { readonly model: string; readonly aliases: readonly AliasSaid[] }[];
}

export interface Shown {
  readonly action: 'show';
  readonly store: string;
  readonly model: string;
  readonly version: string;
  readonly kind: string | null;
  readonly createdAt: string | null;
  readonly files: readonly FileSaid[];
  readonly aliases: readonly AliasSaid[];
  /** The newest first. */
  readonly versions: readonly {
    readonly version: string;
    readonly createdAt: string | null;
    readonly bytes: number;
  }[];
}

export interface Collected {
  readonly action: 'gc';
  readonly store: string;
  readonly removed: {
    readonly files: number;
    readonly bytes: number;
    readonly versions: number;
    readonly uploads: number;
  };
  readonly left: { readonly files: number; readonly bytes: number; readonly versions: number };
  /** Files that nothing names and that are too new to go. */
  readonly young: number;
  readonly dryRun: boolean;
}

export interface Pulled {
  readonly action: 'pull';
  readonly store: string;
  readonly model: string;
  readonly version: string;
  /** Absolute. */
  readonly folder: string;
  readonly files: readonly FileSaid[];
}

export type ModelsSaid = Pushed | Moved | Listed | Shown | Collected | Pulled;
