/**
 * Artifacts → the two folders that Lambda makes of them: /var/task (the function's zip) and /opt (all layers over each
 * other). Zips are unpacked once for each content, into the cache; what a run adds (the probe handler, a payload) goes
 * into a copy made of hard links, so that the cache's own folder stays as it is.
 */
import { chmod, link, mkdir, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { copyWithHoles } from '../io/copy-file.js';
import { SlimError } from '../errors.js';
import { codeFiles, type CodeChoice } from '../code/files.js';
import type { Cache, CacheEntry } from '../io/cache.js';
import { isReadable, letOthersRead } from '../io/readable.js';
import type { Artifact, Manifest } from '../model.js';
import { mountLayers, type Mountable } from '../layers/mount.js';
import type { Progress } from '../progress.js';
import { isFolder } from '../io/exists.js';

export interface UnpackOptions {
  readonly cache: Cache;
  readonly progress: Progress;
  /** The function's other layers, in its order: those of the build come behind them. */
  readonly layers?: readonly Mountable[];
  /** The user's code, for a build that has none; null: none. Folders are absolute. */
  readonly code: Pick<CodeChoice, 'folder' | 'project' | 'exclude'> | null;
  /** A file to add to /var/task: its name there and its text; null: none. */
  readonly added: { readonly name: string; readonly text: string } | null;
}

export interface Unpacked {
  /** Absolute folders. Nothing may be written into them. */
  readonly task: string;
  readonly opt: string;
  /** Where a payload that is not in the package lies in the sandbox, as `LAMBDA_SLIM_PAYLOAD`; null when it needs none. */
  readonly payload: string | null;
}

/** In /opt, beside what layers may hold: the runtime looks at `python`, `lib`, `bin` and `extensions` only. */
const payloadFolder = 'lambda-slim-payload';

/**
 * @param out the output folder of the build, absolute; its artifacts were checked
 * @throws SlimError `nothing-to-build`, `unusable-file`, `bad-option` when code is given for a build that has its
 *   own, `not-found` when the payload of an s3 build is gone,
 *   `bad-archive`
 */
export async function unpack(manifest: Manifest, out: string, options: UnpackOptions): Promise<Unpacked> {
  const { cache, progress, code, added, layers = [] } = options;
  const of = (kind: Artifact['kind']): readonly Artifact[] =>
    manifest.artifacts.filter((one) => one.kind === kind);
  const [own] = [...of('function'), ...of('directory')];
  if (own !== undefined && code !== null) {
    throw new SlimError('bad-option', `--code was given, but ${own.file} is what Lambda runs as the code.`, {
      hint: 'Leave --code out, or build the packages alone with --format layer.',
    });
  }
  const zips = [...of('function'), ...of('layer')];
  const step = progress.start(
    'unpack',
    zips.reduce((sum, one) => sum + one.unzippedBytes, 0),
  );
  const entries: CacheEntry[] = [];
  const unzipped = async (
    artifacts: readonly Artifact[],
    before: readonly Mountable[],
  ): Promise<string | null> => {
    const zips = artifacts.map(({ file, sha256: digest }) => ({
      ...{ file: path.join(out, file), isFolder: false, digest },
    }));
    if (zips.length + before.length === 0) return null;
    const entry = await mountLayers([...before, ...zips], {
      cache,
      advance: (bytes) => step.advance(bytes),
    });
    entries.push(entry);
    return entry.path;
  };
  const plainTask = own?.kind === 'directory' ? path.join(out, own.file) : await unzipped(of('function'), []);
  const plainOpt = await unzipped(of('layer'), layers);

  let task = plainTask ?? (await emptyFolder(cache, 'task'));
  if (code !== null) await copyCode(code, out, task);
  if (added !== null) {
    if (plainTask !== null) {
      task = await emptyFolder(cache, 'task');
      await linkTree(plainTask, task);
    }
    await writeFile(path.join(task, added.name), added.text, { flag: 'wx' });
    await chmod(path.join(task, added.name), 0o644);
  }

  let opt = plainOpt ?? (await emptyFolder(cache, 'opt'));
  const apart = payloadApart(manifest);
  if (apart !== null) {
    if (plainOpt !== null) {
      opt = await emptyFolder(cache, 'opt');
      await linkTree(plainOpt, opt);
    }
    const target = path.join(opt, payloadFolder, path.posix.basename(apart.key));
    await mkdir(path.dirname(target), { recursive: true });
    await chmod(path.dirname(target), 0o755);
    await readableCopy(path.join(out, apart.file), target);
  }
  step.end(undefined, { cached: entries.length > 0 && entries.every((one) => one.cached) });
  return { task, opt, payload: apart === null ? null : `file:///opt/${payloadFolder}` };
}

/** The payload of an `s3` build: its file in the output folder, and its name in the bucket. */
function payloadApart(manifest: Manifest): { readonly file: string; readonly key: string } | null {
  const s3 = manifest.plan.nesting?.s3 ?? null;
  if (s3 === null) return null;
  const artifact = manifest.artifacts.find((one) => one.kind === 'payload');
  if (artifact === undefined) {
    throw new SlimError('not-found', 'The payload of this build is not in its output folder.', {
      hint: 'The sandbox has no network, so the payload must lie here: build again.',
    });
  }
  return { file: artifact.file, key: s3.key };
}

/** World-readable: the process in the sandbox is another user. */
async function emptyFolder(cache: Cache, name: string): Promise<string> {
  const folder = await cache.workFolder(name);
  await chmod(folder, 0o755);
  return folder;
}

/** The same files that `build --code` would pack. */
async function copyCode(code: NonNullable<UnpackOptions['code']>, out: string, task: string): Promise<void> {
  if (!(await isFolder(code.folder))) {
    throw new SlimError('not-found', `--code: ${code.folder} is not a folder.`, {
      hint: "Name the folder that holds your function's code.",
    });
  }
  for (const file of (await codeFiles({ ...code, out, keep: [] })).files) {
    const target = path.join(task, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    if (file.link !== undefined) await symlink(file.link, target);
    else {
      await copyWithHoles(file.source, target);
      await chmod(target, file.mode);
    }
  }
  await letOthersRead(task);
}

/** The same tree again without its bytes: real folders, hard links, symbolic links as they are. */
async function linkTree(from: string, to: string): Promise<void> {
  const names = await readdir(from, { withFileTypes: true });
  await pMap(
    names,
    async (one) => {
      const source = path.join(from, one.name);
      const target = path.join(to, one.name);
      if (one.isDirectory()) {
        await mkdir(target);
        await chmod(target, 0o755);
        await linkTree(source, target);
      } else if (one.isSymbolicLink()) {
        await symlink(await readlink(source), target);
      } else {
        await linkOrCopy(source, target);
      }
    },
    { concurrency: 8 },
  );
}

/** The output folder may lie on another disk than the cache, and not every file system has hard links. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  await link(source, target).catch(() => copyWithHoles(source, target));
}

/** A hard link has its source's mode, and the output folder is not ours to open. */
async function readableCopy(source: string, target: string): Promise<void> {
  if (isReadable(await stat(source))) return linkOrCopy(source, target);
  await copyWithHoles(source, target);
  await chmod(target, 0o644);
}
