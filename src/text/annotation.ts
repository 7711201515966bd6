/**
 * GitHub's workflow commands, which become annotations of the run: the only lines of ours that its runner may obey.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, read 2026-11. Pure.
 */
import { visible, type Printed } from './terminal.js';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  /** Lines of the message. */
  readonly lines: readonly string[];
}

/** One line for each; empty without any. */
export function annotationLines(all: readonly Annotation[]): Printed {
  return all
    .map(
      ({ level, title, lines }) =>
        `::${level} title=${property(visible(title))}::${lines.map(one).join('%0A')}\n`,
    )
    .join('') as Printed;
}

/** Line breaks stay within the annotation. The older form of commands may begin anywhere in a line. */
function one(text: string): string {
  const lines = text.split(/\r\n|[\r\n]/).map((line) => visible(line).replaceAll('%', '%25'));
  return lines.join('%0A').replaceAll('##[', '# #[');
}

function property(text: string): string {
  return one(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
