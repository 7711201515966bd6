/** From the reports of a settled proof to what it says: proved, partly, and its findings. Pure. */
import { finding } from '../findings/findings.js';
import type { Finding } from '../findings/findings.js';
import type { Proof } from '../model.js';
import type { FixedPoint, Lost } from './fixed-point.js';
import { countText } from '../text/units.js';
import { errorText, saidBy } from './model.js';
import type { ProbeError, ProbeGroup, ProbeItem, Reports } from './model.js';

/** Names of what worked. */
export function passed(reports: Reports, kind: 'module' | 'probe'): readonly string[] {
  const outcomes = [...reports.values()].flatMap((report) => report.outcomes);
  return [
    ...new Set(
      outcomes.filter(({ item, error }) => error === null && item.kind === kind).map(({ item }) => item.name),
    ),
  ];
}

interface Before {
  readonly kind: ProbeItem['kind'];
  readonly name: string;
  readonly error: string;
  /** The exception's own words. */
  readonly said: string;
  /** Libraries that Lambda lacks and that are the reason. */
  readonly lacks: readonly string[];
  /** It did not fail: nobody knows how it would have ended. */
  readonly late: boolean;
  /** A probe that had nothing to try, and says why. */
  readonly skipped: boolean;
}

/** What was tried, as one says it: an import, a recipe's probe, or a question for a version. */
function callText({ kind, name }: Pick<ProbeItem, 'kind' | 'name'>): string {
  if (kind === 'metadata') return versionCall(name);
  if (kind === 'name') return takeText(name);
  return kind === 'probe' ? `the probe of recipe ${name}` : `import ${name}`;
}

function beforeText(one: Before): string {
  const how = one.skipped ? `did not run (${one.said})` : one.late ? 'did not end in time' : 'fails';
  return `${callText(one)} ${how}`;
}

/** Each once: what a package brings is often imported by the function's code, too. */
function failedBefore(groups: readonly ProbeGroup[], baseline: Reports): readonly Before[] {
  const found = new Map<string, Before>();
  for (const { name } of groups) {
    for (const { item, error } of baseline.get(name)?.outcomes ?? []) {
      // A name alone: `namesLacking` tells.
      if (error === null || item.kind === 'name') continue;
      found.set(`${item.kind} ${item.name}`, {
        kind: item.kind,
        name: item.name,
        error: errorText(error),
        said: error.type === 'Skipped' ? error.message : saidBy(error),
        lacks: error.lacks ?? [],
        late: error.type === 'Timeout',
        skipped: error.type === 'Skipped',
      });
    }
  }
  return [...found.values()];
}

/** Names that the function's code takes and that the untouched packages turn out not to have: `a.b.c` for `from a.b import c`. */
export function namesLacking(groups: readonly ProbeGroup[], baseline: Reports): readonly string[] {
  return groups
    .flatMap(({ name }) => baseline.get(name)?.outcomes ?? [])
    .filter(({ item, error }) => item.kind === 'name' && error !== null && saysLacking(item.name, error))
    .map(({ item }) => item.name);
}

/** Not what its own code lacks: `cannot import name 'b' from 'a'`, and none of others. */
function saysLacking(name: string, { type, message }: ProbeError): boolean {
  const dot = name.lastIndexOf('.');
  const [, taken, from] = /^cannot import name '(\w+)' from '([\w.]+)'/.exec(message) ?? [];
  return type === 'ImportError' && taken === name.slice(dot + 1) && from === name.slice(0, dot);
}

/** What a proof may promise. */
export function judge(
  groups: readonly ProbeGroup[],
  baseline: Reports,
  { reports, lost, unfinished }: FixedPoint,
): Omit<Proof, 'interpreter' | 'confinedBy' | 'librariesSeen' | 'importMs'> {
  const before = failedBefore(groups, baseline);
  const reasons = [
    ...lost.map(({ item, error }) => `${callText(item)} fails: ${errorText(error)}`),
    ...unfinished.map(({ item }) => `${callText(item)} did not end in time`),
    ...(before.length > 0 ? [`already before pruning: ${before.map(beforeText).join(', ')}`] : []),
  ];
  const imported = passed(reports, 'module');
  const late = unfinished.length > 0 || before.some((one) => one.late);
  if (imported.length === 0 && !late) {
    const tried = modulesOf(groups).length;
    reasons.unshift(
      tried === 0 ? 'there is no module to import' : `none of ${countText(tried, 'module')} imports`,
    );
  }
  return {
    state: imported.length === 0 ? 'not-proven' : reasons.length > 0 ? 'partly' : 'proven',
    imported,
    failedBefore: before
      .filter(({ kind }) => kind === 'module')
      .map(({ name, error }) => ({ module: name, error })),
    probes: passed(reports, 'probe'),
    because: reasons.length > 0 ? reasons.join('; ') : null,
  };
}

const modulesOf = (groups: readonly ProbeGroup[]): readonly string[] => [
  ...new Set(
    groups.flatMap(({ items }) => items.filter(({ kind }) => kind === 'module')).map(({ name }) => name),
  ),
];

/** That nothing was imported is no success, whatever the reasons. */
function nothingFindings(
  groups: readonly ProbeGroup[],
  before: readonly Before[],
  { reports, unfinished }: FixedPoint,
): readonly Finding[] {
  // What ran out of time may work on a machine that is less busy.
  const late = unfinished.length > 0 || before.some((one) => one.late);
  if (late || passed(reports, 'module').length > 0) return [];
  const modules = modulesOf(groups);
  return [modules.length === 0 ? finding('nothing-to-prove', {}) : finding('nothing-proven', { modules })];
}

/** What no longer works, and what never did. */
export function findingsOf(
  groups: readonly ProbeGroup[],
  baseline: Reports,
  settled: FixedPoint,
): readonly Finding[] {
  const before = failedBefore(groups, baseline);
  return [
    ...settled.lost.map(lostFinding),
    ...settled.unfinished.map(({ item }) =>
      finding('not-proven-here', { because: `${item.name} did not end in time on what is kept.` }),
    ),
    ...before.map(beforeFinding),
    ...nothingFindings(groups, before, settled),
  ];
}

function beforeFinding({ kind, name, error, said, lacks, skipped }: Before): Finding {
  if (skipped) return finding('probe-not-run', { recipe: name, because: said });
  if (kind === 'probe') return finding('probe-failed-before', { recipe: name, error });
  if (lacks.length > 0)
    return finding('import-lacks-library', { module: name, libraries: lacks, error: said });
  return finding('import-failed-before', { module: kind === 'metadata' ? versionCall(name) : name, error });
}

function lostFinding({ item, error, wish }: Lost): Finding {
  const text = errorText(error);
  if (wish !== null) {
    return finding('import-lost-by-option', {
      what: callText(item),
      error: text,
      option: wish.rule.replace('option/', ''),
      path: wish.path,
    });
  }
  return item.kind === 'probe'
    ? finding('probe-failed', { recipe: item.name, error: text })
    : finding('import-lost', {
        module: item.kind === 'module' ? item.name : callText(item),
        error: text,
      });
}

const takeText = (name: string): string =>
  `from ${name.slice(0, name.lastIndexOf('.'))} import ${name.slice(name.lastIndexOf('.') + 1)}`;

function versionCall(name: string): string {
  return `importlib.metadata.version("${name}")`;
}
