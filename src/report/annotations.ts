/**
 * Findings as GitHub's workflow commands, which become annotations of the run.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, read 2026-11. Pure.
 */
import { renderFinding, type Finding } from '../findings/findings.js';

const levels = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** One line for each; empty without findings. */
export function annotations(findings: readonly Finding[]): string {
  return findings
    .map(renderFinding)
    .map(({ severity, code, sentence, hint }) => {
      const message = hint === null ? sentence : `${sentence}\n${hint}`;
      return `::${levels[severity]} title=${property(`lambda-slim ${code}`)}::${data(message)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
