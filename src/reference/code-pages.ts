/** The pages of findings and errors: a heading for each code, which is what others link to. Pure. */
import { markdownTable } from '../text/markdown-table.js';
import { errorExplanations, findingExplanations, type Explanation } from './codes.js';

/** Options and variables in prose as code, addresses as links. */
const marked = (text: string): string =>
  text
    .replace(/--[a-z][\w-]*|\b[A-Z]+(?:_[A-Z]+)+(?:=[\w./-]*\w)?/g, '`$&`')
    .replace(/https:\/\/[^\s)]*[^\s).,]/g, '<$&>');

function section({ code, severity, meaning, more }: Explanation): string {
  const head = severity === null ? meaning : `_${severity}_: ${meaning}`;
  return [`## ${code}`, marked(head), ...(more === '' ? [] : [marked(more)])].join('\n\n');
}

const overview = (all: readonly Explanation[], head: readonly string[]): string =>
  markdownTable(
    head,
    all.map(({ code, severity, meaning }) => [
      `[\`${code}\`](#${code})`,
      ...(severity === null ? [] : [severity]),
      marked(meaning),
    ]),
  );

export function findingsPage(): string {
  return [
    '# Findings',
    'Facts about the artifact, in the report, in the manifest and in `--json`. With an `error` among them the exit code is 1; a `warning` or an `info` changes no exit code. `lambda-slim explain CODE` prints the same text as this page.',
    overview(findingExplanations, ['Finding', 'Severity', 'Meaning']),
    ...findingExplanations.map(section),
  ].join('\n\n');
}

export function errorsPage(): string {
  return [
    '# Errors',
    'The request or the machine is at fault: nothing was made, and the exit code is 2 (130 when you stopped it). The message names the file, requirement or setting and what to do next; its code stands in brackets below it and in `--json`. `lambda-slim explain CODE` prints the same text as this page.',
    overview(errorExplanations, ['Error', 'Meaning']),
    ...errorExplanations.map(section),
  ].join('\n\n');
}
