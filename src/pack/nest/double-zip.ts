/**
 * Makes the payload: compresses what could be nested, chooses, and writes archive and index. The answer is the list of files
 * that travel instead: what stays plain, the bootstrap, and (unless it goes to a bucket) the payload.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import type { BuildRequest, PackedFile, PayloadAddress, PayloadIndex, StagedFile } from '../../model.js';
import type { Cache } from '../../io/cache.js';
import type { Progress } from '../../progress.js';
import { payloadKey } from '../../aws/s3-address.js';
import { nestGroups, type Group } from './candidates.js';
import { largeFileBytes, packUnits, type PackedUnit } from '../payload/frames.js';
import { ringsOf } from './libraries.js';
import { nestingOf, type PayloadStrategy } from './nesting.js';
import { readBackPayload, writePayload } from '../payload/payload.js';
import { payloadIndex } from '../payload/layout.js';
import type { Nested, PackRequest } from '../plan/plan.js';
import { strategiesFor } from '../plan/plan.js';
import { unreservedLimit, unzippedLimit } from '../plan/room.js';
import { refusal } from '../plan/refusal.js';
import { tooLarge } from '../plan/rejection.js';
import { select, type Ready, type SelectInput, type Selection } from './selection.js';
import { unzippedSize } from '../zip/size.js';

export interface NestInput extends SelectInput {
  readonly request: BuildRequest & Pick<PackRequest, 'beside'>;
  /** Libraries that nothing opens by path. */
  readonly outside: ReadonlySet<string>;
  /** Files that must not be links in the tree. */
  readonly behindLinks: ReadonlySet<string>;
  /** Absolute folder for payload and index. */
  readonly folder: string;
}

/** Sends an archive to its bucket and tells where it lies there. */
export type Upload = (file: string, payload: PayloadIndex['payload']) => Promise<PayloadAddress>;

export interface NestContext {
  readonly cache: Cache;
  readonly progress: Progress;
  /** Sends the payload to its bucket; null when there is none to send it to. */
  readonly upload: Upload | null;
}

export interface NestedFiles extends Nested {
  /** Sorted by path. */
  readonly files: readonly StagedFile[];
}

/** Everything that is nested together lies in this folder on sys.path; the bootstrap looks there. */
const payloadFolder = 'lambda_slim_payloads';

/**
 * @throws SlimError `archive-differs`, `does-not-fit` when no choice keeps all limits, `nothing-to-nest` when
 *   nothing can be nested
 */
export async function nest(input: NestInput, context: NestContext): Promise<NestedFiles> {
  const { request, files, boot, outside, behindLinks } = input;
  const limit = unzippedLimit(request.beside);
  const over = unzippedSize(files) + unzippedSize(boot) - (limit - 1);
  const groups = nestGroups(files, outside, ringsOf(input.entries), behindLinks, largeFileBytes);
  if (groups.every((one) => one.follows) && over <= 0) throw nothingToNest();
  const ready: Ready[] = [];
  const inBucket = request.strategy === 's3';
  const roomy = { ...input, limit: unreservedLimit(request.beside) };
  let selected = select(ready, roomy, inBucket);
  // Compressing costs time, so the heaviest come first, and the rest only when they do not free enough.
  for (const wave of wavesOf(groups, over + (limit - roomy.limit))) {
    ready.push(...(await compress(wave, input, context)));
    selected = select(ready, roomy, inBucket);
    if (selected.ok) break;
  }
  // What is kept free for the function's code is a wish; the limit is none.
  if (!selected.ok) selected = select(ready, { ...input, limit }, inBucket);
  const rejected = [...tooLarge(strategiesFor(request), unzippedSize(files), request.beside)];
  let strategy: PayloadStrategy = inBucket ? 's3' : 'double-zip';
  if (!selected.ok) {
    rejected.push({ strategy, ...selected.rejection });
    if (request.strategy === 'auto') {
      strategy = 's3';
      selected = select(ready, roomy, true);
      if (!selected.ok) selected = select(ready, { ...input, limit }, true);
      if (!selected.ok) rejected.push({ strategy, ...selected.rejection });
    }
  }
  if (!selected.ok) throw refusal(files, unzippedSize(files), rejected, request);
  return { ...(await make(selected.selection, strategy, input, context)), rejected };
}

function nothingToNest(): SlimError {
  return new SlimError('nothing-to-nest', 'There is nothing that a payload could hold.', {
    hint: 'Only packages in folders are nested, and neither metadata nor the function’s code. Build with --strategy auto.',
  });
}

/** The heaviest that could free the room at once, then all large ones and libraries, then everything. */
function wavesOf(all: readonly Group[], over: number): readonly (readonly Group[])[] {
  const [followers, groups] = [all.filter((one) => one.follows), all.filter((one) => !one.follows)];
  const least = Math.max(largeFileBytes, over / 50);
  const first = groups.filter((one) => one.files.length === 1 && one.bytes >= least);
  const second = groups.filter((one) => !first.includes(one) && one.files.length === 1);
  const third = groups.filter((one) => !first.includes(one) && !second.includes(one));
  const waves = [first, second, third].filter((wave) => wave.length > 0);
  return waves.map((wave, index) => (index === 0 ? [...followers, ...wave] : wave));
}

async function compress(
  groups: readonly Group[],
  { request }: NestInput,
  { cache, progress }: NestContext,
): Promise<Ready[]> {
  const units = await packUnits(
    groups.map((group) => ({ files: group.files, under: group.way === 'library' ? 'lib' : 'python' })),
    { cache, progress, codec: request.codec, level: request.codecLevel, step: 'compress payload' },
  );
  return groups.map((group, index) => ({ ...group, unit: units[index] as PackedUnit }));
}

async function make(
  selection: Selection,
  strategy: PayloadStrategy,
  { request, files, boot, folder }: NestInput,
  context: NestContext,
): Promise<Omit<NestedFiles, 'rejected'>> {
  const { groups, layout, libraries, tree, modules } = selection;
  const extension = request.codec === 'zstd' ? 'tar.zst' : 'tar.gz';
  const archive = path.join(folder, `payload.${extension}`);
  const step = context.progress.start('write payload', layout.payloadBytes);
  const written = await writePayload(archive, layout, (bytes) => step.advance(bytes));
  step.end(path.basename(archive));
  const reading = context.progress.start('read back payload', layout.payloadBytes);
  await readBackPayload(archive, layout, (bytes) => reading.advance(bytes));
  reading.end('as planned');
  const payload = { file: path.basename(archive), ...written };
  const key = payloadKey('', written.sha256, archive);
  const address: PayloadIndex['s3'] =
    strategy === 'double-zip'
      ? null
      : context.upload === null
        ? { bucket: null, key, region: null }
        : await context.upload(archive, payload);
  const index = payloadIndex(layout, {
    codec: request.codec,
    payload,
    s3: address,
    libraries,
    tree,
    modules,
  });
  const text = JSON.stringify(index);
  const indexFile = path.join(folder, 'index.json');
  await writeFile(indexFile, text);
  const at = `${payloadFolder}/${index.digest}`;
  const added: StagedFile[] = [...boot, bootFile(`${at}/index.json`, indexFile, Buffer.byteLength(text))];
  const nesting = nestingOf(selection, {
    request,
    strategy,
    bytes: unzippedSize(files),
    limit: unzippedLimit(request.beside),
    bootBytes: unzippedSize(added),
    payloadBytes: written.bytes,
    digest: index.digest,
    s3: address,
  });
  if (strategy === 'double-zip') {
    added.push({ ...bootFile(`${at}/${payload.file}`, archive, payload.bytes), stored: true });
  }
  const nested = new Set<StagedFile>(groups.flatMap((group) => group.files));
  return {
    files: [...files.filter((file) => !nested.has(file)), ...added].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    ),
    nesting,
    payload: strategy === 's3' ? asArtifact(archive, key, written) : null,
  };
}

function bootFile(file: string, source: string, bytes: number): StagedFile {
  return { path: file, place: 'python', source, bytes, mode: 0o644, distribution: null, origin: 'boot' };
}

/** Its name is made of its contents: what lies in a bucket under it never changes. */
function asArtifact(
  source: string,
  name: string,
  { bytes, sha256 }: { bytes: number; sha256: string },
): PackedFile {
  return {
    ...bootFile(name, source, bytes),
    sha256,
    crc32: 0,
    packedBytes: bytes,
    method: 'store',
    packedSource: source,
    packedOffset: 0,
  };
}
