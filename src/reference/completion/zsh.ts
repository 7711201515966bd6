/** Completion for zsh. https://zsh.sourceforge.io/Doc/Release/Completion-System.html Pure. */
import { quoted } from '../../text/shell.js';
import type { CompletedCommand, CompletedOption } from './words.js';

/** `_arguments` reads brackets and colons. */
const plain = (text: string): string => text.replace(/[[\]:\\]/g, (letter) => `\\${letter}`);

function specs({
  long,
  short,
  help,
  takesValue,
  choices,
  isPath,
  repeatable,
}: CompletedOption): readonly string[] {
  const message = long.replace(/^-+/, '');
  const action = choices.length > 0 ? `(${choices.join(' ')})` : isPath ? '_files' : ' ';
  const value = takesValue ? `:${message}:${action}` : '';
  const both = short === null ? [long] : [short, long];
  const before = repeatable ? '*' : short === null ? '' : `(${both.join(' ')})`;
  return both.map((flag) => quoted(`${before}${flag}[${plain(help)}]${value}`));
}

function argumentSpec(argument: CompletedCommand['argument']): readonly string[] {
  if (argument === null) return [];
  return [quoted(argument.length > 0 ? `1:what:(${argument.join(' ')})` : '*:file:_files')];
}

/** The file `_lambda-slim` of a folder in `fpath`; sourced, it works as well. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return [
    '#compdef lambda-slim',
    '# zsh completion for lambda-slim; made by "lambda-slim completion zsh"',
    '_lambda-slim() {',
    '  local -a names',
    '  if (( CURRENT == 2 )); then',
    '    names=(',
    ...commands.map(({ name, summary }) => `      ${quoted(`${name}:${plain(summary)}`)}`),
    '    )',
    "    _describe 'command' names",
    '    return',
    '  fi',
    '  local command="${words[2]}"',
    '  shift words; (( CURRENT-- ))',
    '  case "$command" in',
    ...commands.flatMap(({ name, options, argument }) => [
      `    ${name})`,
      `      _arguments -s ${[...options.flatMap(specs), ...argumentSpec(argument)].join(' \\\n        ')} ;;`,
    ]),
    '  esac',
    '}',
    'if [ "$funcstack[1]" = "_lambda-slim" ]; then _lambda-slim "$@"; else compdef _lambda-slim lambda-slim; fi',
    '',
  ].join('\n');
}
