/**
 * uv workspaces: one uv.lock for several projects, each of which has its own set.
 * https://docs.astral.sh/uv/concepts/projects/workspaces/
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { SlimError } from '../../errors.js';
import { normalizeName } from '../../python/names.js';
import { parseToml, parseTomlOrNothing, stringsOf, tableAt, tablesOf, textOf, type Table } from './toml.js';

export interface Workspace {
  /** Absolute; its uv.lock lies there. */
  readonly folder: string;
  /** Sorted by name. The folder's own project is one of them where it is one. */
  readonly members: readonly Member[];
}

export interface Member {
  /** Normalized. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
}

/**
 * The workspace whose root this folder is; null when it is none.
 * @throws SlimError `bad-requirements`, `lock-export-failed` when it was never locked
 */
export async function workspaceIn(folder: string): Promise<Workspace | null> {
  const table = await projectTable(folder);
  return tableAt(table, 'tool', 'uv')['workspace'] === undefined ? null : readWorkspace(folder);
}

/**
 * The workspace that this folder is a member of; null when it is in none, or is itself a root.
 * @throws SlimError `bad-requirements`, `lock-export-failed` when it was never locked
 */
export async function workspaceAround(folder: string): Promise<Workspace | null> {
  for (let above = path.dirname(folder); above !== path.dirname(above); above = path.dirname(above)) {
    const table = tableAt(await projectTable(above), 'tool', 'uv');
    if (table['workspace'] === undefined) continue;
    return isMember(tableAt(table, 'workspace'), path.relative(above, folder)) ? readWorkspace(above) : null;
  }
  return null;
}

/**
 * The root of the workspace that this folder is in or is the root of; null when there is none.
 * @param top absolute: nothing above it is looked at; null: anything may be
 */
export async function workspaceRoot(folder: string, top: string | null): Promise<string | null> {
  for (let at = folder; ; at = path.dirname(at)) {
    const table = tableAt(await projectTable(at), 'tool', 'uv');
    if (table['workspace'] !== undefined) {
      return at === folder || isMember(tableAt(table, 'workspace'), path.relative(at, folder)) ? at : null;
    }
    if (at === top || at === path.dirname(at)) return null;
  }
}

/** @throws SlimError `bad-option` */
export function memberNamed(workspace: Workspace, name: string): string {
  const found = workspace.members.find((member) => member.name === normalizeName(name));
  if (found !== undefined) return found.folder;
  throw new SlimError('bad-option', `The workspace in ${workspace.folder} has no member "${name}".`, {
    hint: `Its members are: ${workspace.members.map((member) => member.name).join(', ')}.`,
  });
}

function isMember(workspace: Table, inside: string): boolean {
  const place = inside.split(path.sep).join('/');
  const matches = (key: string): boolean =>
    stringsOf(workspace[key]).some((glob) => picomatch.isMatch(place, glob.replace(/^\.\/|\/$/g, '')));
  return matches('members') && !matches('exclude');
}

async function readWorkspace(folder: string): Promise<Workspace> {
  const text = await readFile(path.join(folder, 'uv.lock'), 'utf8').catch(() => null);
  if (text === null) {
    throw new SlimError('lock-export-failed', `The uv workspace in ${folder} has no uv.lock.`, {
      hint: 'Run "uv lock" there: lambda-slim takes the set of each member from it.',
    });
  }
  return { folder, members: lockedMembers(parseToml(text, 'uv.lock'), folder) };
}

/** What lies in the workspace itself: other folders are named with `directory`, or are no members. */
function lockedMembers(lock: Table, folder: string): readonly Member[] {
  const names = stringsOf(tableAt(lock, 'manifest')['members']);
  const local = tablesOf(lock['package']).flatMap((one) => {
    const source = tableAt(one, 'source');
    const place = textOf(source['editable']) || textOf(source['virtual']) || textOf(source['directory']);
    const name = textOf(one['name']);
    return place === '' || (names.length > 0 && !names.includes(name))
      ? []
      : [{ name: normalizeName(name), folder: path.resolve(folder, place) }];
  });
  return local.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function projectTable(folder: string): Promise<Table> {
  return parseTomlOrNothing(await readFile(path.join(folder, 'pyproject.toml'), 'utf8').catch(() => ''));
}
