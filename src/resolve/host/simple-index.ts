/**
 * Asking the package indexes which files exist (PEP 503 HTML, PEP 691 JSON), to explain why nothing fits. Best effort:
 * an index that does not answer is named, never fatal.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withoutCredentials } from '../secrets.js';
import { expandVariables } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import type { Environment } from '../../model.js';
import { describeFile, distributionOf, htmlFiles, jsonFiles, type IndexFile } from './simple-page.js';

export interface IndexLocations {
  /** Simple indexes: `https://…`, `file://…`. */
  readonly indexes: readonly string[];
  /** Pages or folders of links. */
  readonly links: readonly string[];
}

/**
 * Where the tool looks: option lines, then the environment, then the tool's configuration.
 * @param options the prepared files' option lines
 * @param configured `key=value` pairs of pip's configuration, e.g. from `pip config list`; empty for uv
 */
export function indexLocations(
  tool: 'uv' | 'pip',
  options: readonly string[],
  environment: Environment,
  configured: readonly (readonly [string, string])[] = [],
): IndexLocations {
  const lines = options.map((line) => expandVariables(line, environment));
  const named = (option: string): string[] =>
    lines.filter((line) => line.startsWith(`${option} `)).map((line) => line.slice(option.length + 1));
  const words = (...names: string[]): string[] =>
    names.flatMap((name) => (environment[name] ?? '').split(/[\s]+/)).filter((word) => word !== '');
  const config = (key: string): string[] =>
    configured.filter(([name]) => name.endsWith(`.${key}`)).flatMap(([, value]) => value.split(/\s+/));
  const first =
    tool === 'uv'
      ? words('UV_DEFAULT_INDEX', 'UV_INDEX_URL')
      : [...words('PIP_INDEX_URL'), ...config('index-url')];
  const more =
    tool === 'uv'
      ? words('UV_INDEX', 'UV_EXTRA_INDEX_URL').map((word) => word.replace(/^[\w-]+=/, ''))
      : [...words('PIP_EXTRA_INDEX_URL'), ...config('extra-index-url')];
  const links =
    tool === 'uv'
      ? (environment['UV_FIND_LINKS'] ?? '').split(/[\s,]+/)
      : [...words('PIP_FIND_LINKS'), ...config('find-links')];
  const none =
    lines.includes('--no-index') || environment[tool === 'uv' ? 'UV_NO_INDEX' : 'PIP_NO_INDEX'] === '1';
  const main = named('--index-url')[0] ?? first[0] ?? 'https://pypi.org/simple';
  return {
    indexes: none ? [] : [...new Set([main, ...named('--extra-index-url'), ...more])],
    links: [...new Set([...named('--find-links'), ...links])].filter((link) => link !== ''),
  };
}

export interface IndexAnswer {
  readonly files: readonly IndexFile[];
  /** True when at least one index or link folder answered, even with "no such package". */
  readonly reached: boolean;
  /** Locations that did not answer. May hold credentials: only their hosts may be printed. */
  readonly silent: readonly string[];
}

/** Every file of a distribution on all of the locations. */
export async function filesOf(name: string, locations: IndexLocations): Promise<IndexAnswer> {
  const normalized = normalizeName(name);
  const pages = [
    ...locations.indexes.map((index) => `${index.replace(/\/+$/, '')}/${normalized}/`),
    ...locations.links,
  ];
  const answers = await Promise.all(pages.map(pageFiles));
  const files = answers
    .flatMap((answer) => answer ?? [])
    .filter((file) => normalizeName(distributionOf(file.file)) === normalized);
  return {
    files,
    reached: answers.some((answer) => answer !== null),
    silent: pages.filter((_page, index) => answers[index] === null),
  };
}

/** Files of one page or folder; null when it does not answer. */
async function pageFiles(location: string): Promise<IndexFile[] | null> {
  try {
    if (!/^https?:/.test(location)) return await localFiles(location);
    const answer = await ask(location, `${json}, ${html};q=0.2, text/html;q=0.1`);
    // Not every index chooses among several kinds.
    const page = answer.status === 406 ? await ask(location, 'text/html') : answer;
    if (page.status === 404) return [];
    if (!page.ok) return null;
    const text = await page.text();
    const isJson = (page.headers.get('content-type') ?? '').includes('json');
    return (isJson ? jsonFiles(text) : htmlFiles(text)).map((file) => placed(file, location));
  } catch {
    return null;
  }
}

const json = 'application/vnd.pypi.simple.v1+json';
const html = 'application/vnd.pypi.simple.v1+html';

async function ask(location: string, accept: string): Promise<Response> {
  const { address, headers } = withoutCredentials(location);
  return fetch(address, { headers: { ...headers, accept }, signal: AbortSignal.timeout(15_000) });
}

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
