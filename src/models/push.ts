/** Files → objects under their digests, a version that names them, and the alias that names the version. */
import path from 'node:path';
import { mkdir } from 'node:fs/promises';
import { uploadPayload } from '../aws/upload.js';
import { SlimError } from '../errors.js';
import { withCache } from '../io/cache.js';
import type { Progress } from '../progress.js';
import type { ModelBucket } from './bucket.js';
import { findFiles, prepareFile, type Prepared } from './files.js';
import { checkFiles, findPointer } from './find.js';
import type { ModelsRequest, Pushed } from './model.js';
import {
  documentText,
  keys,
  pointed,
  readDocument,
  versionOf,
  type ModelVersion,
  type Pointer,
} from './pointer.js';

export interface ModelsContext {
  readonly cwd: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Somebody sets the same alias: then it is read anew. */
const attempts = 5;

/**
 * Nothing that an alias names is ever half: files first, the pointer last, in one write. What the bucket has is not sent again, and
 * what was sent of a large file goes on where it stopped.
 * @param named files or one folder, as typed
 * @throws SlimError `not-found`, `unusable-file`, `bad-option`, `bad-pointer`, `model-not-there`, `alias-moved`, `artifact-changed`, `cache-unwritable`,
 *   `disk-full`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function push(
  named: readonly string[],
  request: ModelsRequest & { readonly model: string },
  bucket: ModelBucket,
  context: ModelsContext,
): Promise<Pushed> {
  const found = await findFiles(named, context.cwd);
  // Packed files lie in a folder of this run.
  return withCache('', false, async (cache) => {
    const work = await cache.workFolder('models');
    const files: (Prepared & { uploaded: boolean })[] = [];
    for (const [number, one] of found.entries()) {
      const own = path.join(work, String(number));
      await mkdir(own);
      files.push({ ...(await prepareFile(one, request.compress === 'zstd', own, context)), uploaded: false });
    }
    const stored = files.map(({ name, bytes, sha256, encoding, unpackedBytes }) => ({
      ...{ name, bytes, sha256, encoding, unpackedBytes },
    }));
    const made = versionOf(request.kind, stored, new Date().toISOString());
    // First of all: who takes away what nobody names sees these names from now on.
    const version = request.dryRun ? made : await remember(bucket, request.model, made, 'anew');
    for (const file of files) file.uploaded = await send(file, request.dryRun, bucket, context);
    const set = request.dryRun
      ? await wouldSet(bucket, request, version)
      : await setAlias(bucket, request, version);
    return {
      action: 'push',
      store: bucket.name,
      ...{ model: request.model, alias: request.alias, version: version.digest, kind: version.kind },
      files: files.map((file) => ({
        ...{ name: file.name, bytes: file.unpackedBytes ?? file.bytes, storedBytes: file.bytes },
        ...{ encoding: file.encoding, sha256: file.sha256, uploaded: file.uploaded },
      })),
      ...set,
      dryRun: request.dryRun,
    };
  });
}

/** Whether it was sent, or would be. */
async function send(
  file: Prepared,
  dryRun: boolean,
  bucket: ModelBucket,
  { progress, signal }: ModelsContext,
): Promise<boolean> {
  const key = keys.file(bucket.address, file.sha256);
  if (dryRun) return (await bucket.size(key)) !== file.bytes;
  const { uploaded } = await uploadPayload({
    ...{ file: file.source, bytes: file.bytes, sha256: file.sha256, address: bucket.address },
    ...{ key, resumable: true, what: file.name, clients: bucket.clients, progress, signal },
  });
  return uploaded;
}

type Set = Pick<Pushed, 'before' | 'changed'>;

async function wouldSet(
  bucket: ModelBucket,
  { model, alias }: ModelsRequest & { readonly model: string },
  version: ModelVersion,
): Promise<Set> {
  const before = (await findPointer(bucket, model, alias))?.pointer.digest ?? null;
  return { before, changed: before !== version.digest };
}

/** The last one who pushes wins, and nobody's version is forgotten. */
async function setAlias(
  bucket: ModelBucket,
  { model, alias }: ModelsRequest & { readonly model: string },
  version: ModelVersion,
): Promise<Set> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const set = await point(bucket, model, alias, version, await findPointer(bucket, model, alias));
    if (set !== null) return set;
  }
  throw moved(alias, model);
}

/**
 * Let an alias name a version, in one write.
 * @param before as it was read
 * @returns null: somebody else has set it meanwhile
 * @throws SlimError `bad-pointer`, `model-not-there`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function point(
  bucket: ModelBucket,
  model: string,
  alias: string,
  version: ModelVersion,
  before: { readonly pointer: Pointer; readonly etag: string } | null,
  make: typeof pointed = pointed,
): Promise<Set | null> {
  const was = before?.pointer.digest ?? null;
  if (was === version.digest) return { before: was, changed: false };
  await checkFiles(bucket, model, version);
  if (before !== null) await remember(bucket, model, before.pointer, 'once');
  const pointer = make(version, alias, before?.pointer ?? null, new Date().toISOString());
  const condition = before === null ? 'new' : { etag: before.etag };
  const key = keys.pointer(bucket.address, model, alias);
  return (await bucket.write(key, documentText(pointer), condition)) ? { before: was, changed: true } : null;
}

/** Somebody else has set the alias while we did. */
export const moved = (alias: string, model: string): SlimError =>
  new SlimError('alias-moved', `The alias ${alias} of ${model} was set by somebody else at this moment.`, {
    hint: `Nothing was changed. See "lambda-slim models show ${model} ${alias}", and run it again if you still want to.`,
  });

/** A digest that somebody else wrote may be no part of a key. */
const plainDigest = /^[\w.-]{1,200}$/;

/**
 * Write a version down, so that one can go back to it.
 * @param when `anew`: also when it is there, so that it counts as young
 * @returns it, with the time when it was first made
 * @throws SlimError `bad-pointer`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
async function remember(
  bucket: ModelBucket,
  model: string,
  version: ModelVersion,
  when: 'once' | 'anew',
): Promise<ModelVersion> {
  if (!plainDigest.test(version.digest)) return version;
  const { format, digest, kind, createdAt, files } = version;
  const key = keys.version(bucket.address, model, digest);
  const there = await bucket.read(key);
  if (there === null)
    await bucket.write(key, documentText({ format, digest, kind, createdAt, files }), 'new');
  else if (when === 'anew') await bucket.write(key, there.text, 'any');
  return there === null ? version : readDocument(there.text, bucket.place(key));
}
