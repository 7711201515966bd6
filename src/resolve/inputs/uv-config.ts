/**
 * What uv is to know of the project's settings, in a uv.toml of our own: all of them when it decides on versions, and where
 * packages are when it installs those. Left to itself it reads the project's again when it installs, and then overrides
 * and constraints meet exact pins, or `no-binary` what only wheels can answer.
 * https://docs.astral.sh/uv/reference/settings/
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'smol-toml';
import type { Environment } from '../../model.js';
import { expandVariables } from '../../python/lines.js';
import type { Secrets } from '../../text/secrets.js';
import { refuseCutLogin } from '../cut-login.js';
import { namedLogin, namePart, splitCredentials } from '../secrets.js';
import { inConfig } from '../../io/user-folders.js';
import { sameIndex, everybodysIndex, isPyPI, type NamedIndex, type ToolSettings } from './name-sources.js';
import {
  parseToml,
  parseTomlOrNothing,
  stringsOf,
  tableAt,
  tableOf,
  tablesOf,
  textOf,
  type Table,
} from './toml.js';

export interface UvConfig {
  /** uv.toml for deciding. */
  readonly resolve: string;
  /** uv.toml for installing what was decided. */
  readonly install: string;
  /** uv.toml for installing what a build needs: where packages are for the project, also when it has a lock. */
  readonly build: string;
  /** Credentials of the named indexes, as uv takes them; undefined: uv is not to see that variable. */
  readonly environment: Environment;
  /** The same for what a build needs. */
  readonly buildEnvironment: Environment;
  /** The project's `no-binary`, which is not heeded: what it names, and in which file; null without one. */
  readonly ignored: { readonly what: string; readonly file: string } | null;
}

/** How to talk to servers. */
const transport = ['keyring-provider', 'allow-insecure-host', 'native-tls', 'system-certs', 'offline'];
/** Where packages are. */
const places = ['index', 'index-url', 'extra-index-url', 'find-links', 'no-index', 'index-strategy'];
/** Which versions may be taken. */
const choices = [
  'constraint-dependencies',
  'override-dependencies',
  'exclude-dependencies',
  'dependency-metadata',
  'prerelease',
  'resolution',
  'exclude-newer',
  'exclude-newer-package',
];

export interface UvFacts {
  /** Absolute: the project, whose settings uv would find. */
  readonly folder: string;
  readonly settings: readonly ToolSettings[];
  /** Of the project beside a lock, for builds. */
  readonly beside: readonly ToolSettings[];
  /** Indexes of single names. */
  readonly named: readonly NamedIndex[];
  /** Indexes of local projects, asked behind the project's own and before the public one. */
  readonly nested: readonly NamedIndex[];
  /** True for a lock: versions are decided, and each name has its index. */
  readonly exact: boolean;
  /** For a lock with hashes: any of the indexes may have the file of a pin. Default: false. */
  readonly everywhere?: boolean;
  readonly environment: Environment;
  readonly secrets: Secrets;
}

/** @throws SlimError `bad-requirements` when the file with the settings is no TOML */
export async function uvConfig(facts: UvFacts): Promise<UvConfig> {
  const { table, file, folder } = noSettings(facts.environment)
    ? { table: {}, file: '', folder: facts.folder }
    : await settingsAround(facts.folder, facts.secrets);
  const environment: Record<string, string | undefined> = {};
  const pick = (keys: readonly string[]): Record<string, unknown> => ({
    ...picked(table, keys, folder),
    ...nested(picked(tableOf(table['pip']), keys, folder)),
  });
  const named = facts.named.map((index) => ({
    ...indexTable(index, facts.environment, environment),
    explicit: true,
  }));
  const others = facts.exact ? [] : otherIndexes(facts.settings, facts, environment);
  // The same index may be named twice, as two tools or projects call it.
  const more = facts.nested
    .map((index) => indexTable(index, facts.environment, environment))
    .filter(({ url }) => !others.some((one) => sameIndex(textOf(one['url']), url)));
  const withIndexes = (base: Record<string, unknown>): string => {
    const own = tablesOf(base['index']);
    const last = own.filter((one) => one['default'] === true);
    const listed = [...own.filter((one) => !last.includes(one)), ...more, ...last, ...others];
    // One that is asked for all names stays that: what a name of its own needs may be there only.
    const special = named.filter((one) => !listed.some((other) => isGeneral(other, one)));
    const rest = listed.filter((one) => !special.some(({ name }) => name === one['name']));
    const index = [...special, ...rest];
    return stringify({ ...base, ...(index.length === 0 ? {} : { index }) });
  };
  const overrides = facts.settings.filter((one) => one.tool !== 'uv').flatMap((one) => one.overrides);
  const resolve = pick([...transport, ...places, ...choices]);
  if (overrides.length > 0) {
    resolve['override-dependencies'] = [...stringsOf(resolve['override-dependencies']), ...overrides];
  }
  const install = withIndexes({
    ...pick(facts.exact ? transport : [...transport, ...places]),
    ...(facts.exact && facts.everywhere === true ? { 'index-strategy': 'unsafe-best-match' } : {}),
  });
  const built = pick([...transport, ...places]);
  const buildEnvironment = { ...environment };
  const beside = facts.exact ? otherIndexes(facts.beside, facts, buildEnvironment) : others;
  const forBuilds = [...tablesOf(built['index']), ...beside];
  return {
    resolve: facts.exact ? install : withIndexes(resolve),
    install,
    build: stringify({ ...built, ...(forBuilds.length === 0 ? {} : { index: forBuilds }) }),
    environment,
    buildEnvironment,
    ignored: ignoredIn(table, file),
  };
}

/**
 * Hosts whose certificates uv is not to look at, by the project's settings and the user's.
 * @throws SlimError `bad-requirements` when the file with the settings is no TOML
 */
export async function insecureHosts(
  folder: string,
  { environment, secrets }: Pick<UvFacts, 'environment' | 'secrets'>,
): Promise<readonly string[]> {
  if (noSettings(environment)) return [];
  const { table } = await settingsAround(folder, secrets);
  const texts = await Promise.all(uvFiles(environment).map((file) => readFile(file, 'utf8').catch(() => '')));
  return [table, ...texts.map(parseTomlOrNothing)].flatMap((one) =>
    [one, tableOf(one['pip'])].flatMap((each) => stringsOf(each['allow-insecure-host'])),
  );
}

/** The user's and the machine's settings of uv, the former first. */
export function uvFiles(environment: Environment): readonly string[] {
  return [...inConfig(environment, 'uv/uv.toml'), '/etc/uv/uv.toml'];
}

/**
 * A folder of ours with these settings: uv reads those of the folder in which it runs.
 * @param folder absolute; made where it is not there
 */
export async function settingsFolder(
  settings: string,
  folder: string,
  environment: Environment,
): Promise<{ readonly cwd: string; readonly env: Environment }> {
  const file = path.join(folder, 'uv.toml');
  await mkdir(folder, { recursive: true });
  await writeFile(file, settings, { mode: 0o600 });
  // Whoever wants no settings to be found gets ours all the same: they say where named indexes are.
  return {
    cwd: folder,
    env: noSettings(environment) ? { UV_NO_CONFIG: undefined, UV_CONFIG_FILE: file } : {},
  };
}

/** Has the user told uv to look for no settings? */
export const noSettings = (environment: Environment): boolean =>
  /^(1|true|yes|on|y|t)$/i.test(environment['UV_NO_CONFIG'] ?? '');

/** A table's name in the index list, with its credentials put where uv looks for them. */
export function indexTable(
  index: NamedIndex,
  environment: Environment,
  into: Record<string, string | undefined>,
): { readonly name: string; readonly url: string } {
  const name = index.name.replace(/[^A-Za-z0-9._-]/g, '-') || 'index';
  const { address, user, password } = splitCredentials(expandVariables(index.url, environment));
  const variable = (what: string): string => `UV_INDEX_${namePart(index.name)}_${what}`;
  const given = namedLogin(index.name, environment);
  for (const [what, value, own] of [
    ['USERNAME', given.user, user],
    ['PASSWORD', given.password, password],
  ] as const) {
    if (value !== undefined || own !== '') into[variable(what)] = value ?? own;
  }
  return { name, url: address };
}

/** Is it this index, and asked for all names? */
const isGeneral = (one: Table, { name, url }: NamedIndex): boolean =>
  one['explicit'] !== true &&
  one['name'] === name &&
  sameIndex(splitCredentials(textOf(one['url'])).address, url);

function otherIndexes(
  settings: readonly ToolSettings[],
  facts: UvFacts,
  into: Record<string, string | undefined>,
): Table[] {
  const other = settings.find((one) => one.tool !== 'uv' && one.indexes.length > 0);
  if (other === undefined) return [];
  // uv's variable stands for the public index, and would take the place of the last one here.
  if (other.closed) for (const name of ['UV_DEFAULT_INDEX', 'UV_INDEX_URL']) into[name] = undefined;
  return other.indexes
    .map((index) => (isPyPI(index.url) ? (everybodysIndex([], facts.environment) ?? index) : index))
    .map((index, at, all) => ({
      ...indexTable(index, facts.environment, into),
      ...(other.closed && at === all.length - 1 ? { default: true } : {}),
    }));
}

/** As uv searches: a uv.toml, or a pyproject.toml with its part, in the folder or above it. */
async function settingsAround(
  folder: string,
  secrets: Secrets,
): Promise<{ readonly table: Table; readonly file: string; readonly folder: string }> {
  for (let at = folder; ; at = path.dirname(at)) {
    for (const file of ['uv.toml', 'pyproject.toml']) {
      const text = await readFile(path.join(at, file), 'utf8').catch(() => null);
      if (text === null || (file === 'pyproject.toml' && !text.includes('tool.uv'))) continue;
      secrets.read(text);
      const whole = parseToml(text, file);
      refuseCutLogin(JSON.stringify(file === 'uv.toml' ? whole : tableAt(whole, 'tool', 'uv')), file);
      if (file === 'uv.toml') return { table: whole, file, folder: at };
      const table = tableAt(whole, 'tool', 'uv');
      if (Object.keys(table).length > 0) return { table, file, folder: at };
    }
    if (at === path.dirname(at)) return { table: {}, file: '', folder };
  }
}

function picked(table: Table, keys: readonly string[], folder: string): Record<string, unknown> {
  const found = Object.entries(table).filter(([key]) => keys.includes(key));
  return Object.fromEntries(found.map(([key, value]) => [key, placed(key, value, folder)]));
}

const nested = (pip: Record<string, unknown>): Record<string, unknown> =>
  Object.keys(pip).length === 0 ? {} : { pip };

/** Folders that serve as indexes are relative to the file that names them. */
function placed(key: string, value: unknown, folder: string): unknown {
  const absolute = (url: string): string =>
    /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : pathToFileURL(path.resolve(folder, url)).href;
  if (key === 'index') return tablesOf(value).map((one) => ({ ...one, url: absolute(textOf(one['url'])) }));
  if (key === 'index-url') return absolute(textOf(value));
  if (key === 'extra-index-url' || key === 'find-links') return stringsOf(value).map(absolute);
  return value;
}

function ignoredIn(table: Table, file: string): UvConfig['ignored'] {
  const names = [...stringsOf(table['no-binary-package']), ...stringsOf(tableOf(table['pip'])['no-binary'])];
  const everything = table['no-binary'] === true || names.includes(':all:');
  if (!everything && names.length === 0) return null;
  return { what: everything ? 'every package' : [...new Set(names)].sort().join(', '), file };
}
