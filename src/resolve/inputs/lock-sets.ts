/** Extras and groups that a lock does not hold: PDM, Pipenv and the readers of pylock.toml leave them out without a word. Pure. */
import { SlimError } from '../../errors.js';
import { normalizeName } from '../../python/names.js';
import { groupsOf } from './pyproject.js';
import { parseTomlOrNothing, stringsOf, tableAt, tableOf, type Table } from './toml.js';

interface Chosen {
  readonly extras: readonly string[];
  readonly groups: readonly string[];
}

/** Pipenv's names for its own two, in its lock. */
const pipenvNames: Readonly<Record<string, string>> = { default: 'packages', develop: 'dev-packages' };

/**
 * The extras and groups as the lock spells them, as some tools leave out what is spelled otherwise. Of a Pipfile.lock groups name
 * categories as a Pipfile has them; `dev` is its `dev-packages`, unless there is a category of that name.
 * @param kind of the lock; other tools say themselves what is missing
 * @throws SlimError `bad-requirements`
 */
export function lockedSets(kind: string, text: string, { extras, groups }: Chosen): Chosen {
  switch (kind) {
    case 'pdm.lock': {
      const { groups: locked } = tableAt(parseTomlOrNothing(text), 'metadata');
      if (!Array.isArray(locked)) return { extras, groups };
      const hint = 'Lock it, too: "pdm lock -G:all". Then build again.';
      const spelled = (asked: readonly string[]): readonly string[] =>
        asKnown(kind, 'extra or group', asked, stringsOf(locked), hint);
      return { extras: spelled(extras), groups: spelled(groups) };
    }
    case 'Pipfile.lock': {
      asKnown(kind, 'extra', extras, [], 'Pipenv knows none: name a category of the Pipfile with --group.');
      const known = Object.keys(jsonOrNothing(text)).filter((name) => name !== '_meta');
      if (known.length === 0) return { extras, groups };
      const names = known.map((name) => pipenvNames[name] ?? name);
      const asked = groups.map((group) =>
        names.includes(group) ? group : group === 'dev' ? 'dev-packages' : (pipenvNames[group] ?? group),
      );
      return {
        extras,
        groups: asKnown(kind, 'category', asked, names, 'Run "pipenv lock". Then build again.'),
      };
    }
    case 'pylock.toml': {
      const table = parseTomlOrNothing(text);
      const hint = 'Write the lock again with it.';
      return {
        extras: asKnown(kind, 'extra', extras, knownTo(table, 'extras', 'extras', text), hint),
        groups: asKnown(
          kind,
          'group',
          groups,
          knownTo(table, 'dependency-groups', 'dependency_groups', text),
          hint,
        ),
      };
    }
    default:
      return { extras, groups };
  }
}

/**
 * uv and Poetry refuse what the project does not have, and do not say what it has.
 * @param project text of the pyproject.toml beside the lock
 * @throws SlimError `bad-requirements`
 */
export function refuseUnknownSets(kind: string, project: string, { extras, groups }: Chosen): void {
  const table = parseTomlOrNothing(project);
  if ((kind !== 'uv.lock' && kind !== 'poetry.lock') || Object.keys(table).length === 0) return;
  const poetry = kind === 'poetry.lock' ? tableAt(table, 'tool', 'poetry') : {};
  const named = (own: Table, more: unknown): readonly string[] => Object.keys({ ...own, ...tableOf(more) });
  const hint = 'Name one that pyproject.toml has; or add it there, and lock again.';
  const optional = tableAt(table, 'project', 'optional-dependencies');
  asKnown('pyproject.toml', 'extra', extras, named(optional, poetry['extras']), hint);
  // Poetry's older name for one.
  const dev = poetry['dev-dependencies'] === undefined ? [] : ['dev'];
  const known = [...groupsOf(table).keys(), ...named({}, poetry['group']), ...dev];
  asKnown('pyproject.toml', 'dependency group', groups, known, hint);
}

/** What a pylock.toml lists, or only tests for in its markers. */
function knownTo(table: Table, key: string, variable: string, text: string): readonly string[] {
  const tested = text.matchAll(
    new RegExp(String.raw`(['"])([^'"]+?)\\?\1\s+(?:not\s+)?in\s+${variable}\b`, 'g'),
  );
  return [...stringsOf(table[key]), ...[...tested].map(([, , name = '']) => name)];
}

function asKnown(
  kind: string,
  what: string,
  asked: readonly string[],
  known: readonly string[],
  hint: string,
): readonly string[] {
  const spelled = asked.map((name) => {
    const found =
      known.find((one) => one === name) ?? known.find((one) => normalizeName(one) === normalizeName(name));
    if (found !== undefined) return found;
    const has = known.length === 0 ? '' : ` It has: ${[...new Set(known)].sort().join(', ')}.`;
    throw new SlimError('bad-requirements', `${kind} has no ${what} "${name}".${has}`, { hint });
  });
  return [...new Set(spelled)];
}

function jsonOrNothing(text: string): Table {
  try {
    return tableOf(JSON.parse(text));
  } catch {
    // Pipenv says what is wrong with it.
    return {};
  }
}
