/**
 * What could still go, with its bytes and its price: what is known of it without another build. Each figure is for itself;
 * two of them may count the same bytes. Pure.
 */
import picomatch from 'picomatch';
import { runtimeDistributions } from '../../limits.js';
import type { Manifest } from '../../model.js';
import { applies } from '../../prune/rules.js';
import { recipes } from '../../recipes/index.js';
import type { Recipe } from '../../recipes/recipe.js';

export interface Possible {
  /** e.g. `plotly`, `numba/cuda`, `boto3 and what it needs`. */
  readonly what: string;
  readonly bytes: number;
  /** What one types or does. */
  readonly how: string;
  /** What it costs. */
  readonly price: string;
}

/** The most bytes first. */
export function possibleSavings(manifest: Manifest): readonly Possible[] {
  const all = [
    ...notImported(manifest),
    ...ofTheRuntime(manifest),
    ...aggressive(manifest),
    ...bytecode(manifest),
  ];
  return all.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes || (a.what < b.what ? -1 : 1));
}

function notImported({ findings }: Manifest): readonly Possible[] {
  return findings.flatMap((one) =>
    one.code === 'code-not-imported'
      ? [
          {
            what: [one.args.distribution, ...one.args.with].join(', '),
            bytes: one.args.bytes,
            how: 'leave it out of your requirements',
            price: 'none, if nothing of your code imports it: no import that can be read does',
          },
        ]
      : [],
  );
}

const keptOf = ({ packages }: Manifest, names: readonly string[]): number =>
  packages.reduce((sum, one) => sum + (names.includes(one.distribution) ? one.kept : 0), 0);

function ofTheRuntime(manifest: Manifest): readonly Possible[] {
  const bytes = keptOf(manifest, runtimeDistributions);
  const names = runtimeDistributions.filter((name) => keptOf(manifest, [name]) > 0);
  return [
    {
      what: names.join(', '),
      bytes,
      how: '--exclude-runtime',
      price: "Lambda's own versions are used, which differ by Region and change without notice",
    },
  ];
}

function aggressive(manifest: Manifest): readonly Possible[] {
  const versions = new Map(manifest.distributions.map(({ name, version }) => [name, version]));
  return recipes.flatMap((recipe) => {
    const owners = [recipe.name, ...(recipe.alsoFor ?? [])].filter((name) => versions.has(name));
    return owners.flatMap((owner) => ofRecipe(recipe, owner, versions, manifest));
  });
}

function ofRecipe(
  recipe: Recipe,
  owner: string,
  versions: ReadonlyMap<string, string>,
  manifest: Manifest,
): readonly Possible[] {
  const version = versions.get(owner) ?? '';
  const counts = (row: { readonly level?: 'safe' | 'aggressive'; readonly versions?: string }): boolean =>
    row.level === 'aggressive' && applies(recipe, row, version, { prune: 'aggressive', proving: true });
  const how = '--prune aggressive';
  const rules = recipe.rules
    .filter((rule) => counts(rule) && rule.without?.some((name) => versions.has(name)) !== true)
    .map((rule) => {
      const fits = picomatch([...rule.files], { dot: true, ignore: [...(rule.except ?? [])] });
      const bytes = manifest.decisions.reduce(
        (sum, one) => sum + (one.distribution === owner && one.kept > 0 && fits(one.path) ? one.kept : 0),
        0,
      );
      return {
        what: `${recipe.name}/${rule.name}`,
        bytes,
        how,
        price: `without ${rule.loses ?? 'a feature'}`,
      };
    });
  const whole = (recipe.leaveOut ?? []).filter(counts).map(({ distribution, loses }) => ({
    what: distribution,
    bytes: keptOf(manifest, [distribution]),
    ...{ how, price: `without ${loses ?? 'a feature'}` },
  }));
  return [...rules, ...whole];
}

function bytecode({ bytecode: { bytes } }: Manifest): readonly Possible[] {
  return [
    {
      what: 'bytecode',
      bytes,
      how: '--pyc none',
      price: 'every cold start compiles what it imports',
    },
  ];
}
