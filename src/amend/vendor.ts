/** Folders of packages that somebody keeps beside the requirements (`--vendor`): what of them travels, and with what they clash. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { exists } from '../io/exists.js';
import { hashFile } from '../io/hash.js';
import type { TreeFile } from '../io/tree.js';
import type { Distribution } from '../model.js';
import { moduleOf, topModules } from '../python/modules.js';
import { readPackageTree, type PackageTree } from './tree.js';

/** A folder of `--vendor`, read. */
export interface Vendored {
  /** Absolute. */
  readonly folder: string;
  /** As people know it: from the folder that is built. */
  readonly label: string;
  /** Over paths and contents (hex). */
  readonly sha256: string;
  readonly tree: PackageTree;
  /** Top-level names that it brings, dotted below a namespace. */
  readonly modules: readonly string[];
}

/**
 * Read one. Hidden files, bytecode of a cache and what lies loose at its top (a README) stay behind.
 * @param folder absolute
 * @throws SlimError `bad-vendor`, `unusable-file`; the file system's error
 */
export async function readVendored(folder: string, label: string): Promise<Vendored> {
  for (const name of ['pyproject.toml', 'setup.py', 'setup.cfg']) {
    if (!(await exists(path.join(folder, name)))) continue;
    throw bad(
      `--vendor ${label} is a project: it has a ${name}.`,
      `Write its path as a line of the requirements: it is built then, and what it needs is resolved.`,
    );
  }
  if (await exists(path.join(folder, '__init__.py'))) {
    throw bad(
      `--vendor ${label} is a package itself: it has an __init__.py.`,
      'Name the folder that it lies in.',
    );
  }
  const tree = await readPackageTree(folder, staysBehind);
  const modules = topModules(tree.files.map((one) => one.path));
  if (modules.length === 0 && tree.installed.length === 0) {
    throw bad(
      `--vendor ${label} holds no package.`,
      'Name the folder in which the packages lie: folders with an __init__.py, or modules.',
    );
  }
  refuseLinks(tree.files, label);
  return { folder, label, sha256: await contentDigest(folder, tree.files), tree, modules };
}

/** The digest that `readVendored` gives the folder now. @throws SlimError `unusable-file`; the file system's error */
export async function vendoredDigest(folder: string): Promise<string> {
  return contentDigest(folder, (await readPackageTree(folder, staysBehind)).files);
}

function staysBehind(name: string): boolean {
  if (/(?:^|\/)__pycache__\/$/.test(name)) return true;
  if (name.replace(/\/$/, '').includes('/')) return false;
  const loose = !name.endsWith('/') && moduleOf(name) === null && !name.endsWith('.pth');
  return name.startsWith('.') || loose;
}

async function contentDigest(folder: string, files: readonly TreeFile[]): Promise<string> {
  const hashes = await pMap(
    files,
    ({ path: name, link }) =>
      link === undefined ? hashFile(path.join(folder, name)) : Promise.resolve(`link ${link}`),
    { concurrency: 8 },
  );
  const hash = createHash('sha256');
  files.forEach(({ path: name, mode }, index) => hash.update(JSON.stringify([name, mode, hashes[index]])));
  return hash.digest('hex');
}

/** A link that leads out of it leads nowhere in Lambda. @throws SlimError `bad-vendor` */
function refuseLinks(files: readonly TreeFile[], label: string): void {
  for (const { path: name, link } of files) {
    if (link === undefined) continue;
    const end = path.posix.normalize(path.posix.join(path.posix.dirname(name), link));
    if (!path.posix.isAbsolute(link) && end !== '..' && !end.startsWith('../')) continue;
    throw bad(
      `--vendor ${label}: ${name} is a link out of the folder.`,
      'Put a copy there, or name the folder that it leads to.',
    );
  }
}

/**
 * Two that bring one distribution, module or file: which of them would be imported is nobody's choice.
 * @throws SlimError `bad-vendor`
 */
export function refuseClashes(vendored: readonly Vendored[], resolved: PackageTree): void {
  const before: { readonly tree: PackageTree; readonly label: string | null }[] = [
    { tree: resolved, label: null },
  ];
  for (const one of vendored) {
    for (const other of before) refuseClash(one, other.tree, other.label);
    before.push(one);
  }
}

function refuseClash(
  { label, tree, modules }: Vendored,
  other: PackageTree,
  otherLabel: string | null,
): void {
  const theirs = new Map(other.installed.map(({ facts }) => [facts.normalized, facts]));
  const whose = otherLabel === null ? 'the resolved packages bring' : `--vendor ${otherLabel} brings`;
  for (const { facts } of tree.installed) {
    const same = theirs.get(facts.normalized);
    if (same === undefined) continue;
    throw bad(
      `--vendor ${label} brings ${named(facts)}, and ${whose} ${named(same)}.`,
      `Take ${facts.name} out of one of them; to change a resolved package use --patch.`,
    );
  }
  const refuse = (mine: string, file: string): never => {
    const owner = theirs.get(other.owners.get(file)?.distribution ?? '');
    throw bad(
      `--vendor ${label} brings ${mine}, and ${whose} ${file}${owner === undefined ? '' : ` (of ${named(owner)})`}.`,
      `Python would import one of the two alone: take one away. To change a resolved package use --patch.`,
    );
  };
  const files = other.files.map((one) => one.path);
  const byModule = new Map(files.map((name) => [moduleOf(name), name]));
  for (const module of modules) {
    const file = byModule.get(module);
    if (file !== undefined) refuse(`the module ${module}`, file);
  }
  const present = new Set(files);
  const own = tree.files.map((one) => one.path);
  for (const name of own) {
    if (present.has(name)) refuse(name, name);
    const inside = packagesAbove(name).find((one) => present.has(one));
    if (inside !== undefined) refuse(name, inside);
  }
  // A package of theirs, or a namespace, in a package of ours.
  const ours = new Set(own);
  for (const name of files) {
    const inside = packagesAbove(name).find((one) => ours.has(one));
    if (inside !== undefined) refuse(inside, name);
  }
}

/** `a/b/c.py` → `a/b/__init__.py`, `a/__init__.py`. */
function packagesAbove(name: string): readonly string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, index) => [...parts.slice(0, parts.length - index), '__init__.py'].join('/'));
}

const named = ({ name, version }: Pick<Distribution, 'name' | 'version'>): string => `${name} ${version}`;

function bad(sentence: string, hint: string): SlimError {
  return new SlimError('bad-vendor', sentence, { hint });
}
