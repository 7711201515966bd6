/**
 * Recipes from the user's own files (`--recipes FILE`): text → checked recipes. Reading the file is the caller's. Pure.
 */
import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { SlimError } from '../errors.js';
import { isShallow, parseJson } from '../text/json.js';
import type { Recipe } from './recipe.js';

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text } as const;
const level = { enum: ['safe', 'aggressive'] } as const;
const kinds = [
  'python',
  'bytecode',
  'elf',
  'foreign',
  'metadata',
  'test',
  'doc',
  'header',
  'typing',
  'script',
  'data',
] as const;

/** `aggressive` takes a feature away, so it must say which. */
const losesWhenAggressive = {
  if: { properties: { level: { const: 'aggressive' } }, required: ['level'] },
  then: { required: ['loses'] },
} as const;

/** JSON schema of one recipe; the same shape as `recipe.ts#Recipe`. */
export const recipeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'rules'],
  properties: {
    name: text,
    alsoFor: texts,
    source: text,
    provedOn: text,
    rules: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'because'],
        anyOf: [{ required: ['files'] }, { required: ['folders'] }, { required: ['superseded'] }],
        properties: {
          name: text,
          files: texts,
          folders: {
            type: 'object',
            additionalProperties: false,
            required: ['named', 'that'],
            properties: { named: texts, that: { enum: ['hold-tests', 'hold-no-python'] } },
          },
          superseded: { type: 'string', pattern: '(^|/)\\{version\\}/' },
          kinds: { type: 'array', items: { enum: kinds } },
          except: texts,
          because: text,
          level,
          loses: text,
          overVeto: { type: 'boolean' },
          versions: text,
          without: texts,
        },
        ...losesWhenAggressive,
      },
    },
    onlyNeeded: texts,
    leaveOut: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['distribution', 'because'],
        properties: { distribution: text, because: text, level, loses: text },
        ...losesWhenAggressive,
      },
    },
    selectable: {
      type: 'object',
      additionalProperties: false,
      required: ['option', 'files', 'always', 'because'],
      properties: {
        option: { const: 'services' },
        files: { type: 'string', pattern: '\\{name\\}' },
        always: texts,
        because: text,
      },
    },
    probe: text,
  },
} as const;

const compile = () => new Ajv({ allErrors: false, strict: false }).compile(recipeSchema);
let compiled: ReturnType<typeof compile> | undefined;
/** Compiled when the first recipe file is read: most runs read none, and compiling costs start-up time. */
const validator = () => (compiled ??= compile());

/**
 * One recipe, a list of them, or an object with a list named `recipes`. What a user's recipe leaves out: `source` is the file,
 * `provedOn` is everything (the user vouches for it).
 * @param file name for messages; its suffix tells the format (JSON, YAML or TOML)
 * @throws SlimError `bad-recipe`
 */
export function parseRecipes(file: string, content: string): readonly Recipe[] {
  const parsed = parse(file, content);
  const list: unknown = isObject(parsed) && 'recipes' in parsed ? parsed.recipes : parsed;
  return (Array.isArray(list) ? (list as unknown[]) : [list]).map((one) => toRecipe(file, one));
}

/**
 * Built-in recipes and the user's. A user's recipe of a known name adds its rules in front of the built-in ones and replaces
 * rules of the same name, so that it can also correct one.
 */
export function mergeRecipes(builtIn: readonly Recipe[], own: readonly Recipe[]): readonly Recipe[] {
  const merged = new Map(builtIn.map((recipe) => [recipe.name, recipe]));
  const added: Recipe[] = [];
  for (const recipe of own) {
    const known = merged.get(recipe.name);
    if (known) merged.set(recipe.name, join(recipe, known));
    else added.push(recipe);
  }
  return [...added, ...merged.values()];
}

function join(own: Recipe, known: Recipe): Recipe {
  const names = new Set(own.rules.map((rule) => rule.name));
  return {
    ...known,
    ...own,
    source: `${own.source}; ${known.source}`,
    provedOn: known.provedOn,
    rules: [...own.rules, ...known.rules.filter((rule) => !names.has(rule.name))],
    leaveOut: [...(own.leaveOut ?? []), ...(known.leaveOut ?? [])],
    onlyNeeded: [...(own.onlyNeeded ?? []), ...(known.onlyNeeded ?? [])],
  };
}

function parse(file: string, content: string): unknown {
  try {
    if (file.endsWith('.json')) return parseJson(content);
    const value: unknown = file.endsWith('.toml')
      ? parseToml(content)
      : parseYaml(content, { logLevel: 'error' });
    if (!isShallow(value)) throw new Error('it is nested too deeply, or holds itself');
    return value;
  } catch (cause) {
    throw new SlimError('bad-recipe', `${file} cannot be read: ${firstLine(cause)}`, {
      hint: 'Recipes are JSON, YAML or TOML, by the suffix of the file.',
      cause,
    });
  }
}

function toRecipe(file: string, given: unknown): Recipe {
  const validate = validator();
  if (!validate(given)) {
    const name = isObject(given) && typeof given.name === 'string' ? ` "${given.name}"` : '';
    throw new SlimError(
      'bad-recipe',
      `${file}: recipe${name} is not valid: ${problem(validate.errors?.[0])}.`,
      {
        hint: 'A recipe has a name and rules; each rule has a name, files and because. An example: https://github.com/lambda-slim/lambda-slim/blob/main/docs/guides/recipes.md',
      },
    );
  }
  const recipe = given as unknown as Partial<Recipe> & Pick<Recipe, 'name'>;
  const rules = (recipe.rules ?? []).map((rule) => ({
    ...rule,
    files: (rule.files as readonly string[] | undefined) ?? [],
  }));
  return { source: file, provedOn: '*', ...recipe, rules };
}

function problem(error: ErrorObject | undefined): string {
  if (!error) return 'it has an unknown shape';
  const place = error.instancePath === '' ? 'it' : error.instancePath.slice(1).replaceAll('/', '.');
  const extra = (error.params as { additionalProperty?: string }).additionalProperty;
  if (extra !== undefined) return `${place} has an unknown key "${extra}"`;
  return `${place} ${error.message ?? 'is wrong'}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0] ?? '';
}
