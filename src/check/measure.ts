/** Look at what was named, a manifest, a zip or a folder, and measure it. Never writes. */
import { lstat, open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { manifestName } from '../io/folder.js';
import { parseManifest, readManifest } from '../manifest.js';
import { withZip, type ZipContents } from '../pack/zip-contents.js';
import { parseBaseline } from './baseline-file.js';
import { sizesOf, type ContentSizes } from './contents.js';
import { measuredManifest } from './manifest-sizes.js';
import type { Measured } from './model.js';

/**
 * @param place absolute path of a manifest, an output folder, a zip, a folder of packages, or a baseline
 * @param name as it was named, for people
 * @throws SlimError `not-found`, `bad-archive`, `bad-manifest`, `bad-baseline`
 */
export async function measurePlace(place: string, name: string): Promise<Measured> {
  const facts = await stat(place).catch((cause: unknown) => {
    throw notThere(name, cause);
  });
  if (facts.isDirectory()) return measureFolder(place, name);
  if (!(await beginsAsJson(place))) return measureZip(place, name);
  const text = await readFile(place, 'utf8');
  return measuredText(text, name);
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
  const handle = await open(file, 'r');
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
    throw (cause as NodeJS.ErrnoException).code === 'ENOENT'
      ? notThere(name, cause)
      : badArchive(name, cause);
  });
}

export async function contentsSizes(contents: ZipContents): Promise<{ bytes: number; sizes: ContentSizes }> {
  return { bytes: contents.bytes, sizes: await sizesOf(contents.files, contents.read) };
}

function notThere(name: string, cause: unknown): SlimError {
  return new SlimError('not-found', `${name} is not there.`, {
    hint: 'Name a manifest (lambda-slim.json), a zip, or a folder.',
    cause,
  });
}

export function badArchive(name: string, cause: unknown): SlimError {
  return new SlimError('bad-archive', `${name} cannot be read as a zip.`, {
    hint: 'Name a zip, a manifest (lambda-slim.json), or a folder.',
    details: [cause instanceof Error ? cause.message : String(cause)],
    cause,
  });
}

async function measureFolder(place: string, name: string): Promise<Measured> {
  const names = await readdir(place, { recursive: true, withFileTypes: true });
  if (names.some((one) => one.name === manifestName && one.parentPath === place)) {
    return measuredManifest(await readManifest(place), name);
  }
  const files = await pMap(
    names.filter((one) => one.isFile() || one.isSymbolicLink()),
    async (one) => {
      const full = path.join(one.parentPath, one.name);
      const bytes = one.isSymbolicLink() ? 0 : (await lstat(full)).size;
      return { path: path.relative(place, full).split(path.sep).join('/'), bytes };
    },
    { concurrency: 16 },
  );
  const present = new Set(files.map((one) => one.path));
  const sizes = await sizesOf(files, async (one) =>
    present.has(one) ? readFile(path.join(place, one), 'utf8') : null,
  );
  const archive = { name: path.basename(place), form: sizes.form, zipped: null, unzipped: sizes.unzipped };
  return measured('folder', name, sizes, archive);
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
    ephemeralStorage: null,
    findings: [],
  };
}
