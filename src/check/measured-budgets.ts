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
  for (const { what, subject, max, message } of budgets) {
    const actual = 'record' in remembered ? valueOf(subject, remembered.record) : null;
    if (actual === null) {
      const because = 'record' in remembered ? 'not-measured' : remembered.missing;
      findings.push(finding('budget-not-checked', { what, because }));
      continue;
    }
    const state = actual <= max ? 'ok' : 'error';
    const unit = subject.kind === 'memory' ? 'bytes' : 'ms';
    verdicts.push({ what, from: 'budget', unit, actual, max, state, message });
    if (state === 'ok') continue;
    findings.push(
      unit === 'ms'
        ? finding('over-time-budget', { what, ms: actual, max, message })
        : finding('over-budget', { what, bytes: actual, max, message, heaviest: [] }),
    );
  }
  return { verdicts, findings };
}

function valueOf(subject: MeasuredSubject, { times, peakMemory }: VerificationRecord): number | null {
  if (subject.kind === 'memory') return peakMemory;
  return times[subject.time]?.[subject.percentile] ?? null;
}
