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
import { fileName } from '../inputs/pylock.js';
import type { Environment } from '../../model.js';
import { parseWheelName } from '../../python/wheels.js';

export interface IndexFile {
  readonly file: string;
  readonly version: string;
  readonly wheel: boolean;
  /** e.g. `>=3.11`; null when not told. */
  readonly requiresPython: string | null;
}

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
    .filter((file) => normalizeName(nameOf(file.file)) === normalized);
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
    const { address, headers } = withoutCredentials(location);
    const answer = await fetch(address, {
      headers: {
        ...headers,
        accept:
          'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1',
      },
      signal: AbortSignal.timeout(15_000),
    });
    if (answer.status === 404) return [];
    if (!answer.ok) return null;
    const text = await answer.text();
    return (answer.headers.get('content-type') ?? '').includes('json') ? jsonFiles(text) : htmlFiles(text);
  } catch {
    return null;
  }
}

async function localFiles(location: string): Promise<IndexFile[]> {
  const folder = fileURLToPath(
    location.startsWith('file:') ? location : pathToFileURL(path.resolve(location)).href,
  );
  const names = await readdir(folder).catch(() => null);
  if (names === null) return folder.endsWith('.html') ? htmlFiles(await readFile(folder, 'utf8')) : [];
  if (names.includes('index.html')) return htmlFiles(await readFile(path.join(folder, 'index.html'), 'utf8'));
  return names.flatMap((name) => describe(name, null));
}

function jsonFiles(text: string): IndexFile[] {
  const page = JSON.parse(text) as {
    files?: readonly { filename: string; 'requires-python'?: string | null; yanked?: boolean | string }[];
  };
  return (page.files ?? [])
    .filter((file) => file.yanked === undefined || file.yanked === false)
    .flatMap((file) => describe(file.filename, file['requires-python'] ?? null));
}

function htmlFiles(text: string): IndexFile[] {
  return [...text.matchAll(/<a\b([^>]*)>/gi)].flatMap(([, attributes = '']) => {
    const href = /\bhref\s*=\s*["']([^"']+)["']/i.exec(attributes)?.[1];
    const python = /\bdata-requires-python\s*=\s*["']([^"']+)["']/i.exec(attributes)?.[1];
    return href === undefined
      ? []
      : describe(fileName(href), python?.replaceAll('&gt;', '>').replaceAll('&lt;', '<') ?? null);
  });
}

const sdist = /^(.+)-(\d[^-]*?)\.(?:tar\.\w+|zip|tgz)$/;

function nameOf(file: string): string {
  return parseWheelName(file)?.name ?? sdist.exec(file)?.[1] ?? '';
}

function describe(file: string, requiresPython: string | null): IndexFile[] {
  const wheel = parseWheelName(file);
  const version = wheel?.version ?? sdist.exec(file)?.[2];
  return version === undefined ? [] : [{ file, version, wheel: wheel !== null, requiresPython }];
}
