/** Extras and groups that a lock does not hold: PDM, Pipenv and the readers of pylock.toml leave them out without a word. Pure. */
import { SlimError } from '../../errors.js';
import { normalizeName } from '../../python/names.js';
import { parseTomlOrNothing, stringsOf, tableAt, tableOf, type Table } from './toml.js';

interface Chosen {
  readonly extras: readonly string[];
  readonly groups: readonly string[];
}

/** Pipenv's names for its own two. */
const pipenvNames: Readonly<Record<string, string>> = { default: 'packages', develop: 'dev-packages' };

/** The categories of a Pipfile.lock that groups mean: `dev` is what Pipenv itself calls dev-packages. */
export const pipenvCategories = (groups: readonly string[]): readonly string[] =>
  groups.map((group) => (/^(dev|develop)$/.test(group) ? 'dev-packages' : group));

/**
 * @param kind of the lock; other tools say it themselves
 * @throws SlimError `bad-requirements`
 */
export function refuseUnknownSets(kind: string, text: string, { extras, groups }: Chosen): void {
  switch (kind) {
    case 'pdm.lock': {
      const { groups: locked } = tableAt(parseTomlOrNothing(text), 'metadata');
      if (!Array.isArray(locked)) return;
      const hint = 'Lock it, too: "pdm lock -G:all". Then build again.';
      refuse(kind, 'extra or group', [...extras, ...groups], stringsOf(locked), hint);
      return;
    }
    case 'Pipfile.lock': {
      refuse(kind, 'extra', extras, [], 'Pipenv knows none: name a category of the Pipfile with --group.');
      const known = Object.keys(jsonOrNothing(text)).filter((name) => name !== '_meta');
      if (known.length === 0) return;
      const names = known.map((name) => pipenvNames[name] ?? name);
      refuse(kind, 'category', pipenvCategories(groups), names, 'Run "pipenv lock". Then build again.');
      return;
    }
    case 'pylock.toml': {
      const table = parseTomlOrNothing(text);
      const hint = 'Write the lock again with it.';
      refuse(kind, 'extra', extras, knownTo(table, 'extras', 'extras', text), hint);
      refuse(kind, 'group', groups, knownTo(table, 'dependency-groups', 'dependency_groups', text), hint);
    }
  }
}

/** What a pylock.toml lists, or only tests for in its markers. */
function knownTo(table: Table, key: string, variable: string, text: string): readonly string[] {
  const tested = text.matchAll(
    new RegExp(String.raw`(['"])([^'"]+?)\\?\1\s+(?:not\s+)?in\s+${variable}\b`, 'g'),
  );
  return [...stringsOf(table[key]), ...[...tested].map(([, , name = '']) => name)];
}

function refuse(
  kind: string,
  what: string,
  asked: readonly string[],
  known: readonly string[],
  hint: string,
): void {
  const names = new Set(known.map(normalizeName));
  const missing = asked.find((name) => !names.has(normalizeName(name)));
  if (missing === undefined) return;
  const has = names.size === 0 ? '' : ` It has: ${[...names].sort().join(', ')}.`;
  throw new SlimError('bad-requirements', `${kind} has no ${what} "${missing}".${has}`, { hint });
}

function jsonOrNothing(text: string): Table {
  try {
    return tableOf(JSON.parse(text));
  } catch {
    // Pipenv says what is wrong with it.
    return {};
  }
}
