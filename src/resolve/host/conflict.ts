/** Who wants what: the facts in what uv or pip print about a conflict, and the chain from the user's lines to it. Pure. */
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import type { AskedFor } from '../inputs/input-lines.js';
import { placeText } from '../inputs/origin.js';

/** One distribution needs another. */
export interface Need {
  /** Normalized. */
  readonly by: string;
  /** e.g. `1.0`; empty for any version. */
  readonly version: string;
  /** Normalized. */
  readonly name: string;
  /** e.g. `<2`; empty for any. */
  readonly specifier: string;
}

const packageName = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`;
const versions = String.raw`(?:[<>=!~]=?=?[^\s,:]+(?:,[<>=!~]=?[^\s,:]+)*)`;

/** `app==1.0 depends on common<2` (uv), `app 1.0 depends on common<2` (pip). */
const depends = new RegExp(
  String.raw`(${packageName})(?:\[[^\]]*\])?(${versions})?(?: ([0-9][^\s]*))? depends? on (${packageName}(?:\[[^\]]*\])?\s?${versions}?)`,
  'g',
);

/** `satisfies the requirement pywin32>=2 (from app) (from versions: none)` (pip). */
const wantedBy = new RegExp(
  String.raw`satisfies the requirement (\S+?) \(from (${packageName})(?:\[[^\]]*\])?(?:==\S+?)?\)`,
  'g',
);

/** @param text both streams of the tool */
export function needsIn(text: string): readonly Need[] {
  // What uv concludes is no fact about a package; pip writes `<2 and >=1`.
  const joined = text
    .replace(/\s+/g, ' ')
    .replace(/we can conclude that .*?(?= And because |$)/g, '')
    .replace(/ and (?=[<>=!~]=)| and (?=[<>]\d)/g, ',');
  const found = new Map<string, Need>();
  for (const [, by = '', range = '', version = '', what = ''] of joined.matchAll(depends)) {
    const parts = splitRequirement(what.replace(/\.$/, ''));
    if (parts.name === null) continue;
    const need = {
      by: normalizeName(by),
      version: version !== '' ? version : (/^==([^*,]+)$/.exec(range)?.[1] ?? ''),
      name: normalizeName(parts.name),
      specifier: parts.specifier,
    };
    found.set(`${need.by} ${need.name}${need.specifier}`, need);
  }
  for (const [, what = '', by = ''] of joined.matchAll(wantedBy)) {
    const parts = splitRequirement(what);
    if (parts.name === null) continue;
    const need = {
      by: normalizeName(by),
      version: '',
      name: normalizeName(parts.name),
      specifier: parts.specifier,
    };
    found.set(`${need.by} ${need.name}${need.specifier}`, need);
  }
  return [...found.values()];
}

/** Distributions that pip says cannot be installed together: it does not say how they lead to the conflict. */
function rootsIn(text: string): readonly string[] {
  const list = /Cannot install (.+?) because/.exec(text.replace(/\s+/g, ' '))?.[1] ?? '';
  return list
    .split(/,? and |, /)
    .map((one) => splitRequirement(one).name)
    .filter((name) => name !== null)
    .map(normalizeName);
}

/**
 * A sentence for each way in which a distribution is asked for: the user's line, and what leads from it there.
 * @param name normalized
 */
export function chainsTo(name: string, asked: readonly AskedFor[], text: string): readonly string[] {
  const needs = needsIn(text);
  const configured = pipsOwn(asked, text)
    .filter((one) => one.name === name)
    .map(({ specifier }) => `pip's own settings (PIP_CONSTRAINT, pip.conf) limit it to ${name}${specifier}`);
  const own = asked.filter((one) => one.name === name).map(askedText);
  const needed = needs
    .filter((need) => need.name === name && need.by !== name)
    .map((need) => `${pathTo(need, needs, asked, rootsIn(text))} needs ${name}${need.specifier}`);
  return [...new Set([...own, ...needed, ...configured])];
}

/** `The user requested (constraint) torch<=2.14` (pip): those that no file of the user's requirements has. */
function pipsOwn(asked: readonly AskedFor[], text: string): readonly Pick<Need, 'name' | 'specifier'>[] {
  const same = (a: string, b: string): boolean => a.split(',').sort().join() === b.split(',').sort().join();
  return [...text.matchAll(/The user requested \(constraint\) (\S+)/g)].flatMap(([, what = '']) => {
    const { name: written, specifier } = splitRequirement(what);
    if (written === null) return [];
    const name = normalizeName(written);
    const known = asked.some((one) => one.constraint && one.name === name && same(one.specifier, specifier));
    return known ? [] : [{ name, specifier }];
  });
}

function askedText(one: AskedFor): string {
  return `${placeText(one.origin)} ${one.constraint ? 'limits it to' : 'asks for'} ${one.text}`;
}

/** `requirements.txt, line 3 asks for other, which needs deep 1.0, which`. */
function pathTo(
  need: Need,
  needs: readonly Need[],
  asked: readonly AskedFor[],
  roots: readonly string[],
  seen: ReadonlySet<string> = new Set(),
): string {
  const who = need.version === '' ? need.by : `${need.by} ${need.version}`;
  const line = asked.find((one) => one.name === need.by && !one.constraint);
  if (line !== undefined) return `${askedText(line)}, which`;
  const above = needs.find((one) => one.name === need.by && !seen.has(one.by));
  if (above !== undefined)
    return `${pathTo(above, needs, asked, roots, new Set([...seen, need.by]))} needs ${who}, which`;
  const root = asked.find((one) => one.name !== null && roots.includes(one.name) && one.name !== need.name);
  return root === undefined ? who : `${askedText(root)}, which brings ${who}, which`;
}

/**
 * The distribution about which lines contradict each other, and all that is asked of it.
 * @returns `specifier` has all limits; some version may still be in them, of which no wheel fits. Null when the text tells of no such conflict
 */
export function conflictIn(
  text: string,
  asked: readonly AskedFor[],
): { readonly name: string; readonly specifier: string; readonly chains: readonly string[] } | null {
  if (!/unsatisfiable|ResolutionImpossible|conflicting dependencies/.test(text)) return null;
  const needs = [...needsIn(text), ...pipsOwn(asked, text)];
  const names = new Set([...needs.map(({ name }) => name), ...asked.flatMap(({ name }) => name ?? [])]);
  for (const name of names) {
    // Only what has limits can be in anybody's way, and uv and pip name what is.
    const limits = [
      ...needs.filter((one) => one.name === name).map(({ specifier }) => specifier),
      ...asked.filter((one) => one.name === name && mentioned(name, text)).map(({ specifier }) => specifier),
    ].filter((specifier) => specifier !== '');
    if (new Set(limits).size < 2) continue;
    return { name, specifier: [...new Set(limits)].join(','), chains: chainsTo(name, asked, text) };
  }
  return null;
}

function mentioned(name: string, text: string): boolean {
  return text
    .replace(/\s+/g, ' ')
    .split(/[\s,(]+/)
    .some((word) => normalizeName(/^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(word)?.[0] ?? '') === name);
}
