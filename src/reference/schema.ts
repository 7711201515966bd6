/** The config file's JSON schema, made from the option table. Pure. */
import { budgetSubjects } from '../options/budget.js';
import { modelFormats } from '../options/models.js';
import { allOptions } from '../options/table.js';
import type { OptionRow } from '../options/row.js';

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
    patches: {
      type: 'array',
      items: { anyOf: [{ type: 'string', pattern: ':' }, patch] },
    },
    models,
    text,
  };
  return {
    description: row.help,
    ...shape[row.type],
    ...(row.default === undefined ? {} : { default: row.default }),
  };
}

/** A key of an earlier version. */
const former = (shape: Json, today: string): Json => ({
  ...shape,
  description: `is called "${today}" now`,
  deprecated: true,
});

/** A value of an earlier version. An editor shows it as one; what the folder is named, nobody can say. */
function withFormerValue(row: OptionRow): Json {
  const { description, ...today } = property(row);
  if (row.formerValue === undefined) return property(row);
  const former = { type: 'string', minLength: 1, description: row.formerValue, deprecated: true };
  return { description, anyOf: [today, former] };
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

/** One patch in the config file, with its own keys. */
const patch: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['package', 'file'],
  properties: {
    package: { type: 'string', minLength: 1, description: 'the distribution that is changed' },
    version: {
      type: 'string',
      description:
        'the versions that it is for (PEP 440), e.g. ">=2,<3"; another one in the build is an error',
    },
    file: {
      type: 'string',
      minLength: 1,
      description: 'a unified diff; with "replace", the new content of that file',
    },
    replace: {
      type: 'string',
      minLength: 1,
      description: 'the path, in the package, of the file that gets the content of "file"',
    },
  },
};

/** One model, with its own keys. */
const model: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: {
      type: 'string',
      pattern: '^(?:s3://[^/]+/.+|file://.+)$',
      description:
        's3://BUCKET/KEY of one object, or s3://BUCKET/PREFIX/ of pointers; ${NAME} is an environment variable of the function',
    },
    format: { enum: modelFormats, description: 'how it is loaded. Default: by the suffix' },
    alias: { type: 'string', default: 'prod', description: 'which pointer' },
    member: { type: 'string', minLength: 1, description: 'the file that is meant where there are several' },
    refresh: {
      type: 'string',
      default: '60s',
      description: 'how often a warm function looks for a newer one, e.g. "60s", "5 min", "never"',
    },
    check: {
      type: 'string',
      description: 'a function that gets the loaded model before it is used, e.g. app.smoke',
    },
    loader: { type: 'string', description: 'a function that makes the model of its files, e.g. app.load' },
    allow_pickle: { type: 'boolean', default: false, description: 'a pickle runs the code that is in it' },
    size: {
      type: ['string', 'integer'],
      description: 'of the unpacked model, e.g. "160 MB", to hold it against /tmp and memory',
    },
    options: { type: 'object', description: 'what its library takes by name' },
  },
};

const models: Json = {
  anyOf: [
    { type: 'boolean' },
    {
      type: 'object',
      properties: {
        memory: {
          type: ['string', 'integer'],
          description: 'what all loaded models may take, e.g. "800 MiB"',
        },
        tmp: { type: ['string', 'integer'], description: 'what all models may take in /tmp' },
      },
      additionalProperties: model,
    },
  ],
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
        rows.filter((row) => row.inConfig !== false).map((row) => [row.key, withFormerValue(row)]),
      ),
      ...Object.fromEntries(
        rows.flatMap((row) => (row.formerly ?? []).map((key) => [key, former(property(row), row.key)])),
      ),
    },
  };
}
