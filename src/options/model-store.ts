/** Rows of the option table that `models` alone has; `table.ts` puts them with the others. Pure. */
import { modelFormats } from './models.js';
import type { OptionRow } from './row.js';

/** Names of models and aliases: parts of a key, and of a variable's name in the function. */
export const storedName = /^[A-Za-z_][\w-]{0,99}$/;

/** Options of `models` alone, in the order of `--help`. */
export const ownModelsOptions = [
  {
    name: 'store',
    key: 'modelStore',
    variable: 'LAMBDA_SLIM_MODEL_STORE',
    type: 'text',
    value: 's3://BUCKET/PREFIX',
    help: 'where models lie. Default: the folder above the url of [models.NAME] in the config file',
  },
  {
    name: 'name',
    key: 'modelName',
    variable: 'LAMBDA_SLIM_MODEL_NAME',
    type: 'text',
    value: 'NAME',
    inConfig: false,
    pattern: { regex: storedName, example: 'classifier (letters, digits, - and _)' },
    help: 'push: the model that the files are',
  },
  {
    name: 'alias',
    key: 'modelAlias',
    variable: 'LAMBDA_SLIM_MODEL_ALIAS',
    type: 'text',
    value: 'ALIAS',
    inConfig: false,
    default: 'dev',
    pattern: { regex: storedName, example: 'dev (letters, digits, - and _)' },
    help: 'push: what names the version from then on',
  },
  {
    name: 'format',
    key: 'modelFormat',
    variable: 'LAMBDA_SLIM_MODEL_FORMAT',
    type: 'text',
    value: 'FORMAT',
    inConfig: false,
    choices: modelFormats,
    help: "push: how the function loads it. Default: the config's, else by the files' suffixes",
  },
  {
    name: 'compress',
    key: 'modelCompression',
    variable: 'LAMBDA_SLIM_MODEL_COMPRESSION',
    type: 'text',
    value: 'HOW',
    choices: ['zstd', 'none'],
    default: 'none',
    help: 'push: zstd packs each file that becomes at least 3 % smaller; the function unpacks it while it arrives',
  },
  {
    name: 'to-version',
    key: 'modelVersion',
    variable: 'LAMBDA_SLIM_MODEL_VERSION',
    type: 'text',
    value: 'DIGEST',
    inConfig: false,
    pattern: { regex: /^[\w.-]{4,200}$/, example: '3f5a9c01, the beginning of a digest' },
    help: 'rollback: to this version. Default: what the alias named before',
  },
  {
    name: 'to',
    key: 'modelFolder',
    variable: 'LAMBDA_SLIM_MODEL_FOLDER',
    type: 'text',
    value: 'FOLDER',
    path: true,
    inConfig: false,
    help: 'pull: a new folder for the files. Default: the name of the model',
  },
  {
    name: 'keep',
    key: 'modelVersions',
    variable: 'LAMBDA_SLIM_MODEL_VERSIONS',
    type: 'integer',
    value: 'N',
    range: [0, 1000],
    default: 3,
    help: 'gc: of each model its N newest versions stay, and the last N that each alias named before',
  },
] as const satisfies readonly OptionRow[];
