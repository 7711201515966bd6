/**
 * Dead weight: shared objects that nothing can load. Such a file is no extension module (no `PyInit_`), no program, lies in
 * no kept binary's needed closure, and no other kept file names it, so that no `dlopen` can find it. Pure; reading the
 * files'
 * bytes is `mentions.ts`. Only for builds whose result is proved. Pure.
 */
import path from 'node:path/posix';
import type { Decision, Entry, Inventory, PrunePlan } from '../model.js';
import { libraryIndex } from '../inventory/libraries.js';
import type { Candidate, Mentions } from '../inventory/mentions.js';

/** Kept shared objects that only a name in some file can still bring to life, sorted by path. */
export function orphanCandidates(inventory: Inventory, plan: PrunePlan): readonly Candidate[] {
  const kept = keptBinaries(inventory, plan);
  const reached = closure(
    kept,
    kept.filter((entry) => !mayBeOrphan(entry)),
  );
  return kept
    .filter((entry) => !reached.has(entry.path))
    .map((entry) => ({ path: entry.path, distribution: entry.distribution, names: libraryNames(entry) }));
}

/** Drop the candidates that nothing names or needs; being named or needed by one of them counts for nothing. */
export function dropOrphans(
  inventory: Inventory,
  plan: PrunePlan,
  candidates: readonly Candidate[],
  mentions: Mentions,
): PrunePlan {
  const kept = keptBinaries(inventory, plan);
  const open = new Map(candidates.map((one) => [one.path, one]));
  let reached = closure(
    kept,
    kept.filter((entry) => !open.has(entry.path)),
  );
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    const alive = (file: string): boolean => !open.has(file) || reached.has(file);
    const roots = kept.filter((entry) => {
      const candidate = open.get(entry.path);
      return candidate === undefined || reached.has(entry.path) || isMentioned(candidate, mentions, alive);
    });
    reached = closure(kept, roots);
  }
  const orphans = new Set([...open.keys()].filter((one) => !reached.has(one)));
  const owners = new Map(inventory.entries.map((entry) => [entry.path, entry.distribution]));
  const decisions = plan.decisions.map((one): Decision =>
    orphans.has(one.path)
      ? {
          ...one,
          action: 'drop',
          kept: 0,
          rule: `orphan/${owners.get(one.path) ?? 'library'}`,
          because:
            'Nothing can load it: it is no Python module, no kept library needs it, and no kept file names it.',
        }
      : one,
  );
  return { ...plan, decisions };
}

function keptBinaries(inventory: Inventory, plan: PrunePlan): readonly Entry[] {
  const out = new Set(
    plan.decisions.filter(({ action }) => action === 'drop' || action === 'stub').map((one) => one.path),
  );
  return inventory.entries.filter((entry) => entry.elf && !out.has(entry.path));
}

/** Names like those of extension modules are left alone, whatever they export. */
function mayBeOrphan({ elf, path: file, link }: Entry): boolean {
  return (
    elf?.type === 'shared' &&
    link === undefined &&
    elf.interpreter === null &&
    elf.pythonModules.length === 0 &&
    !/\.(?:cpython|pypy)[^/]*\.so$|\.abi3\.so$/.test(file)
  );
}

function closure(kept: readonly Entry[], roots: readonly Entry[]): ReadonlySet<string> {
  const libraries = libraryIndex({ entries: kept });
  const reached = new Set<string>();
  const queue = [...roots];
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    if (reached.has(entry.path)) continue;
    reached.add(entry.path);
    for (const needed of entry.elf?.needed ?? []) queue.push(...libraries.find(entry, needed));
  }
  return reached;
}

/** `libfoo-1a2b.so.5.0.0` can be opened as itself, by its SONAME, as `libfoo-1a2b.so`, or with the suffix added: `libfoo-1a2b`. */
export function libraryNames({ path: file, elf }: Entry): readonly string[] {
  const names = [path.basename(file), elf?.soname ?? ''].filter((name) => name !== '');
  const stems = names.map((name) => name.replace(/\.so(?:\.[\d.]+)?$/, ''));
  return [...new Set([...names, ...stems, ...stems.map((stem) => `${stem}.so`)])].sort();
}

function isMentioned(candidate: Candidate, mentions: Mentions, alive: (file: string) => boolean): boolean {
  if (mentions.named.get(candidate.path)?.some(alive)) return true;
  const patterns = mentions.patterns.get(candidate.distribution ?? '') ?? [];
  return patterns.some(({ pattern }) => patternMatches(pattern, candidate.names));
}

/** Holes are `*`, `?`, `%s`, `{…}`; what surrounds them must match. */
export function patternMatches(pattern: string, names: readonly string[]): boolean {
  const source = pattern
    .split(/(\{[^{}]*\}|%[-\w.]*?[sdir]|\*|\?|\[[^\]]*\])/)
    .map((part, index) => (index % 2 === 1 ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  const expression = new RegExp(`^${source}$`);
  return names.some((name) => expression.test(name));
}
