/** Recipes → one answer for each entry. Pure. */
import picomatch from 'picomatch';
import { versionIn } from '../python/markers.js';
import type { Entry, Inventory, PruneLevel } from '../model.js';
import type { Recipe, Rule } from '../recipes/recipe.js';
import type { Draft } from './draft.js';

export interface RuleOptions {
  readonly recipes: readonly Recipe[];
  readonly prune: PruneLevel;
  /** False when no interpreter can prove the result: only what was proved for the exact version applies. */
  readonly proving: boolean;
  /** Names of selectable things that stay (AWS services of botocore); empty: all stay. */
  readonly services: readonly string[];
}

type Matcher = (entry: Entry) => Draft | null;

/** True when a row of a recipe counts for this version of its package, level and proof. */
export function applies(
  recipe: Recipe,
  row: { readonly level?: PruneLevel; readonly versions?: string },
  version: string,
  options: Pick<RuleOptions, 'prune' | 'proving'>,
): boolean {
  if (row.level === 'aggressive' && options.prune !== 'aggressive') return false;
  if (row.versions !== undefined && !versionIn(version, row.versions)) return false;
  return options.proving || recipe.name === 'base' || versionIn(version, recipe.provedOn);
}

/**
 * @param left normalized names of the distributions that travel, for rules with `without`
 * @returns the first rule that drops an entry: those of its own distribution before those for all packages
 */
export function ruleMatcher(inventory: Inventory, options: RuleOptions, left: ReadonlySet<string>): Matcher {
  const own = new Map<string, readonly Matcher[]>();
  for (const { normalized, version } of inventory.distributions) {
    const matchers = options.recipes
      .filter((recipe) => recipe.name === normalized || recipe.alsoFor?.includes(normalized))
      .flatMap((recipe) => [
        ...compileRules(recipe, version, inventory, options, left),
        ...compileSelectable(recipe, options.services),
      ]);
    if (matchers.length > 0) own.set(normalized, matchers);
  }
  const base = options.recipes
    .filter((recipe) => recipe.name === 'base')
    .flatMap((recipe) => compileRules(recipe, '', inventory, options, left));
  return (entry) => {
    // What two distributions share is judged by the rules for all packages only.
    const mine = entry.distribution === null || entry.sharedWith ? undefined : own.get(entry.distribution);
    return first(mine ?? [], entry) ?? first(base, entry);
  };
}

function first(matchers: readonly Matcher[], entry: Entry): Draft | null {
  for (const matcher of matchers) {
    const draft = matcher(entry);
    if (draft) return draft;
  }
  return null;
}

function compileRules(
  recipe: Recipe,
  version: string,
  inventory: Inventory,
  options: RuleOptions,
  left: ReadonlySet<string>,
): readonly Matcher[] {
  return recipe.rules
    .filter(
      (rule) => applies(recipe, rule, version, options) && !rule.without?.some((name) => left.has(name)),
    )
    .map((rule) => {
      const matches = compileRule(rule, inventory);
      const draft: Draft = {
        action: 'drop',
        rule: `${recipe.name}/${rule.name}`,
        because: withLoss(rule),
        by: recipe.name === 'base' ? 'base' : 'recipe',
        ...(rule.overVeto ? { overVeto: true } : {}),
      };
      return (entry) => (matches(entry) ? draft : null);
    });
}

/** What an aggressive rule takes away comes first: a report may cut the rest of the sentence. */
export function withLoss({ because, loses }: Pick<Rule, 'because' | 'loses'>): string {
  return loses === undefined ? because : `Loses ${loses}. ${because}`;
}

function compileRule(rule: Rule, inventory: Inventory): (entry: Entry) => boolean {
  const byGlob = globs(rule.files);
  const byFolder = rule.folders ? folderMatcher(rule.folders, inventory) : () => false;
  const bySuccessor =
    rule.superseded === undefined ? () => false : supersededMatcher(rule.superseded, inventory);
  const except = globs(rule.except ?? []);
  return ({ path, kind }) =>
    (rule.kinds === undefined || rule.kinds.includes(kind)) &&
    (byGlob(path) || byFolder(path) || bySuccessor(path)) &&
    !except(path);
}

/** True for paths that any of the globs matches; dot files too. */
export function globs(patterns: readonly string[]): (path: string) => boolean {
  if (patterns.length === 0) return () => false;
  return picomatch([...patterns], { dot: true, nonegate: true });
}

function folderMatcher(
  folders: NonNullable<Rule['folders']>,
  inventory: Inventory,
): (path: string) => boolean {
  const named = new Set(folders.named);
  const outermost = (path: string): string | null => {
    const parts = path.split('/');
    const index = parts.findIndex((part, at) => at < parts.length - 1 && named.has(part));
    return index < 0 ? null : parts.slice(0, index + 1).join('/');
  };
  const marked = new Set<string>();
  for (const { path, kind } of inventory.entries) {
    const folder = outermost(path);
    if (folder === null || marked.has(folder)) continue;
    const isTest = /(?:^|\/)(?:conftest|test_[^/]*|[^/]*_tests?|tests?)\.py$/.test(path);
    if (folders.that === 'hold-tests' ? isTest : kind === 'python' || kind === 'elf') marked.add(folder);
  }
  const wanted = folders.that === 'hold-tests';
  return (path) => {
    const folder = outermost(path);
    return folder !== null && marked.has(folder) === wanted;
  };
}

/** The choice is the user's, so what it takes is never laid at a recipe's door. */
const selectRule = 'option/--service';

function compileSelectable(recipe: Recipe, chosen: readonly string[]): readonly Matcher[] {
  const { selectable } = recipe;
  if (!selectable || chosen.length === 0) return [];
  const stays = new Set([...chosen, ...selectable.always]);
  const draft: Draft = {
    action: 'drop',
    rule: selectRule,
    because: selectable.because,
    by: 'option',
  };
  const select = selector(selectable.files);
  return [
    ({ path }) => {
      const name = select(path);
      return name !== null && !stays.has(name) ? draft : null;
    },
  ];
}

function supersededMatcher(pattern: string, inventory: Inventory): (path: string) => boolean {
  const select = selector(pattern, '{version}');
  const index = pattern.split('/').indexOf('{version}');
  const familyOf = (path: string): string => path.split('/').slice(0, index).join('/');
  const newest = new Map<string, string>();
  for (const { path } of inventory.entries) {
    const version = select(path);
    if (version !== null && version > (newest.get(familyOf(path)) ?? '')) newest.set(familyOf(path), version);
  }
  return (path) => {
    const version = select(path);
    return version !== null && version !== newest.get(familyOf(path));
  };
}

/** @returns what stands for `{name}` in a path; null when the path does not match the pattern */
export function selector(pattern: string, placeholder = '{name}'): (path: string) => string | null {
  const index = pattern.split('/').indexOf(placeholder);
  const matches = globs([pattern.replace(placeholder, '*')]);
  return (path) => {
    const parts = path.split('/');
    // `a/*/**` also matches the file `a/b`.
    return index >= 0 && parts.length > index + 1 && matches(path) ? (parts[index] ?? null) : null;
  };
}
