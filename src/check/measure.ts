/** Look at what was named, a manifest, a zip or a folder, and measure it. Never writes. */
import { constants, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { readText } from '../io/text-file.js';
import { walkTree } from '../io/tree.js';
import { parseManifest, readManifest } from '../manifest/manifest.js';
import { buildIn } from '../manifest/place.js';
import { withZip, type ZipContents } from '../pack/zip/contents.js';
import { parseBaseline } from './baseline-file.js';
import { sizesOf, type ContentSizes } from './contents.js';
import { measuredManifest } from './manifest-sizes.js';
import type { Measured } from './model.js';

/**
 * @param place absolute path of a manifest, an output folder or a folder that was built, a zip, a folder of packages, or a baseline
 * @param name as it was named, for people
 * @throws SlimError `unusable-file`, `not-found`, `bad-archive`, `bad-manifest`, `bad-baseline`, `bad-config`
 */
export async function measurePlace(place: string, name: string): Promise<Measured> {
  try {
    const facts = await stat(place);
    if (facts.isDirectory()) return await measureFolder(place, name);
    if (!facts.isFile() || !(await beginsAsJson(place))) return await measureZip(place, name);
    return measuredText(await readText(place), name);
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

/**
 * A manifest or a baseline.
 * @throws SlimError `bad-manifest`, `bad-baseline`
 */
export function measuredText(text: string, name: string): Measured {
  const baseline = parseBaseline(text, name);
  return baseline ?? measuredManifest(parseManifest(text, name), name);
}

async function beginsAsJson(file: string): Promise<boolean> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\uFEFF/, '')
      .trimStart()
      .startsWith('{');
  } finally {
    await handle.close();
  }
}

async function measureZip(place: string, name: string): Promise<Measured> {
  const { bytes, sizes } = await zipSizes(place, name);
  const archive = { name: path.basename(place), form: sizes.form, zipped: bytes, unzipped: sizes.unzipped };
  return measured('zip', name, sizes, archive);
}

/**
 * @returns also the size of the archive itself
 * @throws SlimError `not-found`, `bad-archive`
 */
export async function zipSizes(place: string, name: string): Promise<{ bytes: number; sizes: ContentSizes }> {
  return withZip(place, contentsSizes).catch((cause: unknown) => {
    throw systemCode(cause) === null ? badArchive(name, cause) : unreadable(name, cause);
  });
}

export async function contentsSizes(contents: ZipContents): Promise<{ bytes: number; sizes: ContentSizes }> {
  return { bytes: contents.bytes, sizes: await sizesOf(contents.files, contents.read) };
}

/** What the operating system calls it, e.g. `ENOENT`; null when the error is not from there. */
function systemCode(cause: unknown): string | null {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  return syscall === undefined ? null : (code ?? null);
}

/** @returns the error itself when it is none of the operating system's */
function unreadable(name: string, cause: unknown): unknown {
  const code = systemCode(cause);
  if (code === null) return cause;
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return new SlimError('not-found', missing ? `${name} is not there.` : `${name} cannot be read (${code}).`, {
    hint: 'Name a manifest (lambda-slim.json), a zip, or a folder.',
    details: missing ? [] : [(cause as Error).message],
    cause,
  });
}

/** @param cause a `bad-archive` about what is in it stays one, and gets its name */
export function badArchive(name: string, cause: unknown): SlimError {
  if (cause instanceof SlimError) {
    const { code, message, hint, details } = cause;
    return new SlimError(code, `${name}: ${message}`, { hint, details, cause });
  }
  return new SlimError('bad-archive', `${name} cannot be read as a zip.`, {
    hint: 'Name a zip, a manifest (lambda-slim.json), or a folder.',
    details: [cause instanceof Error ? cause.message : String(cause)],
    cause,
  });
}

async function measureFolder(place: string, name: string): Promise<Measured> {
  const out = await buildIn(place);
  if (out !== null) return measuredManifest(await readManifest(out), name);
  const files = await walkTree(place);
  const present = new Set(files.map((one) => one.path));
  const read = async (one: string): Promise<string | null> =>
    present.has(one) ? readText(path.join(place, one)).catch(absent) : null;
  const sizes = await sizesOf(files, read).catch((cause: unknown) => {
    throw cause instanceof SlimError ? badArchive(name, cause) : cause;
  });
  const archive = { name: path.basename(place), form: sizes.form, zipped: null, unzipped: sizes.unzipped };
  return measured('folder', name, sizes, archive);
}

/** A link may lead nowhere, or to a folder. */
function absent(cause: unknown): null {
  if (['ENOENT', 'EISDIR', 'ELOOP'].includes(systemCode(cause) ?? '')) return null;
  throw cause;
}

function measured(
  kind: Measured['kind'],
  name: string,
  { unzipped, tmp, packages, files }: ContentSizes,
  archive: Measured['archives'][number],
): Measured {
  return {
    kind,
    name,
    sizes: { zipped: archive.zipped ?? 0, unzipped, tmp },
    archives: [archive],
    packages,
    files,
    strategy: null,
    target: null,
    told: [],
    reserve: null,
    ephemeralStorage: null,
    findings: [],
  };
}
