/**
 * Why an import failed that works on an ordinary machine: libraries that are here and that Lambda lacks. The error alone
 * rarely says so: `failed to find libmagic`, `no library called "cairo-2" was found`. So what failed is run once more with
 * every library of this machine in sight, and what it loads then is looked at.
 */
import path from 'node:path';
import { inspectFile } from '../io/elf-file.js';
import type { Interpreter } from '../io/interpreter.js';
import type { Inventory, Target } from '../model.js';
import { runGroup, type ProbeOptions } from './run.js';
import type { GroupReport, ProbeError, ProbeGroup, ProbeItem, ProbeOutcome, Reports } from './model.js';

export interface LackingOptions {
  readonly probe: Omit<ProbeOptions, 'interpreter'>;
  /** Sees every library of this machine; null: there is none that differs. */
  readonly seeingAll: Interpreter | null;
  /** Libraries that are always in sight, besides Lambda's own. */
  readonly ownLibraries: readonly string[];
  readonly target: Pick<Target, 'providedLibraries'>;
  readonly inventory: Pick<Inventory, 'entries'>;
}

/** @returns the reports with `lacks` in the errors that such a library explains */
export async function tellLacking(
  groups: readonly ProbeGroup[],
  reports: Reports,
  options: LackingOptions,
): Promise<Reports> {
  const told = new Map(reports);
  for (const group of groups) {
    const report = reports.get(group.name);
    if (report === undefined || report.outcomes.every(({ error }) => error === null)) continue;
    const outcomes: ProbeOutcome[] = [];
    for (const outcome of report.outcomes) outcomes.push(await explained(outcome, group, options));
    told.set(group.name, { ...report, outcomes } satisfies GroupReport);
  }
  return told;
}

async function explained(
  outcome: ProbeOutcome,
  group: ProbeGroup,
  options: LackingOptions,
): Promise<ProbeOutcome> {
  const { item, error } = outcome;
  if (error === null || error.type === 'Timeout' || item.kind === 'metadata') return outcome;
  const named = namedIn(error, options);
  const lacks = named.length > 0 ? named : await loadedBy(item, group, options);
  return lacks.length === 0 ? outcome : { ...outcome, error: { ...error, lacks } };
}

/** The loader says it of what a binary needs. */
function namedIn(error: ProbeError, { target, inventory }: LackingOptions): readonly string[] {
  const names = error.missing.filter(({ kind }) => kind === 'library').map(({ name }) => name);
  return names.filter(
    (name) =>
      !target.providedLibraries.includes(name) &&
      !inventory.entries.some((entry) => path.posix.basename(entry.path) === name),
  );
}

async function loadedBy(
  item: ProbeItem,
  group: ProbeGroup,
  { probe, seeingAll, ownLibraries, target }: LackingOptions,
): Promise<readonly string[]> {
  if (seeingAll === null) return [];
  const { outcomes } = await runGroup({ ...group, items: [item] }, { ...probe, interpreter: seeingAll });
  const [again] = outcomes;
  if (again === undefined || again.error !== null) return [];
  const known = new Set([...target.providedLibraries, ...ownLibraries]);
  const names = new Set<string>();
  const needed = new Set<string>();
  for (const file of again.libraries ?? []) {
    // The standard library's own modules.
    if (known.has(path.basename(file)) || path.basename(path.dirname(file)) === 'lib-dynload') continue;
    const { elf } = await inspectFile(file).catch(() => ({ elf: null }));
    const name = elf?.soname ?? path.basename(file);
    if (known.has(name)) continue;
    names.add(name);
    for (const one of elf?.needed ?? []) needed.add(one);
  }
  // libcairo, not the dozen that it brings along.
  const first = [...names].filter((name) => !needed.has(name));
  return (first.length === 0 ? [...names] : first).sort();
}
