/** Completion for fish. https://fishshell.com/docs/current/completions.html Pure. */
import type { CompletedCommand, CompletedOption } from './words.js';

/** fish has two escapes between single quotes. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function optionLine(command: string, one: CompletedOption): string {
  const { long, short, help, takesValue, choices, isPath } = one;
  const parts = [
    'complete -c lambda-slim',
    `-n '__fish_seen_subcommand_from ${command}'`,
    `-l ${long.slice(2)}`,
  ];
  if (short !== null) parts.push(`-s ${short.slice(1)}`);
  if (takesValue) parts.push(isPath ? '-r -F' : '-x');
  if (choices.length > 0) parts.push(`-a ${quoted(choices.join(' '))}`);
  return [...parts, `-d ${quoted(help)}`].join(' ');
}

/** A file for `~/.config/fish/completions`. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return [
    '# fish completion for lambda-slim; made by "lambda-slim completion fish"',
    ...commands.flatMap(({ name, summary, options, argument }) => [
      `complete -c lambda-slim -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...(argument === null || argument.length > 0
        ? [
            `complete -c lambda-slim -f -n '__fish_seen_subcommand_from ${name}' -a ${quoted((argument ?? []).join(' '))}`,
          ]
        : []),
      ...options.map((one) => optionLine(name, one)),
    ]),
    '',
  ].join('\n');
}
