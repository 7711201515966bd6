/** Budgets about what the last `verify` measured. Without its record they are not checked, which is no green. Pure. */
import { finding, type Finding } from '../findings/findings.js';
import type { Remembered, VerificationRecord } from '../manifest/verification-record.js';
import type { Budget, MeasuredSubject } from '../options/budget.js';
import type { Verdict } from './model.js';

/** @param remembered the last verification of what is checked */
export function judgeMeasured(
  budgets: readonly Budget<MeasuredSubject>[],
  remembered: Remembered,
): { readonly verdicts: readonly Verdict[]; readonly findings: readonly Finding[] } {
  const verdicts: Verdict[] = [];
  const findings: Finding[] = [];
  const known = trusted(budgets, remembered);
  for (const { what, subject, max, message } of budgets) {
    const actual = 'record' in known ? valueOf(subject, known.record) : null;
    if (actual === null) {
      const because = 'record' in known ? 'not-measured' : known.missing;
      findings.push(finding('budget-not-checked', { what, because }));
      continue;
    }
    const state = actual <= max ? 'ok' : 'error';
    const unit = unitOf(subject);
    verdicts.push({ what, from: 'budget', unit, actual, max, left: max - actual, state, message });
    if (state === 'ok') continue;
    if (unit === 'ms') findings.push(finding('over-time-budget', { what, ms: actual, max, message }));
    else if (unit === 'bytes')
      findings.push(finding('over-budget', { what, bytes: actual, max, message, heaviest: [] }));
    else findings.push(finding('over-error-budget', { unit, actual, max, message }));
  }
  return { verdicts, findings };
}

/** Times of those requests that did not fail are worth something only where somebody said how many may. */
function trusted(budgets: readonly Budget<MeasuredSubject>[], remembered: Remembered): Remembered {
  const failed = 'record' in remembered ? (remembered.record.load?.failed ?? 0) : 0;
  return failed > 0 && !budgets.some(({ subject }) => subject.kind === 'errors')
    ? { missing: 'failed' }
    : remembered;
}

function unitOf(subject: MeasuredSubject): 'bytes' | 'ms' | 'requests' | 'percent' {
  if (subject.kind === 'memory') return 'bytes';
  if (subject.kind === 'errors') return subject.unit === 'count' ? 'requests' : 'percent';
  return 'ms';
}

function valueOf(
  subject: MeasuredSubject,
  { times, load = null, peakMemory }: VerificationRecord,
): number | null {
  switch (subject.kind) {
    case 'memory':
      return peakMemory;
    case 'time':
      return times[subject.time]?.[subject.percentile] ?? null;
    case 'requests':
      return load?.all?.[subject.percentile] ?? null;
    case 'errors':
      if (load === null) return null;
      return subject.unit === 'count' ? load.failed : (100 * load.failed) / load.requests;
  }
}
