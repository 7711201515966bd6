/** Pointers and versions of a model, as they lie in the bucket. */
import { SlimError } from '../errors.js';
import { near } from '../text/near.js';
import type { ModelBucket } from './bucket.js';
import { filesFolder, keys, readDocument, versionBytes, type ModelVersion, type Pointer } from './pointer.js';
import type { AliasSaid, FileSaid } from './model.js';

export interface FoundPointer {
  readonly pointer: Pointer;
  readonly etag: string;
}

/** Null: there is no such alias. @throws SlimError `bad-pointer`, `no-credentials`, `aws-refused`, `aws-unreachable` */
export async function findPointer(
  bucket: ModelBucket,
  model: string,
  alias: string,
): Promise<FoundPointer | null> {
  const key = keys.pointer(bucket.address, model, alias);
  const found = await bucket.read(key);
  return found === null
    ? null
    : { pointer: { ...readDocument(found.text, bucket.place(key)), alias }, etag: found.etag };
}

/** The same, which must be there. @throws SlimError `model-not-there`, `bad-pointer`, `no-credentials`, `aws-refused`, `aws-unreachable` */
export async function pointerOf(bucket: ModelBucket, model: string, alias: string): Promise<FoundPointer> {
  const found = await findPointer(bucket, model, alias);
  if (found !== null) return found;
  return refuseAlias(bucket, model, alias);
}

/**
 * For an alias that was looked for in vain: it is not there, or its model is not.
 * @throws SlimError `model-not-there`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function refuseAlias(bucket: ModelBucket, model: string, alias: string): Promise<never> {
  const models = await modelsOf(bucket);
  if (!models.includes(model)) throw missingModel(bucket, model, models);
  throw notThere(bucket, `alias "${alias}" of ${model}`, alias, await aliasNames(bucket, model));
}

/** `model-not-there` for a model. @param models that there are */
export const missingModel = (bucket: ModelBucket, model: string, models: readonly string[]): SlimError =>
  notThere(bucket, `model "${model}"`, model, models);

/** Names of the models in the store. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
export async function modelsOf(bucket: ModelBucket): Promise<readonly string[]> {
  return (await bucket.folders(keys.root(bucket.address))).filter((name) => name !== filesFolder);
}

async function aliasNames(bucket: ModelBucket, model: string): Promise<readonly string[]> {
  const folder = `${keys.root(bucket.address)}${model}/`;
  return (await bucket.list(folder)).flatMap(
    ({ key }) => /^([^/]+)\.json$/.exec(key.slice(folder.length))?.[1] ?? [],
  );
}

/** A document that is none of ours. */
const isForeign = (error: unknown): error is SlimError =>
  error instanceof SlimError && error.code === 'bad-pointer';

/**
 * Every alias of a model; `foreign`: `bad-pointer` for the first JSON document beside them that is none, which is not thrown.
 * @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function aliasesOf(
  bucket: ModelBucket,
  model: string,
): Promise<{ readonly aliases: readonly FoundPointer[]; readonly foreign: SlimError | null }> {
  const aliases: FoundPointer[] = [];
  let foreign: SlimError | null = null;
  for (const alias of await aliasNames(bucket, model)) {
    try {
      const one = await findPointer(bucket, model, alias);
      if (one !== null) aliases.push(one);
    } catch (error) {
      if (!isForeign(error)) throw error;
      foreign ??= error;
    }
  }
  return { aliases, foreign };
}

/**
 * Every version of a model that was written down, the newest first.
 * @throws SlimError `bad-pointer`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function versionsOf(
  bucket: ModelBucket,
  model: string,
): Promise<readonly (Pointer & { readonly key: string; readonly modified: number })[]> {
  const folder = `${keys.root(bucket.address)}${model}/versions/`;
  const found = [];
  for (const { key, modified } of await bucket.list(folder)) {
    const document = key.endsWith('.json') ? await bucket.read(key) : null;
    if (document !== null) found.push({ ...readDocument(document.text, bucket.place(key)), key, modified });
  }
  return found.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/** What a person calls a version: all of its digest, or its beginning. @throws SlimError `model-not-there`, `bad-pointer`, `no-credentials`, `aws-refused`, `aws-unreachable` */
export async function versionNamed(bucket: ModelBucket, model: string, digest: string): Promise<Pointer> {
  const all = await versionsOf(bucket, model);
  const meant = all.filter((one) => one.digest.startsWith(digest));
  const [first] = meant;
  if (first !== undefined && meant.length === 1) return first;
  const what = `version "${digest}" of ${model}`;
  if (meant.length === 0)
    throw notThere(
      bucket,
      what,
      digest,
      all.map((one) => one.digest.slice(0, 12)),
    );
  throw new SlimError('model-not-there', `There are several of ${what}.`, {
    hint: 'Write more of its digest.',
    details: meant.map((one) => one.digest),
  });
}

function notThere(bucket: ModelBucket, what: string, name: string, known: readonly string[]): SlimError {
  const meant = near(name, known);
  return new SlimError(
    'model-not-there',
    `${bucket.place(keys.root(bucket.address))} has no ${what}${meant === null ? '' : ` (did you mean ${meant}?)`}.`,
    {
      hint: 'See "lambda-slim models list" for what it has; "lambda-slim models push" makes a model and its first alias.',
      details: known.slice(0, 20),
    },
  );
}

/** @throws SlimError `model-not-there` when the bucket lacks a file of the version, `no-credentials`, `aws-refused`, `aws-unreachable` */
export async function checkFiles(bucket: ModelBucket, model: string, version: ModelVersion): Promise<void> {
  for (const { name, sha256, bytes } of version.files) {
    const key = keys.file(bucket.address, sha256);
    const size = await bucket.size(key);
    if (size === bytes) continue;
    throw new SlimError(
      'model-not-there',
      `The file ${name} of ${model} ${version.digest.slice(0, 12)} is ${size === null ? 'not in the bucket any more' : `${size} bytes large instead of ${bytes}`}: ${bucket.place(key)}.`,
      { hint: 'Push the files again; the aliases stay as they are.' },
    );
  }
}

export const saidAlias = ({ pointer }: FoundPointer): AliasSaid => ({
  alias: pointer.alias,
  version: pointer.digest,
  kind: pointer.kind,
  files: pointer.files.length,
  bytes: versionBytes(pointer),
  setAt: pointer.setAt === '' ? null : pointer.setAt,
  history: pointer.history,
});

export const saidFiles = ({ files }: Pointer): readonly FileSaid[] =>
  files.map(({ name, bytes, sha256, encoding, unpackedBytes }) => ({
    ...{ name, storedBytes: bytes, encoding, sha256 },
    bytes: unpackedBytes ?? bytes,
  }));
