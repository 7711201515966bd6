/** Patches against the files of the packages that they are for: what each file becomes. */
import type { PatchRequest } from '../amended.js';
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { satisfies } from '@renovatebot/pep440';
import { SlimError } from '../errors.js';
import { moduleOf, topModules } from '../python/modules.js';
import { normalizeName } from '../python/names.js';
import { near } from '../text/near.js';
import { applyChange, parseDiff, type FileChange } from './diff.js';
import type { PackageTree } from './tree.js';

/** A patch with what it holds. */
export interface ReadPatch extends PatchRequest {
  /** As people know it: from the folder that is built. */
  readonly label: string;
  readonly content: Buffer;
  /** Of the content (hex). */
  readonly sha256: string;
}

/** What patches make of a tree. */
export interface Patched {
  /** By path in the tree: the new content; null: the file goes. */
  readonly contents: ReadonlyMap<string, Buffer | null>;
  /** By path: the labels of the patches that touched it, in their order. */
  readonly by: ReadonlyMap<string, readonly string[]>;
}

/**
 * Apply each to what those before it have made.
 * @throws SlimError `bad-patch`: the package, its version, a path or a hunk does not fit
 */
export async function applyPatches(patches: readonly ReadPatch[], tree: PackageTree): Promise<Patched> {
  const contents = new Map<string, Buffer | null>();
  const by = new Map<string, string[]>();
  const textOf = async (file: string, label: string): Promise<string> => {
    const content = contents.get(file) ?? (await readFile(path.join(tree.root, file)));
    if (isUtf8(content) && !content.includes(0)) return content.toString('utf8');
    throw bad(`${label}: ${file} is no text in UTF-8.`, 'Give the whole new file with "replace" instead.');
  };
  const put = (file: string, content: Buffer | null, label: string): void => {
    contents.set(file, content);
    by.set(file, [...new Set([...(by.get(file) ?? []), label])]);
  };
  for (const patch of patches) {
    const own = ownFiles(patch, tree, contents);
    if (patch.replace !== null) {
      put(replaced(patch, patch.replace, own), patch.content, patch.label);
      continue;
    }
    const changes = parseDiff(patch.content.toString('utf8'));
    if (typeof changes === 'string') throw bad(`${patch.label} ${changes}.`, howToMake(patch.package));
    for (const change of changes) {
      const file = fileFor(patch, change, own);
      const source = change.kind === 'add' ? '' : await textOf(file, patch.label);
      const result = applyChange(source, change);
      if (typeof result !== 'string') {
        throw bad(
          `${patch.label}: the hunk ${result.hunk} does not apply to ${file} of ${own.name} ${own.version}.`,
          `Make the patch anew from the file as this version has it${patch.version === null ? ', and say with "version" which versions it is for' : ''}.`,
          result.nearest.slice(0, mostLines),
        );
      }
      put(file, change.kind === 'delete' ? null : Buffer.from(result), patch.label);
    }
  }
  return { contents, by };
}

const mostLines = 6;

interface OwnFiles {
  readonly name: string;
  readonly version: string;
  /** Its files as they are now, without metadata. */
  readonly paths: ReadonlySet<string>;
  /** Of these, links. */
  readonly links: ReadonlySet<string>;
  /** Where a new file may lie: its packages, as folders with a slash behind. */
  readonly folders: readonly string[];
}

/** @throws SlimError `bad-patch`: it is not there, or has another version */
function ownFiles(
  patch: ReadPatch,
  { files, installed, owners }: PackageTree,
  contents: ReadonlyMap<string, Buffer | null>,
): OwnFiles {
  const wanted = normalizeName(patch.package);
  const found = installed.find(({ facts }) => facts.normalized === wanted)?.facts;
  if (found === undefined) {
    const meant = near(
      wanted,
      installed.map(({ facts }) => facts.normalized),
    );
    throw bad(
      `${patch.label} is for ${patch.package}, which is not in this build.`,
      `${meant === null ? '' : `Did you mean "${meant}"? `}Name a package that the requirements bring, or take the patch out.`,
    );
  }
  const { name, version, folder } = found;
  if (patch.version !== null && !satisfies(version, patch.version, { prereleases: true })) {
    throw bad(
      `${patch.label} is for ${name} ${patch.version}, and the build has ${name} ${version}.`,
      `See whether ${version} still needs it: then make the patch anew and widen "version"; else take it out.`,
    );
  }
  const isOwn = (one: string): boolean => {
    const owner = owners.get(one);
    return owner?.distribution === wanted || owner?.sharedWith.includes(wanted) === true;
  };
  const own = files.filter((one) => isOwn(one.path) && !one.path.startsWith(`${folder}/`));
  const paths = new Set(own.map((one) => one.path));
  const folders = topModules([...paths]).map((module) => `${module.replaceAll('.', '/')}/`);
  for (const [file, content] of contents) {
    if (content === null) paths.delete(file);
    else if (folders.some((one) => file.startsWith(one))) paths.add(file);
  }
  const links = new Set(own.filter(({ link }) => link !== undefined).map((one) => one.path));
  return { name, version, paths, links, folders };
}

/** @throws SlimError `bad-patch` */
function replaced({ label }: ReadPatch, written: string, own: OwnFiles): string {
  const file = safePath(written);
  if (file !== null && own.paths.has(file)) return checkLink(file, label, own);
  throw notOwn(label, written, own);
}

/**
 * The file that a diff means: its name, with as few of the leading folders left out as make it one of the package's.
 * @throws SlimError `bad-patch`
 */
function fileFor({ label }: ReadPatch, { kind, name }: FileChange, own: OwnFiles): string {
  const safe = safePath(name);
  if (safe === null) throw notOwn(label, name, own);
  const parts = safe.split('/');
  const candidates = parts.map((_, index) => parts.slice(index).join('/'));
  const there = candidates.find((one) => own.paths.has(one));
  if (kind !== 'add') {
    if (there !== undefined) return checkLink(there, label, own);
    throw notOwn(label, name, own);
  }
  if (there !== undefined)
    throw bad(
      `${label} adds ${there}, which ${own.name} ${own.version} has already.`,
      'Make the patch anew as a change of that file.',
    );
  const fresh = candidates.find((one) => own.folders.some((folder) => one.startsWith(folder)));
  if (fresh === undefined) throw notOwn(label, name, own);
  return fresh;
}

/** Null for what is absolute or goes up. */
function safePath(written: string): string | null {
  if (/^(?:[/\\]|[A-Za-z]:)/.test(written) || written.includes('\0')) return null;
  const normal = path.posix.normalize(written.replaceAll('\\', '/'));
  return normal === '.' || normal.startsWith('../') || written.split(/[/\\]/).includes('..') ? null : normal;
}

function checkLink(file: string, label: string, own: OwnFiles): string {
  if (!own.links.has(file)) return file;
  throw bad(`${label}: ${file} of ${own.name} is a link.`, 'Patch the file that it leads to.');
}

function notOwn(label: string, written: string, { name, version, paths }: OwnFiles): SlimError {
  const meant = near(
    written,
    [...paths].filter((one) => moduleOf(one) !== null),
  );
  return bad(
    `${label} names ${written}, which is no file of ${name} ${version}.`,
    `${meant === null ? '' : `Did you mean ${meant}? `}A patch changes files of its own package alone, not its metadata; paths begin with the folder of the package.`,
  );
}

function howToMake(name: string): string {
  return `Make it with "diff -u" or "git diff" from the files of ${name} as they are installed.`;
}

function bad(sentence: string, hint: string, details: readonly string[] = []): SlimError {
  return new SlimError('bad-patch', sentence, { hint, details });
}
