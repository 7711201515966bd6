/** `[models.NAME]` of the config file: checked as it is written, and handed on as it is. Pure. */
import type { ModelSettings, ModelsTable } from '../models-table.js';
import type { OptionRow } from './row.js';
import { parseSize } from './sizes.js';

export const modelsOption = {
  name: 'models',
  key: 'models',
  variable: 'LAMBDA_SLIM_WITH_MODELS',
  type: 'models',
  help: 'take lambda_slim_models along, with which your code reads models from S3, also when the config file has no [models.NAME]',
} as const satisfies OptionRow;

/** What `lambda_slim_models` makes an object of: its own table, which a test holds against this one. */
export const modelFormats = [
  ...['safetensors', 'torch', 'torchscript', 'state-dict', 'onnx', 'keras', 'keras-json', 'saved-model'],
  ...['tflite', 'gguf', 'joblib', 'pickle', 'json', 'text', 'bytes', 'archive', 'path', 'folder'],
] as const;

/** Formats that are loaded by a path, and so need /tmp. */
export const formatsInTmp: readonly string[] = ['keras', 'keras-json', 'saved-model', 'path', 'folder'];

const modelName = /^[A-Za-z_][\w-]*$/;
const address = /^(?:s3:\/\/[^/]+\/.+|file:\/\/.+)$/;
const refreshText = /^(?:never|\s*\d+(?:\.\d+)?\s*(?:ms|s|min|m|h|d)\s*)$/;
const functionName = /^[^\s.][^\s]*\.[^\s./]+$/;

/** What each key of a model must be: the words of the error, and the test. */
const keys: Readonly<
  Record<keyof ModelSettings, readonly [wanted: string, test: (value: unknown) => boolean]>
> = {
  url: ['like s3://my-models/NAME/ or s3://my-models/model.onnx', (value) => isText(value, address)],
  format: [
    `one of ${modelFormats.join(', ')}`,
    (value) => (modelFormats as readonly unknown[]).includes(value),
  ],
  alias: ['a text such as prod', (value) => isText(value, /^[^/]+$/)],
  member: ['the name of one of its files', (value) => isText(value, /./)],
  refresh: ['like "60s", "5 min" or "never"', (value) => isText(value, refreshText)],
  check: ['like app.smoke', (value) => isText(value, functionName)],
  loader: ['like app.load', (value) => isText(value, functionName)],
  allow_pickle: ['true or false', (value) => typeof value === 'boolean'],
  size: ['a size such as "160 MB"', isSize],
  options: ['a table of what its library takes', isTable],
};

/** Keys of the table that are no models: what all of them may take together. */
const budgets: readonly string[] = ['memory', 'tmp'];

/**
 * @param raw the table of a config file, or true: the module alone
 * @returns false: none; what it must be, as text, when it is wrong
 */
export function parseModels(raw: unknown): ModelsTable | false | string {
  if (raw === true || raw === 'true' || raw === '1' || raw === 'yes') return {};
  if (raw === false || raw === 'false' || raw === '0' || raw === 'no') return false;
  if (!isTable(raw)) return 'a table of models, e.g. [models.classifier] with a url, or true';
  for (const [name, value] of Object.entries(raw)) {
    if (budgets.includes(name)) {
      if (!isSize(value)) return `with a size such as "800 MiB" as "${name}"`;
    } else if (!isTable(value)) {
      return `a table of models: "${name}" must be one with a url`;
    } else {
      const fault = faultOf(name, value);
      if (fault !== null) return fault;
    }
  }
  return raw as ModelsTable;
}

function faultOf(name: string, table: Readonly<Record<string, unknown>>): string | null {
  if (!modelName.test(name)) return `with names of letters, digits, _ and -, not "${name}"`;
  if (!('url' in table)) return `with a url for the model "${name}"`;
  for (const [key, value] of Object.entries(table)) {
    if (!Object.hasOwn(keys, key))
      return `without "${key}" in the model "${name}", which can have ${Object.keys(keys).join(', ')}`;
    const [wanted, test] = keys[key as keyof ModelSettings];
    if (!test(value)) return `with a "${key}" of the model "${name}" that is ${wanted}`;
  }
  return null;
}

/** The models of the table, by name. */
export function modelsIn(table: ModelsTable): readonly (readonly [string, ModelSettings])[] {
  return Object.entries(table).flatMap(([name, value]) =>
    typeof value === 'object' ? [[name, value] as const] : [],
  );
}

/** Bytes; null: nobody has said. */
export function modelBytes({ size }: ModelSettings): number | null {
  return size === undefined ? null : typeof size === 'number' ? size : parseSize(size);
}

/** Its format, named or by its suffix, is loaded by a path. */
export function needsTmp({ format, loader, url }: ModelSettings): boolean {
  if (loader !== undefined) return false;
  return format === undefined ? /\.(?:keras|h5|hdf5)$/.test(url) : formatsInTmp.includes(format);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

function isSize(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0;
  return typeof value === 'string' && (parseSize(value) ?? 0) > 0;
}
