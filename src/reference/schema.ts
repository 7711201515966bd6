/** What is made from the option table for others to read: the config file's JSON schema and the README's table. Pure. */
import { budgetSubjects } from '../options/budget.js';
import { allOptions, checkOptions, publishOptions, verifyOptions } from '../options/table.js';
import { commonOptions } from '../options/common.js';
import { buildOptions } from '../options/build.js';
import { environmentName } from '../options/row.js';
import { type OptionRow } from '../options/row.js';
import { markdownTable } from '../text/markdown-table.js';

type Json = Readonly<Record<string, unknown>>;

function property(row: OptionRow): Json {
  const text = {
    type: 'string',
    minLength: 1,
    ...(row.choices ? { enum: row.choices } : {}),
    ...(row.pattern ? { pattern: row.pattern.regex.source } : {}),
  };
  const shape: Record<OptionRow['type'], Json> = {
    flag: { type: 'boolean' },
    integer: { type: 'integer', ...(row.range ? { minimum: row.range[0], maximum: row.range[1] } : {}) },
    list: { type: 'array', items: text },
    budgets: {
      type: 'array',
      items: {
        anyOf: [{ type: 'string', pattern: '=' }, budget],
      },
    },
    text,
  };
  return {
    description: row.help,
    ...shape[row.type],
    ...(row.default === undefined ? {} : { default: row.default }),
  };
}

/** One budget in the config file, with its own keys. */
const budget: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['what', 'max'],
  properties: {
    what: {
      type: 'string',
      pattern: '^(?:zipped|unzipped|tmp|package:.+|file:.+)$',
      description: budgetSubjects,
    },
    max: {
      anyOf: [
        { type: 'string', pattern: '^\\s*\\d', description: 'e.g. "240 MiB"; "MB" means 1,000,000 bytes' },
        { type: 'integer', minimum: 0, description: 'bytes' },
      ],
    },
    message: { type: 'string', description: 'what to say when it is broken' },
  },
};

/** JSON schema (draft 2020-12) of `lambda-slim.{json,yaml,toml}`. */
export function configSchema(): Json {
  const rows = allOptions();
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://unpkg.com/lambda-slim/templates/lambda-slim.schema.json',
    title: 'lambda-slim configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...Object.fromEntries(
        rows.filter((row) => row.inConfig !== false).map((row) => [row.key, property(row)]),
      ),
    },
  };
}

/** The README's table of build's options, in Markdown. */
export function optionsTable(): string {
  return tableOf(buildOptions);
}

/** The README's table of verify's options. */
export function verifyTable(): string {
  return tableOf(verifyOptions);
}

/** The README's table of check's options. */
export function checkTable(): string {
  return tableOf(checkOptions);
}

/** The README's table of the options of `publish-layer`. */
export function publishTable(): string {
  return tableOf(publishOptions);
}

/** The README's table of the options that every command has. */
export function commonTable(): string {
  return tableOf(commonOptions);
}

function tableOf(rows: readonly OptionRow[]): string {
  const flag = (row: OptionRow): string =>
    `\`${row.short ? `-${row.short}, ` : ''}--${row.name}${row.value ? ` ${row.value}` : ''}\``;
  return markdownTable(
    ['Flag', 'Config key', 'Environment', 'Default', 'What it does'],
    rows.map((row) => [
      flag(row),
      row.inConfig === false ? '' : `\`${row.key}\``,
      `\`${environmentName(row)}\``,
      row.default === undefined ? '' : `\`${row.default}\``,
      `${row.help}.${row.choices ? ` One of ${row.choices.map((choice) => `\`${choice}\``).join(', ')}.` : ''}`,
    ]),
  );
}
