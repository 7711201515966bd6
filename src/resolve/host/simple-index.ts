/**
 * Asking the package indexes which files exist (PEP 503 HTML, PEP 691 JSON), to explain why nothing fits. Best effort:
 * an index that does not answer is named, never fatal.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expandVariables } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import type { Answer } from '../../io/http.js';
import type { Environment } from '../../model.js';
import { readPipConfig } from '../docker/pip-config.js';
import type { CollectedInputs } from '../inputs/input-lines.js';
import { parseTomlOrNothing, stringsOf, tableOf, tablesOf, textOf, type Table } from '../inputs/toml.js';
import { noSettings, uvFiles } from '../inputs/uv-config.js';
import { indexWithLogin } from '../secrets.js';
import type { Web } from '../web.js';
import { describeFile, distributionOf, htmlFiles, jsonFiles, type IndexFile } from './simple-page.js';

export interface IndexLocations {
  /** Simple indexes: `https://…`, `file://…`. */
  readonly indexes: readonly string[];
  /** Pages or folders of links. */
  readonly links: readonly string[];
}

/** What of the inputs says where packages are. */
export type IndexInputs = Pick<CollectedInputs, 'options' | 'uv'>;

/**
 * Where the tool looks, with the logins of named indexes.
 * @param configured `key=value` pairs of pip's configuration, e.g. from `pip config list`; without them its files are read
 */
export async function locationsOf(
  tool: 'uv' | 'pip',
  inputs: IndexInputs,
  environment: Environment,
  configured?: readonly (readonly [string, string])[],
): Promise<IndexLocations> {
  const all = { ...environment, ...inputs.uv.environment };
  if (tool === 'pip') {
    const files = configured === undefined ? await readPipConfig(environment) : {};
    const pairs = Object.entries(files).map(
      ([key, value]) => [`.${key.replace(/^PIP_/, '').toLowerCase().replaceAll('_', '-')}`, value] as const,
    );
    return indexLocations('pip', inputs.options, all, configured ?? pairs);
  }
  const texts = noSettings(environment)
    ? []
    : await Promise.all(uvFiles(environment).map((file) => readFile(file, 'utf8').catch(() => '')));
  return indexLocations('uv', inputs.options, all, [], [inputs.uv.resolve, ...texts].map(parseTomlOrNothing));
}

/**
 * Where the tool looks: option lines, then the environment, then the tool's configuration.
 * @param options the prepared files' option lines
 * @param configured `key=value` pairs of pip's configuration; empty for uv
 * @param settings of uv, the ones that win first; empty for pip
 */
export function indexLocations(
  tool: 'uv' | 'pip',
  options: readonly string[],
  environment: Environment,
  configured: readonly (readonly [string, string])[] = [],
  settings: readonly Table[] = [],
): IndexLocations {
  const lines = options.map((line) => expandVariables(line, environment));
  const named = (option: string): string[] =>
    lines.filter((line) => line.startsWith(`${option} `)).map((line) => line.slice(option.length + 1));
  const words = (...names: string[]): string[] =>
    names.flatMap((name) => (environment[name] ?? '').split(/[\s]+/)).filter((word) => word !== '');
  const addressed = (word: string): string => {
    const [, name = '', url = word] = /^([\w.-]+)=(.*)$/.exec(word) ?? [];
    return name === '' ? url : indexWithLogin(name, url, environment);
  };
  const config = (key: string): string[] =>
    configured.filter(([name]) => name.endsWith(`.${key}`)).flatMap(([, value]) => value.split(/\s+/));
  const uv = uvIndexes(settings, environment);
  const first =
    tool === 'uv'
      ? [...words('UV_DEFAULT_INDEX', 'UV_INDEX_URL').map(addressed), ...uv.main]
      : [...words('PIP_INDEX_URL'), ...config('index-url')];
  const more =
    tool === 'uv'
      ? [...words('UV_INDEX', 'UV_EXTRA_INDEX_URL').map(addressed), ...uv.more]
      : [...words('PIP_EXTRA_INDEX_URL'), ...config('extra-index-url')];
  const links =
    tool === 'uv'
      ? [...(environment['UV_FIND_LINKS'] ?? '').split(/[\s,]+/), ...uv.links]
      : [...words('PIP_FIND_LINKS'), ...config('find-links')];
  const none =
    uv.none ||
    lines.includes('--no-index') ||
    environment[tool === 'uv' ? 'UV_NO_INDEX' : 'PIP_NO_INDEX'] === '1';
  const main = named('--index-url')[0] ?? first[0] ?? 'https://pypi.org/simple';
  return {
    indexes: none ? [] : [...new Set([main, ...named('--extra-index-url'), ...more])],
    links: [...new Set([...named('--find-links'), ...links])].filter((link) => link !== ''),
  };
}

/** What uv's settings name for every package: an explicit index is for those only that are bound to it. */
function uvIndexes(
  settings: readonly Table[],
  environment: Environment,
): {
  readonly main: readonly string[];
  readonly more: readonly string[];
  readonly links: readonly string[];
  readonly none: boolean;
} {
  const tables = settings.flatMap((one) => [one, tableOf(one['pip'])]);
  const indexes = tables
    .flatMap((one) => tablesOf(one['index']))
    .filter((one) => one['explicit'] !== true)
    .map((one) => ({
      url: indexWithLogin(textOf(one['name']), textOf(one['url']), environment),
      main: one['default'] === true,
    }));
  return {
    main: [
      ...indexes.filter((one) => one.main).map((one) => one.url),
      ...tables.map((one) => textOf(one['index-url'])).filter((url) => url !== ''),
    ],
    more: [
      ...indexes.filter((one) => !one.main).map((one) => one.url),
      ...tables.flatMap((one) => stringsOf(one['extra-index-url'])),
    ],
    links: tables.flatMap((one) => stringsOf(one['find-links'])),
    none: tables.some((one) => one['no-index'] === true),
  };
}

export interface IndexAnswer {
  readonly files: readonly IndexFile[];
  /** True when at least one index or link folder answered, even with "no such package". */
  readonly reached: boolean;
  /** Locations that did not answer. May hold credentials: only their hosts may be printed. */
  readonly silent: readonly string[];
  /** Those of them that want another login. */
  readonly refused: readonly string[];
}

/** Every file of a distribution on all of the locations. */
export async function filesOf(name: string, locations: IndexLocations, web: Web): Promise<IndexAnswer> {
  const normalized = normalizeName(name);
  const pages = [
    ...locations.indexes.map((index) => `${index.replace(/\/+$/, '')}/${normalized}/`),
    ...locations.links,
  ];
  const answers = await Promise.all(pages.map((page) => pageFiles(page, web)));
  const files = answers
    .flatMap((answer) => (typeof answer === 'string' ? [] : answer))
    .filter((file) => normalizeName(distributionOf(file.file)) === normalized);
  return {
    files,
    reached: answers.some((answer) => typeof answer !== 'string'),
    silent: pages.filter((_page, index) => typeof answers[index] === 'string'),
    refused: pages.filter((_page, index) => answers[index] === 'refused'),
  };
}

/** Files of one page or folder. */
async function pageFiles(location: string, web: Web): Promise<IndexFile[] | 'silent' | 'refused'> {
  try {
    if (!/^https?:/.test(location)) return await localFiles(location);
    const answer = await ask(web, location, `${json}, ${html};q=0.2, text/html;q=0.1`);
    // Not every index chooses among several kinds.
    const page = answer.status === 406 ? await ask(web, location, 'text/html') : answer;
    if (page.status === 404) return [];
    if (page.status === 401 || page.status === 403) return 'refused';
    if (!page.ok) return 'silent';
    const text = await page.text();
    const isJson = (page.headers.get('content-type') ?? '').includes('json');
    return (isJson ? jsonFiles(text) : htmlFiles(text)).map((file) => placed(file, location));
  } catch {
    return 'silent';
  }
}

const json = 'application/vnd.pypi.simple.v1+json';
const html = 'application/vnd.pypi.simple.v1+html';

const ask = (web: Web, location: string, accept: string): Promise<Answer> =>
  web(location, { accept, signal: AbortSignal.timeout(15_000) });

async function localFiles(location: string): Promise<IndexFile[]> {
  const folder = fileURLToPath(
    location.startsWith('file:') ? location : pathToFileURL(path.resolve(location)).href,
  );
  const names = await readdir(folder).catch(() => null);
  const page = async (file: string): Promise<IndexFile[]> =>
    htmlFiles(await readFile(file, 'utf8')).map((one) => placed(one, pathToFileURL(file).href));
  if (names === null) return folder.endsWith('.html') ? page(folder) : [];
  if (names.includes('index.html')) return page(path.join(folder, 'index.html'));
  return names.flatMap((name) =>
    describeFile(name, null, { url: pathToFileURL(path.join(folder, name)).href, sha256: null }),
  );
}

/** With its whole address; a file on the page's own host is read with the page's login. */
function placed(file: IndexFile, page: string): IndexFile {
  if (file.url === null || !URL.canParse(file.url, page)) return { ...file, url: null };
  const url = new URL(file.url, page);
  const from = new URL(page);
  if (url.host === from.host && url.username === '') {
    url.username = from.username;
    url.password = from.password;
  }
  return { ...file, url: url.href };
}
