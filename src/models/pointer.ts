/**
 * What is written about a model in its bucket: versions, which never change, and aliases that point to one. `lambda_slim_models`
 * reads pointers (templates/lambda_slim_models/_versions.py); a test holds both against each other. Pure.
 *
 *     PREFIX/NAME/ALIAS.json                pointer: the version as a whole, and those that the alias named before
 *     PREFIX/NAME/versions/DIGEST.json      a version, for going back to it
 *     PREFIX/sha256/DIGEST                  a file, under the digest of what is stored
 */
import { createHash } from 'node:crypto';
import { Ajv } from 'ajv';
import type { S3Folder } from '../aws/s3-address.js';
import { SlimError } from '../errors.js';
import { parseJson } from '../text/json.js';

export interface ModelFile {
  /** Relative, with `/`. */
  readonly name: string;
  /** Of the stored object; `sha256` in hex. */
  readonly bytes: number;
  readonly sha256: string;
  /** Null: stored as it is. */
  readonly encoding: 'zstd' | 'gzip' | null;
  /** Of the file itself; null when nobody has said. */
  readonly unpackedBytes: number | null;
}

export interface ModelVersion {
  readonly format: 1;
  /** Hex, of what is in it. */
  readonly digest: string;
  /** A format of `lambda_slim_models`; null: by the files' suffixes. */
  readonly kind: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly files: readonly ModelFile[];
}

export interface Pointer extends ModelVersion {
  readonly alias: string;
  /** When the alias was set to this version: ISO 8601. */
  readonly setAt: string;
  /** Digests that the alias named before, the last first. */
  readonly history: readonly string[];
}

/** A pointer stays a small object: this many are remembered. */
const longestHistory = 50;

/** A version of these files. The same files are the same version, whenever they are sent. */
export function versionOf(kind: string | null, files: readonly ModelFile[], createdAt: string): ModelVersion {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const contents = sorted.map(({ name, sha256, encoding }) => [name, sha256, encoding]);
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, contents]))
    .digest('hex');
  return { format: 1, digest, kind, createdAt, files: sorted };
}

/** The pointer of an alias that names `version` from now on. `before`: as it is; null: there is none. */
export function pointed(
  version: ModelVersion,
  alias: string,
  before: Pointer | null,
  setAt: string,
): Pointer {
  const history = before === null ? [] : [before.digest, ...before.history];
  return { ...plain(version), alias, setAt, history: once(history, version.digest) };
}

/** The same for an alias that goes back: what it names now is forgotten, and every step on the way. */
export const pointedBack: typeof pointed = (version, alias, before, setAt) => {
  const at = before?.history.indexOf(version.digest) ?? -1;
  if (before === null || at === -1) return pointed(version, alias, before, setAt);
  return { ...plain(version), alias, setAt, history: before.history.slice(at + 1) };
};

const once = (digests: readonly string[], now: string): readonly string[] =>
  [...new Set(digests)].filter((one) => one !== now).slice(0, longestHistory);

/** Without what only a pointer has. */
const plain = ({ format, digest, kind, createdAt, files }: ModelVersion): ModelVersion => ({
  ...{ format, digest, kind, createdAt, files },
});

/** Two spaces and a line break at the end: people read it, too. */
export const documentText = (document: ModelVersion | Pointer): string =>
  `${JSON.stringify(document, null, 2)}\n`;

const below = ({ prefix }: S3Folder, rest: string): string => (prefix === '' ? rest : `${prefix}/${rest}`);

/** Keys of a store. */
export const keys = {
  pointer: (store: S3Folder, model: string, alias: string) => below(store, `${model}/${alias}.json`),
  version: (store: S3Folder, model: string, digest: string) =>
    below(store, `${model}/versions/${digest}.json`),
  file: (store: S3Folder, sha256: string) => below(store, `sha256/${sha256}`),
  /** Ends with `/`, or is empty. */
  root: (store: S3Folder) => below(store, ''),
} as const;

/** The folder of files, which is no model. */
export const filesFolder = 'sha256';

const text = { type: 'string' } as const;
const digest = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
const bytes = { type: 'integer', minimum: 0 } as const;
const schema = {
  type: 'object',
  required: ['format', 'digest', 'files'],
  properties: {
    format: { const: 1 },
    digest: { type: 'string', minLength: 1 },
    kind: { type: ['string', 'null'] },
    createdAt: text,
    alias: text,
    setAt: text,
    history: { type: 'array', items: text },
    files: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'bytes', 'sha256'],
        properties: {
          name: { type: 'string', minLength: 1 },
          bytes,
          sha256: digest,
          encoding: { enum: ['zstd', 'gzip', null] },
          unpackedBytes: { anyOf: [bytes, { type: 'null' }] },
        },
      },
    },
  },
};
type Written = Pick<Pointer, 'format' | 'digest'> &
  Partial<Pointer> & {
    readonly files: readonly (Pick<ModelFile, 'name' | 'bytes' | 'sha256'> & Partial<ModelFile>)[];
  };
const isDocument = new Ajv().compile<Written>(schema);

/**
 * A pointer or version as it was written, by us or by hand.
 * @param place for the error, e.g. `s3://bucket/key`
 * @throws SlimError `bad-pointer`
 */
export function readDocument(source: string, place: string): Pointer {
  const wrong = (because: string): SlimError =>
    new SlimError('bad-pointer', `${place} is no pointer to a model: ${because}.`, {
      hint: 'Set the alias anew: "lambda-slim models push" or "lambda-slim models promote" writes that object.',
    });
  let document: unknown;
  try {
    document = parseJson(source);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (!isDocument(document)) {
    const [fault] = isDocument.errors ?? [];
    throw wrong(
      `${fault?.instancePath === '' ? 'it' : (fault?.instancePath ?? 'it')} ${fault?.message ?? ''}`,
    );
  }
  const unsafe = document.files.find(({ name }) => !isSafe(name));
  if (unsafe !== undefined) throw wrong(`it names a file "${unsafe.name}"`);
  return {
    format: 1,
    digest: document.digest,
    kind: document.kind ?? null,
    createdAt: document.createdAt ?? '',
    alias: document.alias ?? '',
    setAt: document.setAt ?? '',
    history: document.history ?? [],
    files: document.files.map((file) => ({
      ...{ name: file.name, bytes: file.bytes, sha256: file.sha256 },
      encoding: file.encoding ?? null,
      unpackedBytes: file.unpackedBytes ?? ((file.encoding ?? null) === null ? file.bytes : null),
    })),
  };
}

/** A relative path that stays in its folder. */
export const isSafe = (name: string): boolean =>
  name !== '' &&
  !/^[/\\]|[\0\\]/.test(name) &&
  !name.split('/').some((part) => ['', '.', '..'].includes(part));

/** Bytes of its files, as far as it is known. */
export const versionBytes = ({ files }: ModelVersion): number =>
  files.reduce((sum, one) => sum + (one.unpackedBytes ?? one.bytes), 0);
