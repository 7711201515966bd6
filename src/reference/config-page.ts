/** The page of the config file: its forms, how sources rank, every key. Pure. */
import { stringify as toml } from 'smol-toml';
import { stringify as yaml } from 'yaml';
import { allOptions } from '../options/table.js';
import { environmentName, type OptionRow } from '../options/row.js';
import { markdownTable } from '../text/markdown-table.js';
import type { CommandWords } from './command-words.js';

const example = { python: '3.13', arch: 'arm64', excludeRuntime: true, services: ['s3', 'dynamodb'] };

/** The same settings in each form that a config file can have. */
const forms: readonly { readonly file: string; readonly language: string; readonly text: string }[] = [
  {
    file: 'lambda-slim.json',
    language: 'json',
    text: json({
      $schema: 'https://unpkg.com/lambda-slim/templates/lambda-slim.schema.json',
      ...example,
    }),
  },
  { file: 'lambda-slim.yaml', language: 'yaml', text: yaml(example, { singleQuote: true }) },
  { file: 'lambda-slim.toml', language: 'toml', text: toml(example) },
  { file: 'package.json', language: 'json', text: json({ 'lambda-slim': example }) },
  { file: 'pyproject.toml', language: 'toml', text: toml({ tool: { 'lambda-slim': example } }) },
];

/** Lists of words stand on one line, as prettier writes them. */
function json(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /\[\s+([^[\]]*?)\s+\]/g,
    (_all, inner: string) => `[${inner.replace(/\s+/g, ' ')}]`,
  );
}

const types: Readonly<Record<OptionRow['type'], string>> = {
  text: 'text',
  flag: '`true` or `false`',
  integer: 'whole number',
  list: 'list of texts',
  budgets: 'list of budgets',
  patches: 'list of patches',
  models: 'table of models, or `true`',
};

export function configPage(commands: readonly CommandWords[]): string {
  const rows = allOptions().filter((row) => row.inConfig !== false);
  const users = (row: OptionRow): string =>
    commands
      .filter(({ options }) => options.some(({ key }) => key === row.key))
      .map(({ name }) => `[${name}](${name}.md)`)
      .join(', ');
  return [
    '# Configuration',
    'Each option can be a flag, an environment variable, or a key of a config file in the project folder; a flag wins over the environment, that over the file, that over the default. Unknown keys and variables are errors that name the nearest valid one. Paths in a file are relative to that file, paths of flags and variables to the working folder.',
    'A list repeats its flag; in a variable it is separated by commas. A flag without a value is `true` or `false` in a file, and `1` or `0` in a variable.',
    '## The five forms of the config file',
    'Have one of them: with two, lambda-slim asks which one counts. `--config FILE` names another file. Parent folders are not searched. `.yml` is as good as `.yaml`.',
    ...forms.map(({ file, language, text }) =>
      [`\`${file}\`:`, '', '```' + language, text.trim(), '```'].join('\n'),
    ),
    'The `$schema` line, in a JSON file of its own, gives completion in your editor ([the schema](../../templates/lambda-slim.schema.json)).',
    '## Keys',
    markdownTable(
      ['Key', 'Value', 'Default', 'Environment', 'Commands'],
      rows.map((row) => [
        `\`${row.key}\``,
        row.choices ? row.choices.map((one) => `\`${one}\``).join(', ') : types[row.type],
        row.default === undefined ? '' : `\`${row.default}\``,
        `\`${environmentName(row)}\``,
        users(row),
      ]),
    ),
    'What each of them does stands on the pages of its commands. Budgets: [check sizes in CI](../guides/ci.md). Models: [models from S3](../guides/models.md).',
  ].join('\n\n');
}
