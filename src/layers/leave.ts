/** Which distributions a build leaves to the function's other layers: those that are the very same there. Pure. */
import type { Decision, Distribution, Inventory, PrunePlan } from '../model.js';
import { recordDigest, wheelRows } from './provides.js';
import type { HeldDistribution, HeldPackages } from './read.js';

/** A layer with what it holds. */
export interface Held {
  readonly name: string;
  readonly held: HeldPackages;
}

/** A layer's copy of a distribution that the build brings, too. */
export interface OtherCopy {
  readonly distribution: string;
  readonly version: string;
  readonly layer: string;
  /** Of the layer's copy. */
  readonly other: string;
  /** How it differs, as a clause, when the version is the same; null: by its version. */
  readonly because: string | null;
  /** True: it lies where Python looks before `/opt/python`. */
  readonly first: boolean;
}

export interface Leaving {
  /** Normalized name → the layer whose copy Python imports. */
  readonly left: ReadonlyMap<string, string>;
  readonly copies: readonly OtherCopy[];
}

/**
 * @param plan what the build would bring without any layer
 * @param records text of each distribution's RECORD in the resolved tree, by normalized name
 * @param layers in the function's order
 */
export function leaveToLayers(
  { entries, distributions }: Pick<Inventory, 'entries' | 'distributions'>,
  plan: Pick<PrunePlan, 'decisions'>,
  records: ReadonlyMap<string, string>,
  layers: readonly Held[],
): Leaving {
  const owners = new Map(entries.map((one) => [one.path, one.distribution]));
  const byOwner = Map.groupBy(plan.decisions, (one) => owners.get(one.path) ?? null);
  const left = new Map<string, string>();
  const copies: OtherCopy[] = [];
  for (const one of distributions) {
    const held = copiesOf(one.normalized, layers);
    const own = byOwner.get(one.normalized) ?? [];
    // What was asked to be kept, or emptied, is this build's own affair.
    const mine = own.some(({ action, rule }) => action === 'stub' || rule === 'option/--keep');
    const [effective] = held;
    if (effective === undefined || own.every(({ action }) => action === 'drop')) continue;
    const record = records.get(one.normalized) ?? null;
    const because = mine ? null : differenceOf(one, own, record, effective, layers);
    if (!mine && because === null) left.set(one.normalized, effective.layer.name);
    for (const copy of held) {
      const same = copy.distribution.version === one.version;
      if (same && (mine || because === null || copy !== effective)) continue;
      copies.push({
        distribution: one.normalized,
        version: one.version,
        layer: copy.layer.name,
        other: copy.distribution.version,
        because: same ? because : null,
        first: copy.distribution.folder !== 'python/',
      });
    }
  }
  return { left, copies };
}

interface Copy {
  readonly layer: Held;
  readonly distribution: HeldDistribution;
}

/** The one that Python imports comes first: its own folder of site-packages, then the later layer. */
function copiesOf(name: string, layers: readonly Held[]): readonly Copy[] {
  const all = layers.flatMap((layer) =>
    layer.held.distributions
      .filter((one) => one.name === name)
      .map((distribution) => ({ layer, distribution })),
  );
  const isFirst = ({ distribution }: Copy): number => Number(distribution.folder !== 'python/');
  return all.reverse().sort((a, b) => isFirst(b) - isFirst(a));
}

/** @returns null when the layer brings all that the build would, byte for byte; else why it does not, as a clause */
function differenceOf(
  own: Distribution,
  decisions: readonly Decision[],
  record: string | null,
  { layer, distribution }: Copy,
  layers: readonly Held[],
): string | null {
  if (distribution.version !== own.version) return 'it is another version';
  if (record === null) return 'there is no RECORD to compare it by';
  if (distribution.record !== null && distribution.record !== recordDigest(record)) {
    return 'it was made from another wheel of that version';
  }
  const rows = wheelRows(record);
  const lacking: string[] = [];
  for (const { path, action } of decisions) {
    if (action !== 'keep' && action !== 'strip') continue;
    const bytes = bytesIn(path, distribution.folder, layers, own.normalized, own.version);
    if (bytes === null) {
      lacking.push(path);
      continue;
    }
    const mine = rows.get(path);
    // What no hash stands for may be anything.
    if (mine === undefined) return `RECORD has no hash of ${path}`;
    // Of a layer of ours its own word is enough: it may have stripped what has another hash then.
    if (distribution.record !== null) continue;
    const theirs = distribution.rows.get(path);
    if (theirs?.hash !== mine.hash) return `its RECORD has another ${path}`;
    if (mine.size !== '' && bytes !== 0 && String(bytes) !== mine.size) return `its ${path} has another size`;
  }
  const [first] = lacking;
  if (first === undefined) return null;
  const more = lacking.length === 1 ? '' : ` and ${lacking.length - 1} more files`;
  const nested = layer.held.nested ? ', which may lie in the payload that it opens at start' : '';
  return `it lacks ${first}${more}${nested}`;
}

/** In the last layer that has the path, unless that one brings another version; null: in none. */
function bytesIn(
  path: string,
  folder: string,
  layers: readonly Held[],
  name: string,
  version: string,
): number | null {
  const last = layers.findLast(({ held }) => held.trees.get(folder)?.has(path) === true);
  if (last === undefined) return null;
  const other = last.held.distributions.some(
    (one) => one.name === name && one.folder === folder && one.version !== version,
  );
  return other ? null : (last.held.trees.get(folder)?.get(path) ?? null);
}
