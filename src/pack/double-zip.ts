/**
 * Makes the payload: compresses what could be nested, chooses, and writes archive and index. The answer is the list of files
 * that travel instead: what stays plain, the bootstrap, and (unless it goes to a bucket) the payload.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { limits } from '../limits.js';
import type {
  BuildRequest,
  Entry,
  Nesting,
  PackedFile,
  PayloadAddress,
  PayloadIndex,
  Rejection,
  StagedFile,
} from '../model.js';
import type { Cache } from '../io/cache.js';
import type { Progress } from '../progress.js';
import { bytesText } from '../report/units.js';
import { nestGroups, type Group } from './candidates.js';
import { defaultCodecLevel } from './codec.js';
import { largeFileBytes, packUnits, type PackedUnit } from './frames.js';
import { loadOrder } from './libraries.js';
import { chooseNested, ephemeralSetting, type Candidate, type Choice } from './nest.js';
import { layoutPayload, payloadIndex, readBackPayload, writePayload } from './payload.js';
import type { Nested } from './plan.js';
import { strategiesFor } from './plan.js';
import { refusal } from './refusal.js';
import { planTree, topOf } from './tree.js';
import { entryBytes } from './zip-size.js';

export interface NestInput {
  readonly request: BuildRequest;
  /** All that travels: dependencies, bytecode and the function's code. */
  readonly files: readonly StagedFile[];
  /** The inventory's entries of these. */
  readonly entries: readonly Entry[];
  /** Libraries that nothing opens by path. */
  readonly outside: ReadonlySet<string>;
  readonly boot: readonly StagedFile[];
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

interface Ready extends Group {
  readonly unit: PackedUnit;
}

/**
 * @throws SlimError `does-not-fit` when no choice keeps all limits
 */
export async function nest(input: NestInput, context: NestContext): Promise<NestedFiles> {
  const { request, files, boot, outside } = input;
  const plain = sizeOf(files) + sizeOf(boot);
  const groups = nestGroups(files, outside, largeFileBytes);
  const ready: Ready[] = [];
  const rejected: Rejection[] = [];
  const inBucket = request.strategy === 's3';
  let choice: Choice | null = null;
  // Compressing costs time, so the heaviest come first, and the rest only when they do not free enough.
  for (const wave of wavesOf(groups, plain - limits.unzipped)) {
    ready.push(...(await compress(wave, input, context)));
    choice = inBucket ? null : choose(ready, plain, request, false);
    if (choice?.ok === true) break;
  }
  let strategy: 'double-zip' | 's3' = 'double-zip';
  if (choice?.ok !== true) {
    if (choice !== null) rejected.push({ strategy: 'double-zip', ...choice.rejection });
    choice = request.strategy === 'double-zip' ? choice : choose(ready, plain, request, true);
    strategy = 's3';
  }
  if (choice?.ok !== true) {
    if (choice && strategy === 's3' && request.strategy !== 'double-zip') {
      rejected.push({ strategy, ...choice.rejection });
    }
    throw refusal(files, sizeOf(files), [...plainRejections(input), ...rejected], request);
  }
  const chosen = ready.filter((one) => choice.names.has(one.name));
  const made = await make(chosen, strategy, input, context);
  const total = sizeOf(made.files);
  if (total >= limits.unzipped) {
    // The index was estimated; it is larger when thousands of files are nested.
    throw refusal(made.files, total, [...plainRejections(input), ...rejected], request);
  }
  return { ...made, rejected: [...plainRejections(input), ...rejected] };
}

/** The heaviest that could free the room at once, then all large ones and libraries, then everything. */
function wavesOf(groups: readonly Group[], over: number): readonly (readonly Group[])[] {
  const least = Math.max(largeFileBytes, over / 50);
  const first = groups.filter((one) => one.files.length === 1 && one.bytes >= least);
  const second = groups.filter((one) => !first.includes(one) && one.files.length === 1);
  const third = groups.filter((one) => !first.includes(one) && !second.includes(one));
  return [first, second, third].filter((wave) => wave.length > 0);
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

/** Index entries, tar headers and zip entries of what is nested: bytes for each file and frame. */
const indexBytes = 180;

function choose(ready: readonly Ready[], plain: number, request: BuildRequest, inBucket: boolean): Choice {
  const candidates = ready.map((one): Candidate => {
    const listed = indexBytes * (one.files.length + one.unit.frames.length + 1);
    return {
      name: one.name,
      bytes: one.bytes,
      packedBytes: (inBucket ? 0 : one.unit.packedBytes) + listed,
      way: one.way,
    };
  });
  const choice = chooseNested(candidates, {
    // Links of the tree are listed, too.
    plainBytes: plain + 64 * 1024,
    ephemeralBytes: request.ephemeralStorage * 2 ** 20,
  });
  if (!choice.ok || choice.names.size > 0) return choice;
  // It would fit as it is, but a payload was asked for: the one that frees the most.
  const [best] = [...candidates].sort(
    (a, b) => b.bytes - b.packedBytes - (a.bytes - a.packedBytes) || (a.name < b.name ? -1 : 1),
  );
  return best ? { ok: true, names: new Set([best.name]), bytes: best.bytes } : choice;
}

async function make(
  chosen: readonly Ready[],
  strategy: 'double-zip' | 's3',
  { request, files, entries, boot, folder }: NestInput,
  context: NestContext,
): Promise<Omit<NestedFiles, 'rejected'>> {
  const pathsOf = (way: Group['way']): Set<string> =>
    new Set(chosen.filter((one) => one.way === way).flatMap((one) => one.files.map((file) => file.path)));
  const [outside, inTree] = [pathsOf('library'), pathsOf('tree')];
  const python = files.filter((file) => file.place === 'python').map((file) => file.path);
  // Libraries first: they are loaded while nothing else can go on.
  const ordered = [...chosen].sort(
    (a, b) => Number(a.way === 'tree') - Number(b.way === 'tree') || (a.name < b.name ? -1 : 1),
  );
  const layout = layoutPayload(
    ordered.map((one) => one.unit),
    request.codec,
  );
  const extension = request.codec === 'zstd' ? 'tar.zst' : 'tar.gz';
  const archive = path.join(folder, `payload.${extension}`);
  const step = context.progress.start('write payload', layout.payloadBytes);
  const written = await writePayload(archive, layout, (bytes) => step.advance(bytes));
  step.end(path.basename(archive));
  const reading = context.progress.start('read back payload', layout.payloadBytes);
  await readBackPayload(archive, layout, (bytes) => reading.advance(bytes));
  reading.end('as planned');
  const payload = { file: path.basename(archive), ...written };
  const key = `${written.sha256}.${extension}`;
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
    libraries: loadOrder(entries, outside, inTree),
    tree: planTree(python, entries, inTree, outside),
    modules: [...new Set([...outside, ...inTree].map(topOf))].map((top) => top.replace(/\.libs$/, '')).sort(),
  });
  const text = JSON.stringify(index);
  const indexFile = path.join(folder, 'index.json');
  await writeFile(indexFile, text);
  const at = `${payloadFolder}/${index.digest}`;
  const added: StagedFile[] = [
    ...boot,
    bootFile(`${at}/index.json`, indexFile, Buffer.byteLength(text)),
    ...(strategy === 's3'
      ? []
      : [{ ...bootFile(`${at}/${payload.file}`, archive, payload.bytes), stored: true as const }]),
  ];
  const nested = new Set([...outside, ...inTree]);
  const nestedFiles = files.filter((file) => file.place === 'python' && nested.has(file.path));
  const bytes = sizeOf(nestedFiles);
  const shares = packedShares(chosen);
  const nesting: Nesting = {
    codec: request.codec,
    level: request.codecLevel ?? defaultCodecLevel[request.codec],
    files: nestedFiles
      .map((file) => ({
        path: file.path,
        distribution: file.distribution,
        bytes: file.bytes,
        packed: shares.get(file) ?? 0,
        way: outside.has(file.path) ? ('library' as const) : ('tree' as const),
      }))
      .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)),
    payloadBytes: payload.bytes,
    bootBytes: sizeOf(added) - (strategy === 's3' ? 0 : payload.bytes),
    ephemeralStorage: ephemeralSetting(bytes),
    digest: index.digest,
    s3: address,
    because: becauseOf(request, sizeOf(files), strategy),
  };
  const travelling = files.filter((file) => file.place !== 'python' || !nested.has(file.path));
  return {
    files: [...travelling, ...added].sort((a, b) => (a.path < b.path ? -1 : 1)),
    nesting,
    payload: strategy === 's3' ? asArtifact(archive, key, written) : null,
  };
}

/** A large file is a unit of its own; small ones share theirs. */
function packedShares(chosen: readonly Ready[]): ReadonlyMap<StagedFile, number> {
  return new Map(
    chosen.flatMap(({ files, bytes, unit }) =>
      files.map((file) => [file, Math.round((unit.packedBytes * file.bytes) / Math.max(1, bytes))] as const),
    ),
  );
}

function becauseOf(request: BuildRequest, bytes: number, strategy: 'double-zip' | 's3'): string {
  const asked = request.strategy === strategy ? `--strategy ${strategy} asks for it` : null;
  if (bytes < limits.unzipped) return `${asked ?? 'It was asked for'}; it would also fit without.`;
  const fewest = 'these files free enough room with the fewest bytes to unpack at start';
  return strategy === 's3' && asked === null
    ? `Even compressed it does not fit beside the rest, so it goes to a bucket; ${fewest}.`
    : `Unzipped it is too large by ${bytesText(bytes - limits.unzipped + 1)}; ${fewest}.`;
}

function plainRejections({ request, files }: NestInput): Rejection[] {
  const actualBytes = sizeOf(files);
  if (actualBytes < limits.unzipped) return [];
  return strategiesFor(request).map((strategy) => ({
    strategy,
    limit: 'unzipped',
    limitBytes: limits.unzipped,
    actualBytes,
    overBytes: actualBytes - limits.unzipped + 1,
    because: 'function and layers together, unzipped, must be smaller than the limit',
  }));
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

const sizeOf = (files: readonly StagedFile[]): number =>
  files.reduce((sum, file) => sum + entryBytes(file), 0);
