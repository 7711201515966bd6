/** A command's page: the same facts as its `--help`. Pure. */
import { commonOptions } from '../options/common.js';
import { markdownTable } from '../text/markdown-table.js';
import { exitsOf, type CommandWords } from './command-words.js';
import { grouped, optionTable } from './option-table.js';

export function commandPage(command: CommandWords): string {
  const usage = [`lambda-slim ${command.name}`, ...command.arguments.map((one) => one.name), '[options]'];
  return [
    `# \`lambda-slim ${command.name}\``,
    command.description,
    fenced([usage.join(' ')], 'text'),
    ...argumentTable(command),
    '## Examples',
    fenced(command.examples, 'sh'),
    ...(command.notes === undefined ? [] : [command.notes]),
    '## Options',
    ...optionSections(command),
    'Every command also has:',
    optionTable(commonOptions),
    'How the sources of a value rank, and how lists are written: [configuration](configuration.md).',
    '## Exit codes',
    markdownTable(
      ['Exit code', 'Meaning'],
      exitsOf(command).map(([code, meaning]) => [String(code), meaning]),
    ),
  ].join('\n\n');
}

function fenced(lines: readonly string[], language: string): string {
  return ['```' + language, ...lines, '```'].join('\n');
}

function argumentTable({ arguments: given }: CommandWords): readonly string[] {
  if (given.length === 0) return [];
  const rows = given.map((one) => [
    `\`${one.name}\``,
    one.default === undefined ? '' : `\`${one.default}\``,
    one.help,
  ]);
  return [markdownTable(['Argument', 'Default', 'What it is'], rows)];
}

function optionSections({ options }: CommandWords): readonly string[] {
  if (options.length === 0) return ['It has none of its own.'];
  return grouped(options).flatMap(({ title, rows }) => [
    ...(title === null ? [] : [`### ${title}`]),
    optionTable(rows),
  ]);
}
