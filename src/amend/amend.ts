/**
 * What somebody changes of the resolved packages: patches, and packages of their own beside them. The resolved tree stays as it is (law 4):
 * another one is made of links to its files, in which the changed ones are new, and all that follows looks at that one.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { satisfies } from '@renovatebot/pep440';
import { throwIfAborted } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import type { BuildRequest, ReadInput, Resolution, Target } from '../model.js';
import { splitRequirement } from '../python/lines.js';
import { markerEnvironment } from '../python/marker-environment.js';
import { holds, parseDependency } from '../python/markers.js';
import { rewriteRecord, type NewContent } from '../stage/record.js';
import { linkOrCopyFile } from '../stage/stage.js';
import { cacheKey } from '../text/cache-key.js';
import { relativePath } from '../text/relative-path.js';
import { countText } from '../text/units.js';
import type { World } from '../world.js';
import { applyPatches, type Patched, type ReadPatch } from './patches.js';
import { readPackageTree, type PackageTree } from './tree.js';
import { readVendored, refuseClashes, type Vendored } from './vendor.js';

/** What is to be changed, read but not done. */
export interface Amendments {
  readonly patches: readonly ReadPatch[];
  readonly vendored: readonly Vendored[];
  /** Identifies them with their contents; null: there are none. */
  readonly key: string | null;
  /** What was read, for commands that come after. */
  readonly read: readonly ReadInput[];
}

/** @throws SlimError `bad-vendor`, `unusable-file`; the file system's error */
export async function readAmendments({
  folder,
  patches,
  vendor,
}: Pick<BuildRequest, 'folder' | 'patches' | 'vendor'>): Promise<Amendments> {
  const label = (place: string): string => relativePath(folder, place) || '.';
  const read: ReadPatch[] = [];
  for (const patch of patches) {
    const content = await readFile(patch.file);
    read.push({ ...patch, label: label(patch.file), content, sha256: hex(content) });
  }
  const vendored: Vendored[] = [];
  for (const one of vendor) vendored.push(await readVendored(one, label(one)));
  const none = patches.length === 0 && vendor.length === 0;
  const key = cacheKey({
    patches: read.map((one) => [one.package, one.version, one.replace, one.sha256]),
    vendored: vendored.map(({ sha256 }) => sha256),
  });
  return {
    patches: read,
    vendored,
    key: none ? null : key,
    read: [
      ...patches.map(({ file }) => ({ place: file, kind: 'file' as const })),
      ...vendor.map((place) => ({ place, kind: 'vendored' as const })),
    ],
  };
}

const hex = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

export interface Amended {
  /** Of the changed tree. */
  readonly resolution: Resolution;
  /** By path in the tree: labels of the patches that changed it. */
  readonly patched: Patched['by'];
}

const fresh = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL;
/** How many files between two looks at the event loop (Ctrl-C, progress). */
const breath = 256;

/**
 * Make the changed tree.
 * @throws SlimError `bad-patch`, `bad-vendor`, `unusable-file`; the signal's reason; the file system's error
 */
export async function amend(
  resolution: Resolution,
  { patches, vendored }: Amendments,
  target: Target,
  { cache, progress, signal }: Pick<World, 'cache' | 'progress' | 'signal'>,
): Promise<Amended> {
  const step = progress.start('amend');
  const resolved = await readPackageTree(resolution.root);
  refuseClashes(vendored, resolved);
  const { contents, by } = await applyPatches(patches, resolved);
  const root = await cache.workFolder('amended');
  const folders = new Folders(root);
  for (const [index, { path: name, link, bytes }] of resolved.files.entries()) {
    throwIfAborted(signal);
    if (index % breath === 0) await setImmediate();
    if (contents.has(name)) continue;
    const place = await folders.placeOf(name);
    if (link === undefined) await linkOrCopyFile(path.join(resolved.root, name), place, bytes);
    else await symlink(link, place);
  }
  for (const { folder, tree } of vendored) {
    for (const { path: name, link } of tree.files) {
      throwIfAborted(signal);
      const place = await folders.placeOf(name);
      // Copies: whoever has the folder may write into it at any time.
      if (link === undefined) await copyFile(path.join(folder, name), place, fresh);
      else await symlink(link, place);
    }
  }
  await writeContents(resolved, contents, folders);
  const brought = vendored.flatMap(({ tree }) => tree.installed.map(({ facts }) => facts.normalized));
  step.end(
    [
      ...(by.size === 0 ? [] : [`${countText(by.size, 'file')} patched`]),
      ...vendored.map(({ label, tree }) => `${countText(tree.files.length, 'file')} from ${label}`),
    ].join(', '),
  );
  return {
    resolution: {
      ...resolution,
      root,
      requested: [...new Set([...resolution.requested, ...brought])].sort(),
      findings: [
        ...resolution.findings,
        ...vendored.flatMap((one) => lacking(one, vendored, resolved, target)),
      ],
    },
    patched: by,
  };
}

/** Makes folders, each once. */
class Folders {
  readonly #made = new Set<string>();

  constructor(private readonly root: string) {}

  /** A new file where a link into the resolved tree may be: that one is taken away, never written. */
  async replace(name: string, content: string | Buffer, mode: number): Promise<void> {
    const place = await this.placeOf(name);
    await rm(place, { force: true });
    await writeFile(place, content, { mode, flag: 'wx' });
  }

  async placeOf(name: string): Promise<string> {
    const place = path.join(this.root, name);
    const folder = path.dirname(place);
    if (!this.#made.has(folder)) await mkdir(folder, { recursive: true });
    this.#made.add(folder);
    return place;
  }
}

/** The changed files, and RECORDs that tell of them. */
async function writeContents(
  { root, files, installed, owners }: PackageTree,
  contents: Patched['contents'],
  folders: Folders,
): Promise<void> {
  const modes = new Map(files.map((one) => [one.path, one.mode]));
  const changed = new Map<string, NewContent>();
  for (const [name, content] of contents) {
    if (content === null) continue;
    await folders.replace(name, content, modes.get(name) ?? 0o644);
    changed.set(name, { sha256: hex(content), bytes: content.length });
  }
  for (const { facts, owned } of installed) {
    const record = `${facts.folder}/RECORD`;
    const own = new Set(owned.paths);
    const added = [...changed.keys()].filter(
      (name) => !modes.has(name) && folderOwner(name, owners) === facts.normalized,
    );
    const touched = [...contents.keys()].some((name) => own.has(name));
    if (!modes.has(record) || (!touched && added.length === 0)) continue;
    const text = rewriteRecord(await readFile(path.join(root, record), 'utf8'), {
      ...{ record, changed, added },
      travels: (name) => contents.get(name) !== null,
    });
    await folders.replace(record, text, 0o644);
  }
}

/** Whose a new file is: that of the nearest file beside or above it. */
function folderOwner(name: string, owners: PackageTree['owners']): string | null {
  for (let at = path.posix.dirname(name); at !== '.'; at = path.posix.dirname(at)) {
    const inside = [...owners].find(([file]) => file.startsWith(`${at}/`));
    if (inside !== undefined) return inside[1].distribution;
  }
  return null;
}

/** What the vendored distributions ask for and the build does not have. */
function lacking(
  { label, tree }: Vendored,
  vendored: readonly Vendored[],
  resolved: PackageTree,
  target: Target,
): readonly Finding[] {
  const versions = new Map(
    [resolved, ...vendored.map((one) => one.tree)].flatMap((one) =>
      one.installed.map(({ facts }) => [facts.normalized, facts.version] as const),
    ),
  );
  const environment = markerEnvironment(target);
  return tree.installed.flatMap(({ facts }) => {
    const missing = facts.requires.flatMap((line) => {
      const needed = parseDependency(line);
      if (needed === null || !holds(needed.marker, environment, new Set())) return [];
      const version = versions.get(needed.name);
      const { specifier } = splitRequirement(line);
      if (version === undefined) return [`${needed.name}${specifier}`];
      const fits = specifier === '' || satisfies(version, specifier, { prereleases: true });
      return fits ? [] : [`${needed.name}${specifier} (the build has ${version})`];
    });
    return missing.length === 0
      ? []
      : [
          finding('vendored-lacks', {
            folder: label,
            distribution: facts.name,
            version: facts.version,
            missing,
          }),
        ];
  });
}
