/** What `explain` answers, as people read it in a terminal. Pure. */
import type { Explanation } from '../reference/codes.js';
import type { Paint } from '../text/paint.js';
import { wrap } from '../text/wrap.js';

/** @param wrapAt where sentences break; `Infinity` when nobody watches */
export function explanationText(one: Explanation, paint: Paint, wrapAt: number): string {
  const { code, severity, meaning, more } = one;
  const kind = severity === null ? 'error (exit code 2)' : `finding (${severity})`;
  const exit = code === 'interrupted' ? 'error (exit code 130)' : kind;
  return `${paint.bold(code)}  ${exit}\n\n${wrap(meaning, wrapAt)}\n\n${wrap(more, wrapAt)}\n`;
}

/** A line for each code, findings and errors apart. */
export function codesText(all: readonly Explanation[], paint: Paint): string {
  const width = Math.max(...all.map(({ code }) => code.length));
  const lines = (kind: Explanation['kind']): readonly string[] =>
    all
      .filter((one) => one.kind === kind)
      .map(
        ({ code, severity, meaning }) =>
          `  ${code.padEnd(width)}  ${severity === null ? '' : `${severity.padEnd(7)}  `}${meaning}`,
      );
  return [
    paint.bold('findings: facts about the artifact'),
    ...lines('finding'),
    '',
    paint.bold('errors: the request or the machine'),
    ...lines('error'),
    '',
    'In full: lambda-slim explain CODE',
    '',
  ].join('\n');
}
