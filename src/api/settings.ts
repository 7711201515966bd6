/** What a caller of the API can set: the keys of the config file, and what is around the call. Pure. */
import { SlimError } from '../errors.js';
import type { Environment } from '../model.js';
import type { ModelsTable } from '../models-table.js';
import { allOptions, type AnyOption } from '../options/table.js';
import type { ValueOf } from '../options/row.js';
import { near } from '../text/near.js';
import type { ProgressEvent } from './progress.js';

/** A limit of yours: `unzipped=240MiB`, or the same with a text to show when it is broken. */
export type BudgetSetting =
  string | { readonly what: string; readonly max: string | number; readonly message?: string | undefined };

/** A change to a package: `keras>=2,<3:patches/keras.patch`, or the same as a table. */
export type PatchSetting =
  | string
  | {
      readonly package: string;
      readonly version?: string | undefined;
      readonly file: string;
      readonly replace?: string | undefined;
    };

/**
 * The keys of the config file with their values, of all commands: one object serves every function, and each takes what it
 * knows. What is not set comes from `LAMBDA_SLIM_*` in the environment, then from the config file, then from the defaults.
 */
export type Settings = {
  readonly [R in Exclude<AnyOption, { inConfig: false }> as R['key']]?:
    | (R extends { type: 'budgets' }
        ? readonly BudgetSetting[]
        : R extends { type: 'patches' }
          ? readonly PatchSetting[]
          : R extends { type: 'models' }
            ? ModelsTable | boolean
            : ValueOf<R>)
    | undefined;
};

/** What is around a call. */
export interface Around {
  /** What relative paths in the settings start from, and where the config file lies. Default: that of the process. */
  readonly cwd?: string | undefined;
  /** Variables for lambda-slim and for the tools that it starts. Default: those of the process. */
  readonly environment?: Environment | undefined;
  /** The config file, in place of the one in the folder; false: none. */
  readonly config?: string | false | undefined;
  /** Aborted, it stops the work, which then throws the SlimError `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every step. When it throws, the work stops and throws the same. */
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

type Type = 'a text' | 'true or false' | 'a function' | 'an AbortSignal' | 'an object';

/** What a call may have besides the settings, and what it must be. */
export type OwnKeys = Readonly<Record<string, Type>>;

const aroundKeys: Readonly<Record<Exclude<keyof Around, 'config'>, Type>> = {
  cwd: 'a text',
  environment: 'an object',
  signal: 'an AbortSignal',
  onProgress: 'a function',
};

/**
 * The part of what was given that goes through the parser of options.
 * @param own what this function takes besides; names in `passed` are options, too, and those in `needed` must be there
 * @throws SlimError `bad-option` for a key that nothing has, and for a value around the call that cannot be one
 */
export function optionsIn(
  given: Readonly<Record<string, unknown>>,
  own: OwnKeys,
  { passed = [], needed = [] }: { readonly passed?: readonly string[]; readonly needed?: readonly string[] },
): Readonly<Record<string, unknown>> {
  const keys = allOptions().flatMap((row) => (row.inConfig === false ? [] : [row.key]));
  const around = new Map(Object.entries({ ...aroundKeys, ...own }));
  const known = [...keys, ...around.keys(), 'config'];
  const flags: Record<string, unknown> = {};
  const missing = needed.find((key) => given[key] === undefined);
  if (missing !== undefined)
    throw new SlimError('bad-option', `The setting "${missing}" is not there.`, { hint: seeGuide });
  for (const [key, value] of Object.entries(given)) {
    const type = around.get(key);
    if (value === undefined || key === '$schema') continue;
    if (type !== undefined && !isOf(type, value))
      throw new SlimError('bad-option', `The setting "${key}" must be ${type}.`, { hint: seeGuide });
    if (!known.includes(key)) {
      const meant = near(key, known);
      throw new SlimError('bad-option', `There is no setting "${key}".`, {
        hint: `${meant === null ? '' : `Did you mean "${meant}"? `}The settings are the keys of the config file: ${guide}`,
      });
    }
    if (keys.includes(key) || passed.includes(key)) flags[key] = value;
  }
  const { config } = given;
  return config === undefined || config === false ? flags : { ...flags, config };
}

const guide = 'https://github.com/lambda-slim/lambda-slim/blob/main/docs/guides/api.md';
const seeGuide = `Every setting, with an example: ${guide}`;

function isOf(type: Type, value: unknown): boolean {
  switch (type) {
    case 'a text':
      return typeof value === 'string';
    case 'true or false':
      return typeof value === 'boolean';
    case 'a function':
      return typeof value === 'function';
    case 'an AbortSignal':
      // Not by its class: there are others that do as well.
      return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
    case 'an object':
      return typeof value === 'object' && value !== null;
  }
}
