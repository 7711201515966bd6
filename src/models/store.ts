/** A store as a whole: what is in it, one model of it, what of it may go, a model on this machine. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { SlimError } from '../errors.js';
import { draftTag, sweepDrafts } from '../io/drafts.js';
import { removal } from '../io/removal.js';
import type { ModelBucket } from './bucket.js';
import { planCollection, youngMs } from './collect.js';
import {
  aliasesOf,
  findPointer,
  refuseAlias,
  missingModel,
  modelsOf,
  saidAlias,
  saidFiles,
  versionNamed,
  versionsOf,
} from './find.js';
import type { Collected, Listed, ModelsRequest, Pulled, Shown } from './model.js';
import { filesFolder, keys, versionBytes, type ModelFile, type Pointer } from './pointer.js';
import type { ModelsContext } from './push.js';

/** @param model null: all. @throws SlimError `bad-pointer`, `model-not-there`, `no-credentials`, `aws-refused`, `aws-unreachable` */
export async function list(bucket: ModelBucket, model: string | null): Promise<Listed> {
  const all = await modelsOf(bucket);
  if (model !== null && !all.includes(model)) throw missingModel(bucket, model, all);
  const models = [];
  for (const name of model === null ? all : [model]) {
    const aliases = (await aliasesOf(bucket, name)).aliases.map(saidAlias);
    // A folder of something else is no model.
    if (aliases.length > 0 || (await versionsOf(bucket, name)).length > 0)
      models.push({ model: name, aliases });
  }
  return { action: 'list', store: bucket.name, models };
}

/** @param which an alias, or the beginning of a digest. @throws SlimError `bad-pointer`, `model-not-there`, `no-credentials`, `aws-refused`, `aws-unreachable` */
export async function show(bucket: ModelBucket, model: string, which: string | null): Promise<Shown> {
  const { aliases } = await aliasesOf(bucket, model);
  const versions = await versionsOf(bucket, model);
  const names = aliases.map(({ pointer }) => pointer.alias);
  const first = names.includes('prod') ? 'prod' : names[0];
  const version =
    which === null && first === undefined && versions[0] !== undefined
      ? versions[0]
      : await meant(bucket, model, which ?? first ?? 'prod');
  return {
    action: 'show',
    store: bucket.name,
    ...{ model, version: version.digest, kind: version.kind, createdAt: orNull(version.createdAt) },
    files: saidFiles(version),
    aliases: aliases.map(saidAlias),
    versions: versions.map((one) => ({
      ...{ version: one.digest, createdAt: orNull(one.createdAt), bytes: versionBytes(one) },
    })),
  };
}

const orNull = (text: string): string | null => (text === '' ? null : text);

/** A version by an alias, or by its digest. */
async function meant(bucket: ModelBucket, model: string, which: string): Promise<Pointer> {
  const found = await findPointer(bucket, model, which);
  if (found !== null) return found.pointer;
  if (/^[0-9a-f]{6,64}$/.test(which)) return versionNamed(bucket, model, which);
  return refuseAlias(bucket, model, which);
}

/**
 * Take away what no alias names, but for the newest.
 * @param now milliseconds since 1970
 * @throws SlimError `bad-pointer`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function collect(
  bucket: ModelBucket,
  request: Pick<ModelsRequest, 'keep' | 'dryRun'>,
  now = Date.now(),
): Promise<Collected> {
  const { address } = bucket;
  const prefix = `${keys.root(address)}${filesFolder}/`;
  // Files first: what is named later is younger than a day.
  const files = await bucket.list(prefix);
  const models = [];
  for (const model of await modelsOf(bucket)) {
    const { aliases, foreign } = await aliasesOf(bucket, model);
    const versions = await versionsOf(bucket, model);
    // A damaged pointer may name files that are needed; a folder without anything of ours is somebody else's.
    if (foreign !== null && aliases.length + versions.length > 0) throw foreign;
    models.push({ model, pointers: aliases.map((one) => one.pointer), versions });
  }
  const plan = planCollection(models, files, request.keep, now);
  const uploads = await bucket.unfinished(prefix, now - youngMs);
  if (!request.dryRun) {
    // Versions first: one whose files are gone would be offered for a rollback.
    await bucket.remove(plan.versions);
    await bucket.remove(plan.files.map(({ key }) => key));
    for (const one of uploads) await bucket.giveUp(one);
  }
  const bytes = plan.files.reduce((sum, one) => sum + one.bytes, 0);
  return {
    action: 'gc',
    store: bucket.name,
    removed: {
      ...{ files: plan.files.length, bytes, versions: plan.versions.length, uploads: uploads.length },
    },
    left: plan.left,
    young: plan.young,
    dryRun: request.dryRun,
  };
}

const draftPrefix = '.lambda-slim-';

/**
 * Fetch a version into a folder of its own: all of it, compared with its digests, or nothing.
 * @param folder absolute; must not be there, or be empty
 * @throws SlimError `output-unwritable`, `model-not-there`, `bad-pointer`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function pull(
  bucket: ModelBucket,
  model: string,
  which: string,
  folder: string,
  context: ModelsContext,
): Promise<Pulled> {
  const version = await meant(bucket, model, which);
  const there = await readdir(folder).catch((error: unknown) =>
    (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : null,
  );
  if (there === null || there.length > 0)
    throw new SlimError('output-unwritable', `${folder} is there already.`, {
      hint: 'Name another folder with --to, or take that one away.',
    });
  const parent = path.dirname(folder);
  await sweepDrafts(parent, draftPrefix);
  const draft = path.join(parent, `${draftPrefix}${draftTag()}`);
  try {
    await mkdir(draft, { recursive: true });
    for (const file of version.files) await fetchFile(bucket, file, path.join(draft, file.name), context);
    await rm(folder, removal);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, removal).catch(() => {});
    throw error;
  }
  return {
    action: 'pull',
    store: bucket.name,
    ...{ model, version: version.digest, folder, files: saidFiles(version) },
  };
}

const unpackers = { zstd: createZstdDecompress, gzip: createGunzip } as const;

async function fetchFile(
  bucket: ModelBucket,
  { name, sha256, bytes, encoding, unpackedBytes }: ModelFile,
  target: string,
  { progress, signal }: ModelsContext,
): Promise<void> {
  const key = keys.file(bucket.address, sha256);
  const step = progress.start(`download ${name}`, bytes);
  const body = await bucket.stream(key);
  if (body === null)
    throw new SlimError(
      'model-not-there',
      `The file ${name} is not in the bucket any more: ${bucket.place(key)}.`,
      {
        hint: 'Push it again, or pull another version.',
      },
    );
  const hash = createHash('sha256');
  let [came, written] = [0, 0];
  const counted = (each: (chunk: Buffer) => void): Transform =>
    new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        each(chunk);
        done(null, chunk);
      },
    });
  const stored = counted((chunk) => {
    hash.update(chunk);
    came += chunk.length;
    step.advance(chunk.length);
  });
  const plain = counted((chunk) => (written += chunk.length));
  await mkdir(path.dirname(target), { recursive: true });
  const out = createWriteStream(target, { flags: 'wx' });
  const whole = await pipeline(
    [body, stored, ...(encoding === null ? [] : [unpackers[encoding]()]), plain, out],
    {
      signal,
    },
  ).then(
    () => true,
    (error: unknown) => {
      signal.throwIfAborted();
      // What cannot be unpacked is damaged; a full disk is not.
      const { code = '' } = error as NodeJS.ErrnoException;
      if (/^(?:Z|ERR_)/.test(code)) return false;
      throw error;
    },
  );
  if (!whole || came !== bytes || hash.digest('hex') !== sha256 || written !== (unpackedBytes ?? written))
    throw new SlimError('aws-refused', `${bucket.place(key)} holds other bytes than the pointer says.`, {
      hint: 'Delete that object, and push the file again.',
    });
  step.end();
}
