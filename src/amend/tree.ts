/** What is in a folder of installed packages before anything of it is changed: files, and whose they are. */
import path from 'node:path';
import { readDistributions, type Installed } from '../inventory/distributions.js';
import { ownersOf, type Ownership } from '../inventory/owners.js';
import { readText } from '../io/text-file.js';
import { walkTree, type TreeFile } from '../io/tree.js';

export interface PackageTree {
  /** Absolute. */
  readonly root: string;
  /** Sorted by path. */
  readonly files: readonly TreeFile[];
  readonly installed: readonly Installed[];
  /** For every file. */
  readonly owners: ReadonlyMap<string, Ownership>;
}

/**
 * @param skip as `walkTree` has it
 * @throws SlimError `unusable-file`; the file system's error
 */
export async function readPackageTree(
  root: string,
  skip: (path: string) => boolean = () => false,
): Promise<PackageTree> {
  const files = await walkTree(root, skip);
  const present = new Set(files.filter(({ link }) => link === undefined).map((one) => one.path));
  const paths = files.map((one) => one.path);
  const read = (name: string): Promise<string | null> =>
    present.has(name) ? readText(path.join(root, name)) : Promise.resolve(null);
  const installed = await readDistributions(paths, read);
  return {
    root,
    files,
    installed,
    owners: ownersOf(
      paths,
      installed.map(({ owned }) => owned),
    ),
  };
}
