/** From a manifest to the answer of `why`: the decision behind a path, or where a package's bytes went. Pure. */
import { closest, distance } from 'fastest-levenshtein';
import picomatch from 'picomatch/lib/picomatch.js';
import { SlimError } from '../errors.js';
import type { Manifest, OwnedDecision } from '../model.js';
import { normalizeName } from '../python/names.js';

export interface WhyAnswer {
  readonly asked: string;
  /** When a distribution has that name (or is imported by it). */
  readonly distribution: {
    readonly name: string;
    readonly version: string;
    readonly requested: boolean;
    readonly neededBy: readonly string[];
    readonly raw: number;
    readonly kept: number;
  } | null;
  /** Decisions for the path, or for what the folder or glob holds, or for the distribution's files grouped by rule. */
  readonly decisions: readonly OwnedDecision[];
  /** What of it lies in the payload that is opened into /tmp at start. */
  readonly nested: { readonly files: number; readonly bytes: number; readonly because: string };
  readonly byRule: readonly {
    readonly rule: string;
    readonly action: string;
    readonly because: string;
    readonly files: number;
    readonly bytes: number;
    readonly kept: number;
  }[];
}

/**
 * Pure.
 * @param typed a path in the tree, in a zip or in Lambda (`/opt/python/…`), a glob, a dotted module, or a distribution
 * @throws SlimError `not-found`
 */
export function explain(manifest: Manifest, typed: string): WhyAnswer {
  const asked = typed.replace(/^(?:\.\/|\/opt\/python\/|\/var\/task\/|python\/)/, '').replace(/\/+$/, '');
  const normalized = normalizeName(asked);
  const known =
    manifest.distributions.find((one) => one.name === normalized) ??
    manifest.distributions.find((one) => one.modules.includes(asked));
  const byPath = asked === '' ? [] : decisionsFor(manifest, asked);
  if (!known && byPath.length === 0) throw unknownName(manifest, typed);
  const decisions =
    byPath.length > 0 ? byPath : manifest.decisions.filter((one) => one.distribution === known?.name);
  const size = manifest.packages.find((one) => one.distribution === known?.name);
  return {
    asked,
    distribution: known
      ? {
          name: known.name,
          version: known.version,
          requested: manifest.requested.includes(known.name),
          neededBy: known.neededBy,
          raw: size?.raw ?? 0,
          kept: size?.kept ?? 0,
        }
      : null,
    decisions,
    nested: nestedOf(manifest, decisions),
    byRule: groupByRule(decisions),
  };
}

function nestedOf(manifest: Manifest, decisions: readonly OwnedDecision[]): WhyAnswer['nested'] {
  const { nesting } = manifest.plan;
  const paths = new Set(decisions.map((one) => one.path));
  const files = nesting?.files.filter((file) => paths.has(file.path)) ?? [];
  return {
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    because: nesting?.because ?? '',
  };
}

function decisionsFor(manifest: Manifest, asked: string): readonly OwnedDecision[] {
  const exact = manifest.decisions.filter((one) => one.path === asked);
  if (exact.length > 0) return exact;
  const matches = picomatch([asked, `${asked}/**`], { dot: true, nonegate: true });
  const found = manifest.decisions.filter((one) => matches(one.path));
  if (found.length > 0 || !/^[\w.]+$/.test(asked) || !asked.includes('.')) return found;
  // A module, as a traceback names it.
  const module = asked.replaceAll('.', '/');
  return manifest.decisions.filter(
    ({ path }) =>
      path.startsWith(`${module}/`) || (path.startsWith(`${module}.`) && /\.(?:py|so|pyd)$/.test(path)),
  );
}

function groupByRule(decisions: readonly OwnedDecision[]): WhyAnswer['byRule'] {
  const groups = new Map<
    string,
    { rule: string; action: string; because: string; files: number; bytes: number; kept: number }
  >();
  for (const one of decisions) {
    const id = `${one.action} ${one.rule}`;
    const group = groups.get(id) ?? {
      rule: one.rule,
      action: one.action,
      because: one.because,
      files: 0,
      bytes: 0,
      kept: 0,
    };
    groups.set(id, {
      ...group,
      files: group.files + 1,
      bytes: group.bytes + one.bytes,
      kept: group.kept + one.kept,
    });
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes || (a.rule < b.rule ? -1 : 1));
}

function unknownName(manifest: Manifest, typed: string): SlimError {
  const names = manifest.distributions.map((one) => one.name);
  const near = names.length === 0 ? '' : closest(typed.toLowerCase(), names);
  const meant = near !== '' && distance(typed.toLowerCase(), near) <= 3 ? `Did you mean "${near}"? ` : '';
  return new SlimError('not-found', `The last build has no file or package "${typed}".`, {
    hint: `${meant}Paths start at the package, for example "numpy/core/umath.py"; packages are named as on PyPI. Globs need quotes.`,
  });
}
