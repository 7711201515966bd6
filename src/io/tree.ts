/**
 * Every file below a folder. What cannot travel in a zip, or is no file at all, is named and refused: left out without a
 * word it would be missing at run time.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SlimError } from '../errors.js';
import { countText } from '../text/units.js';

export interface TreeFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  /** 0 for a link. */
  readonly bytes: number;
  /** 0o644 or 0o755; 0o755 for a link. */
  readonly mode: number;
  readonly mtimeMs: number;
  /** A symbolic link's target as stored; links are not followed. */
  readonly link?: string;
}

/** How many files between two looks at the event loop (Ctrl-C, progress). */
const breath = 512;

/**
 * @param root absolute
 * @param skip told each folder (with a slash at its end) and file, relative: true leaves it out
 * @returns sorted by path; folders have no row
 * @throws SlimError `unusable-file` naming pipes, sockets, devices, and names that are no UTF-8 or longer than a path may
 *   be; the file system's error
 */
export async function walkTree(
  root: string,
  skip: (path: string) => boolean = () => false,
): Promise<readonly TreeFile[]> {
  const found: TreeFile[] = [];
  const refused: string[] = [];
  const folders = [''];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const one of list(root, folder, refused)) {
      const name = `${folder}${one.name}`;
      if (skip(one.isDirectory() ? `${name}/` : name)) continue;
      if (one.isDirectory()) folders.push(`${name}/`);
      else {
        const row = look(root, name);
        if ('refused' in row) refused.push(row.refused);
        else found.push(row);
      }
      seen++;
      if (seen % breath === 0) await setImmediate();
    }
  }
  if (refused.length > 0) throw refuse(root, refused);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function list(root: string, folder: string, refused: string[]): readonly Dirent[] {
  try {
    return readdirSync(path.join(root, folder), { withFileTypes: true });
  } catch (error) {
    const why = nameFault(folder, error);
    if (why === null) throw error;
    refused.push(`${short(folder)} ${why}`);
    return [];
  }
}

function look(root: string, name: string): TreeFile | { readonly refused: string } {
  const full = path.join(root, name);
  let facts: Stats;
  try {
    facts = lstatSync(full);
    const common = { path: name, mtimeMs: facts.mtimeMs };
    if (facts.isSymbolicLink()) return { ...common, bytes: 0, mode: 0o755, link: readlinkSync(full) };
    if (facts.isFile()) return { ...common, bytes: facts.size, mode: facts.mode & 0o111 ? 0o755 : 0o644 };
  } catch (error) {
    const why = nameFault(name, error);
    if (why === null) throw error;
    return { refused: `${short(name)} ${why}` };
  }
  return { refused: `${short(name)} ${kindOf(facts)}` };
}

/** Node gives names as text: bytes that are none come as U+FFFD, and no file has that name then. */
function nameFault(name: string, error: unknown): string | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENAMETOOLONG') return 'has a longer path than programs can open (4,096 bytes)';
  return code === 'ENOENT' && name.includes('\uFFFD') ? 'has a name that is not UTF-8' : null;
}

function kindOf(facts: Stats): string {
  if (facts.isFIFO()) return 'is a named pipe';
  if (facts.isSocket()) return 'is a socket';
  return facts.isCharacterDevice() || facts.isBlockDevice() ? 'is a device' : 'is no file';
}

const short = (name: string): string =>
  name.length <= 200 ? name : `${name.slice(0, 100)}…${name.slice(-60)}`;

const most = 10;

function refuse(root: string, refused: readonly string[]): SlimError {
  const rest = refused.length - most;
  return new SlimError(
    'unusable-file',
    `${root} holds ${countText(refused.length, 'file')} that cannot be packed.`,
    {
      hint: 'Move them somewhere else, or delete them: a package holds only files, folders and links.',
      details: [...refused.slice(0, most), ...(rest > 0 ? [`… and ${rest} more`] : [])],
    },
  );
}
