/** Every code that a finding or an error can have, explained: for docs/reference/ and for `explain`. Pure. */
import { closest } from 'fastest-levenshtein';
import { errorTexts, type ErrorCode } from '../error-texts.js';
import { SlimError } from '../errors.js';
import { findingTexts, type FindingCode, type Severity } from '../findings/findings.js';

export interface Explanation {
  readonly code: string;
  readonly kind: 'finding' | 'error';
  /** Of a finding; null for errors, which all end with exit code 2 or, when you stopped it, 130. */
  readonly severity: Severity | null;
  /** One sentence. */
  readonly meaning: string;
  /** Why it happens, and what to do. */
  readonly more: string;
}

const bySeverity: readonly Severity[] = ['error', 'warning', 'info'];

/** Findings, errors among them first, then by code. */
export const findingExplanations: readonly Explanation[] = (Object.keys(findingTexts) as FindingCode[])
  .map((code) => {
    const { severity, meaning, more } = findingTexts[code];
    return { code, kind: 'finding', severity, meaning, more } as const;
  })
  .sort(
    (a, b) => bySeverity.indexOf(a.severity) - bySeverity.indexOf(b.severity) || (a.code < b.code ? -1 : 1),
  );

/** Errors by code. */
export const errorExplanations: readonly Explanation[] = (Object.keys(errorTexts) as ErrorCode[])
  .sort()
  .map((code) => ({ code, kind: 'error', severity: null, ...errorTexts[code] }));

/** @throws SlimError `not-found` */
export function explanationOf(typed: string): Explanation {
  const all = [...findingExplanations, ...errorExplanations];
  const code = typed.toLowerCase().replace(/^\(|\)$/g, '');
  const found = all.find((one) => one.code === code);
  if (found) return found;
  throw new SlimError('not-found', `No finding and no error has the code "${typed}".`, {
    hint: `Did you mean "${closest(
      code,
      all.map((one) => one.code),
    )}"? "lambda-slim explain" lists every code.`,
  });
}
