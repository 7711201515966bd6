/**
 * Completion for bash 3.2 (macOS has it) and newer. https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 * Pure.
 */
import type { CompletedCommand } from './words.js';

const list = (words: readonly string[]): string => `"${words.join(' ')}"`;

function caseOf({ name, options, argument }: CompletedCommand): readonly string[] {
  const spelled = ({ long, short }: CompletedCommand['options'][number]): string =>
    short === null ? long : `${short}|${long}`;
  const withChoices = options.filter(({ choices }) => choices.length > 0);
  const others = options.filter(({ takesValue, choices }) => takesValue && choices.length === 0);
  const flags = options.flatMap(({ long, short }) => (short === null ? [long] : [short, long]));
  return [
    `    ${name})`,
    '      case "$before" in',
    ...withChoices.map((one) => `        ${spelled(one)}) words=${list(one.choices)} ;;`),
    // Nothing is proposed, so that bash goes on with files.
    ...(others.length === 0 ? [] : [`        ${others.map(spelled).join('|')}) return ;;`]),
    `        *) case "$current" in -*) words=${list(flags)} ;; *) words=${list(argument ?? [])} ;; esac ;;`,
    '      esac ;;',
  ];
}

/** The script that bash sources. Where it proposes nothing, bash completes files. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name);
  return [
    '# bash completion for lambda-slim; made by "lambda-slim completion bash"',
    '_lambda_slim() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="" words="" at',
    '  COMPREPLY=()',
    '  for ((at = 1; at < COMP_CWORD; at++)); do',
    `    case "\${COMP_WORDS[at]}" in ${names.join('|')}) command="\${COMP_WORDS[at]}"; break ;; esac`,
    '  done',
    // bash takes `--python=3.13` apart.
    '  if [ "$current" = "=" ]; then current=""; elif [ "$before" = "=" ]; then before="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    '  case "$command" in',
    `    "") words=${list([...names, '--help', '--version'])} ;;`,
    ...commands.flatMap(caseOf),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _lambda_slim lambda-slim',
    '',
  ].join('\n');
}
