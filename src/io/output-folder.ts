/**
 * The output folder appears whole or not at all: it is made beside its place and swapped in by rename. Only a folder that
 * lambda-slim made (its manifest lies in it), an empty one, or none is ever replaced, and only when nothing of somebody
 * else's lies in it.
 *
 * A mount point cannot be renamed. Then the new files are moved into it one by one, the manifest last: a folder without a
 * manifest is not a result.
 */
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { isNativeError } from 'node:util/types';
import { diskFull, isDiskFull, SlimError } from '../errors.js';
import type { Manifest } from '../model.js';
import { copyFolder } from './copy-file.js';
import { draftTag, isDraft, sweepDrafts } from './drafts.js';
import { removal } from './removal.js';
import { defaultOut } from '../text/own-names.js';
import { isTaken } from './exists.js';

/** Marks a folder as ours. */
export const manifestName = 'lambda-slim.json';

/** The page that `report` puts there; the next build takes it away, as it tells of the last one. */
export const reportName = 'report.html';

/** What `verify` measured; the next build takes it away, too. */
export const verificationName = 'verification.json';

/** In the default output folder, so that nobody commits what a build makes. */
const ignoreName = '.gitignore';
const ignoreText = '# Made by lambda-slim: builds are not to be committed.\n*\n';

/** What file managers leave behind; not somebody's work. */
const litter: readonly string[] = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

const draftPrefix = '.lambda-slim-';
/** Drafts of this run that are not in place yet. */
const drafts = new Set<string>();

/**
 * Make the output folder.
 * @param out absolute path; missing parents are made
 * @param produce writes into the given empty folder, which must hold the manifest in the end; when it throws, `out` stays as it was
 * @returns what `produce` returned
 * @throws SlimError `output-not-ours` naming the files that would be lost, `output-unwritable`, `disk-full`
 */
export async function writeOutput<Result>(
  out: string,
  produce: (folder: string) => Promise<Result>,
): Promise<Result> {
  const place = await placeOf(out);
  await refuseForeign(place, out);
  const parent = path.dirname(place);
  let firstMade: string | undefined;
  let draft: string | null = null;
  try {
    firstMade = await mkdir(parent, { recursive: true });
    await sweepDrafts(parent, draftPrefix);
    await sweepDrafts(place, draftPrefix);
    draft = await makeDraft(place);
    drafts.add(draft);
    const result = await produce(draft);
    if (path.basename(out) === defaultOut) await writeFile(path.join(draft, ignoreName), ignoreText);
    if (!(await isTaken(path.join(draft, manifestName)))) throw new Error(`${manifestName} was not written.`);
    // Again: building takes a while, and what was put there meanwhile must not be lost either.
    await refuseForeign(place, out);
    await swap(draft, place);
    return result;
  } catch (error) {
    if (draft !== null) await rm(draft, removal).catch(() => {});
    if (firstMade !== undefined) await removeEmpty(parent, firstMade);
    throw explain(error, out, [draft ?? parent, place]);
  } finally {
    if (draft !== null) drafts.delete(draft);
  }
}

/**
 * Write the manifest of a folder that is whole anew, at once or not at all. Where that is not allowed it stays as it was.
 * @param out absolute
 */
export async function replaceManifest(out: string, text: string): Promise<void> {
  const draft = path.join(out, `${draftPrefix}${draftTag()}`);
  drafts.add(draft);
  try {
    await writeFile(draft, text);
    await rename(draft, path.join(out, manifestName));
  } catch (error) {
    await rm(draft, { force: true });
    if (!isDenied(error) && !isDiskFull(error)) throw error;
  } finally {
    drafts.delete(draft);
  }
}

/**
 * Check that a build may write there, before any work is done.
 * @throws SlimError `output-unwritable`, `output-not-ours`
 */
export async function checkOutput(out: string): Promise<void> {
  await refuseForeign(await placeOf(out), out);
}

/** A link to a folder stays a link: its target is replaced. One that leads nowhere is somebody's, too, and no folder. */
async function placeOf(out: string): Promise<string> {
  const place = await realpath(out).catch(() => null);
  if (place !== null) return place;
  const target = await readlink(out).catch(() => null);
  if (target === null) return out;
  throw new SlimError(
    'output-unwritable',
    `The output folder ${out} is a link to ${target}, which is not there.`,
    {
      hint: 'Make that folder, or name another one with --out.',
    },
  );
}

/** For the handler of a signal that ends the program: take away what is not in place yet. Synchronous; never throws. */
export function removeDrafts(): void {
  for (const draft of drafts) {
    try {
      rmSync(draft, { recursive: true, force: true });
    } catch {
      // The program is ending; there is nobody left to tell.
    }
  }
}

/** Beside the place, so that a rename is enough; inside it where nothing can be made beside (a mounted folder). */
async function makeDraft(place: string): Promise<string> {
  const name = `${draftPrefix}${draftTag()}`;
  const beside = path.join(path.dirname(place), name);
  try {
    await mkdir(beside, { mode: 0o755 });
    return beside;
  } catch (error) {
    if (!isDenied(error) || !(await isTaken(place))) throw error;
    const inside = path.join(place, name);
    await mkdir(inside, { mode: 0o755 });
    return inside;
  }
}

async function swap(draft: string, place: string): Promise<void> {
  if (path.dirname(draft) === place) return moveInto(draft, place);
  const old = path.join(path.dirname(place), `${draftPrefix}${draftTag()}`);
  try {
    await rename(place, old);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return rename(draft, place);
    if (code !== 'EBUSY' && code !== 'EXDEV' && !isDenied(error)) throw error;
    // A mount point: maybe another file system, so the draft is copied into it first.
    const inside = path.join(place, path.basename(draft));
    drafts.add(inside);
    try {
      await copyFolder(draft, inside);
      await moveInto(inside, place);
      await rm(draft, { recursive: true, force: true });
    } finally {
      await rm(inside, { recursive: true, force: true });
      drafts.delete(inside);
    }
    return;
  }
  try {
    await rename(draft, place);
  } catch (error) {
    await rename(old, place);
    throw error;
  }
  drafts.add(old);
  await rm(old, removal);
  drafts.delete(old);
}

/** Replace the contents of `place` by those of `draft`, a folder in it. */
async function moveInto(draft: string, place: string): Promise<void> {
  const manifest = path.join(place, manifestName);
  await rm(manifest, { force: true });
  for (const name of await readdir(place)) {
    if (name !== path.basename(draft)) await rm(path.join(place, name), { recursive: true, force: true });
  }
  const names = await readdir(draft);
  for (const name of names.filter((one) => one !== manifestName)) {
    await rename(path.join(draft, name), path.join(place, name));
  }
  if (names.includes(manifestName)) await rename(path.join(draft, manifestName), manifest);
  await rmdir(draft);
}

/** Throws when something at `place` would be lost that lambda-slim did not make. */
async function refuseForeign(place: string, out: string): Promise<void> {
  const names = await readdir(place).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw notOurs(out, 'is a file, not a folder', []);
    throw explain(error, out, [place]);
  });
  const present = names.filter((name) => !litter.includes(name) && !isDraft(name, draftPrefix));
  if (present.length === 0) return;
  const artifacts = await ownArtifacts(place);
  if (artifacts === null) {
    throw notOurs(out, 'is not empty, and lambda-slim did not make it', present);
  }
  const page = await isOurPage(path.join(place, reportName));
  const record = await isOurRecord(path.join(place, verificationName));
  const ignores = await readFile(path.join(place, ignoreName), 'utf8').catch(() => '');
  const ours = [
    manifestName,
    ...(page ? [reportName] : []),
    ...(record ? [verificationName] : []),
    ...(ignores === ignoreText ? [ignoreName] : []),
  ];
  const foreign = present.filter((name) => !ours.includes(name) && !artifacts.has(name));
  for (const [name, count] of artifacts) {
    const full = path.join(place, name);
    if (!present.includes(name) || !(await lstat(full)).isDirectory()) continue;
    const files = await readdir(full, { recursive: true, withFileTypes: true });
    const found = files.filter((file) => !file.isDirectory()).length;
    if (found > count) foreign.push(`${name}/ (${found - count} more files than were built)`);
  }
  if (foreign.length > 0) throw notOurs(out, 'holds files that lambda-slim did not make', foreign);
}

/**
 * Whether a folder is one that a build made: a config file may have the manifest's name, too.
 * @param folder absolute
 */
export function isOutput(folder: string): boolean {
  try {
    const file = openSync(path.join(folder, manifestName), 'r');
    try {
      const head = Buffer.alloc(256);
      const text = head.subarray(0, readSync(file, head, 0, head.length, 0));
      // In the folder that has our name, one that is broken is a manifest, too.
      return path.basename(folder) === defaultOut || text.includes('"manifestVersion"');
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** What the manifest says that we made, with the number of files in each; null without a manifest of ours. */
async function ownArtifacts(place: string): Promise<ReadonlyMap<string, number> | null> {
  try {
    const manifest = JSON.parse(await readFile(path.join(place, manifestName), 'utf8')) as Partial<
      Pick<Manifest, 'manifestVersion' | 'artifacts'>
    >;
    if (typeof manifest.manifestVersion !== 'number' || manifest.artifacts === undefined) return null;
    return new Map(manifest.artifacts.map((artifact) => [artifact.file, artifact.fileCount]));
  } catch {
    return null;
  }
}

/** What `verify` has written; somebody's own file of that name is not. False when it is not there. */
export async function isOurRecord(file: string): Promise<boolean> {
  return beginsWith(file, '"verificationRecord":');
}

/** Its first lines say who made it; somebody's own page with that name does not. False when it is not there. */
export async function isOurPage(file: string): Promise<boolean> {
  return beginsWith(file, '<meta name="generator" content="lambda-slim report"');
}

/** Whether this stands in its first lines. */
async function beginsWith(file: string, mark: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead).includes(mark);
  } catch {
    // A folder has that name.
    return false;
  } finally {
    await handle.close();
  }
}

function notOurs(out: string, why: string, names: readonly string[]): SlimError {
  const rest = names.length - 10;
  return new SlimError('output-not-ours', `The output folder ${out} ${why}.`, {
    hint: 'Nothing was changed. Name another folder with --out, or move these files away.',
    details: [...names.slice(0, 10), ...(rest > 0 ? [`… and ${rest} more`] : [])],
  });
}

/** File system errors in the output folder as words; every other error as it is. */
function explain(error: unknown, out: string, within: readonly string[]): unknown {
  if (error instanceof SlimError || !isNativeError(error)) return error;
  if (isDiskFull(error)) {
    const sentence = `The disk with the output folder ${out} is full.`;
    return diskFull(sentence, { option: '--out', more: 'Nothing was left behind.', cause: error });
  }
  const { code, path: at, syscall } = error as NodeJS.ErrnoException;
  // A file that cannot be read somewhere else is not the output's fault.
  const ours =
    at === undefined || within.some((one) => at.startsWith(one) || path.dirname(at) === path.dirname(one));
  const isUnfit = isDenied(error) || unfit.includes(code ?? '') || (code === 'ENOENT' && syscall === 'mkdir');
  // Node refuses a name with NUL by itself, without asking the system.
  if ((syscall !== undefined && ours && isUnfit) || out.includes('\0')) {
    return new SlimError(
      'output-unwritable',
      `The output folder ${out} cannot be written: ${error.message}`,
      {
        hint: 'Name a folder that you may write with --out, or change its permissions.',
        cause: error,
      },
    );
  }
  return error;
}

/** What the system says of a place where no folder can be. */
const unfit: readonly string[] = ['ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL', 'EBUSY', 'ENODEV', 'ENXIO'];

function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Remove the empty folders that were made for the output, from the innermost to the first. */
async function removeEmpty(innermost: string, first: string): Promise<void> {
  for (let folder = innermost; folder.startsWith(first); folder = path.dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}
