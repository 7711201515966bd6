/** Findings as annotations of a GitHub run. Pure. */
import { renderFinding, type Finding } from '../findings/findings.js';
import { annotationLines } from '../text/annotation.js';
import type { Printed } from '../text/terminal.js';

const levels = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** One line for each; empty without findings. */
export function annotations(findings: readonly Finding[]): Printed {
  return annotationLines(
    findings.map(renderFinding).map(({ severity, code, sentence, hint }) => ({
      level: levels[severity],
      title: `lambda-slim ${code}`,
      lines: hint === null ? [sentence] : [sentence, hint],
    })),
  );
}
