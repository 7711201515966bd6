/**
 * What we read from requirements files is what pip reads: pip's own parser, of the pip that the test's Python has, on every
 * row of pip/lines.txt (one file each) and every case of pip/files.json.
 */
import { Secrets } from '../../../src/text/secrets.js';
import { describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SlimError } from '../../../src/errors.js';
import { run } from '../../program.js';
import { compiledNames, takesPrereleases } from '../../../src/python/line-options.js';
import { expandVariables, isArchive } from '../../../src/python/lines.js';
import { versionIn } from '../../../src/python/markers.js';
import { normalizeName } from '../../../src/python/names.js';
import { fromFileUrl, readRequirementsFile, type ReadEntry } from '../../../src/resolve/inputs/reading.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const script = fileURLToPath(new URL('../../setup/pip_lines.py', import.meta.url));

type Content = string | { readonly text: string; readonly as: string; readonly mark?: string };

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, Content>>;
}

/** What both sides say of a file. */
interface Read {
  readonly requirements: readonly {
    readonly name: string | null;
    readonly extras: readonly string[];
    readonly specifier: readonly string[];
    readonly url: string | null;
    readonly marker: string;
    readonly hashes: readonly string[];
    readonly settings: readonly string[];
    readonly editable: boolean;
    readonly constraint: boolean;
    readonly line: number;
    readonly file: string;
  }[];
  readonly indexes: readonly string[];
  readonly links: readonly string[];
  readonly noIndex: boolean;
  readonly pre: boolean;
  readonly noBinary: readonly string[];
  readonly trusted: readonly string[];
}

type Answer = Read | { readonly error: string };

const variables = {
  TOKEN: 'hunter-22',
  SECRET: 'p%40ss',
  VERSION: '2',
  NAME: 'boto3',
  WHOLE: 'numpy>=2 ; python_version > "3"',
  OPTIONS: '--extra-index-url https://hunter-22@b.example/simple --pre',
  WHEEL_URL: 'https://h.example/x-1.0-py3-none-any.whl',
  GIT_URL: 'git+https://hunter-22@h.example/o/r.git@v1#egg=x',
  FOLDER: 'libs',
  HASH: 'sha256:aa',
  LC_ALL: 'C.UTF-8',
  PYTHONUTF8: '1',
};

/** What the rows name. */
const around: Readonly<Record<string, Content>> = {
  'pyproject.toml': '[project]\nname = "whole"\n',
  'libs/x/pyproject.toml': '[project]\nname = "x"\n',
  'libs/y/setup.py': '',
  'libs/with space/setup.py': '',
  'libs/none/readme.txt': '',
  'empty/readme.txt': '',
  'wheels/slim_plain-1.0-py3-none-any.whl': '',
  'wheels/slim-1.0.tar.gz': '',
  'wheels/slim-1.0.zip': '',
  'folder with space/a.txt': '',
  'other.txt': 'scipy\n',
  'limits.txt': 'scipy<2\n',
  'sub/more.txt': '-r other.txt\npandas\n-c ../limits.txt\n',
  'sub/other.txt': 'polars\n',
};

const rows = readFileSync(path.join(here, 'pip', 'lines.txt'), 'utf8')
  .split('\n')
  .slice(0, -1);
const files = JSON.parse(readFileSync(path.join(here, 'pip', 'files.json'), 'utf8')) as readonly Case[];

/** Rows share one folder. */
const cases: readonly (Case & { readonly place: string; readonly file: string })[] = [
  ...rows.map((row, index) => {
    const file = `row-${index}.txt`;
    return { name: row, place: 'rows', file, files: { ...(index === 0 ? around : {}), [file]: `${row}\n` } };
  }),
  ...files.map((one, index) => ({
    ...one,
    place: String(index),
    file: 'requirements.txt',
    files: { ...around, ...one.files },
  })),
];

type PipsAnswer =
  | {
      readonly pip: string;
      readonly cases: readonly Answer[];
      readonly markers: Readonly<Record<string, string>>;
    }
  | { readonly strange: string };

async function python(
  mode: string,
  input: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-pip-'));
  const file = path.join(folder, 'request.json');
  await writeFile(file, JSON.stringify(input));
  const command = 'python3 -X utf8 -W ignore "$1" "$2" < "$3"';
  const result = await run('/bin/sh', ['-c', command, 'sh', script, mode, file], { env: more });
  if (!result.ok) throw new Error(result.stderr);
  return result.stdout;
}

interface Both {
  /** Whose words ours are compared with, e.g. `pip 26.3 of /usr/lib/…`. */
  readonly beside: string;
  readonly ours: readonly Answer[];
  readonly theirs: readonly Answer[];
}

async function readBoth(): Promise<Both> {
  const top = await mkdtemp(path.join(tmpdir(), 'slim-pip-'));
  const placed = cases.map((one) => ({ ...one, folder: path.join(top, one.place, 'project') }));
  for (const { folder } of placed) await mkdir(folder, { recursive: true });
  await python('write', { cases: placed });
  const read = await Promise.all(placed.map(({ folder, file }) => readOurs(folder, file)));
  const markers = read.flatMap((one) => ('error' in one ? [] : one.requirements.map(({ marker }) => marker)));
  const answer = JSON.parse(
    await python('read', {
      environment: variables,
      markers: [...new Set(markers)],
      cases: placed.map(({ folder, file }) => ({ folder, file })),
    }),
  ) as PipsAnswer;
  if ('strange' in answer) {
    throw new Error(
      `There is no pip to compare with: ${answer.strange}. Put a Python with pip 22.3 or newer in front of PATH.`,
    );
  }
  const inFolder = (index: number): string => placed[index]?.folder ?? '';
  return {
    beside: answer.pip,
    ours: read.map((one, index) => comparable(one, inFolder(index), answer.markers)),
    theirs: answer.cases.map((one, index) => comparable(one, inFolder(index))),
  };
}

async function readOurs(folder: string, file: string): Promise<Answer> {
  try {
    const entries = await readRequirementsFile(path.join(folder, file), {
      folder,
      environment: variables,
      secrets: new Secrets(),
    });
    if (entries.some((entry) => isNowhere(entry, folder))) return { error: 'no project there' };
    return described(entries, folder);
  } catch (error) {
    if (error instanceof SlimError) return { error: error.message };
    throw error;
  }
}

function described(entries: readonly ReadEntry[], folder: string): Read {
  const options = entries.filter((entry) => entry.kind === 'option');
  const values = (name: string): string[] =>
    options.filter((one) => one.name === name).map(({ value }) => expandVariables(value, variables));
  const noIndex = values('--no-index').length > 0;
  return {
    requirements: entries.flatMap((entry) => {
      if (entry.kind !== 'requirement') return [];
      const { parts, editable, constraint, origin } = entry;
      const given = [...entry.options.matchAll(/--(hash|config-settings)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)];
      const of = (kind: string): string[] =>
        given
          .filter(([, name]) => name === kind)
          .map(([, , quoted, bare]) => quoted ?? bare ?? '')
          .sort();
      return [
        {
          name: parts.name === null ? null : normalizeName(parts.name),
          extras: parts.extras.slice(1, -1).split(',').filter(Boolean),
          specifier: parts.specifier.split(',').filter(Boolean),
          url: parts.url === null ? null : wholeUrl(expandVariables(parts.url, variables), folder),
          marker: parts.marker,
          hashes: of('hash'),
          settings: of('config-settings'),
          editable,
          constraint,
          line: origin.line ?? 0,
          file: path.basename(origin.file),
        },
      ];
    }),
    indexes: noIndex ? [] : [...values('--index-url').slice(-1), ...values('--extra-index-url')],
    links: options
      .filter(({ name }) => name === '--find-links')
      .map(({ value, base }) => besideFile(value, base)),
    noIndex,
    pre: takesPrereleases(options),
    noBinary: [...compiledNames(options)].sort(),
    trusted: values('--trusted-host'),
  };
}

/** pip takes links beside the file that names them, where they are. */
function besideFile(value: string, base: string): string {
  return existsSync(path.join(base, value)) ? path.join(base, value) : value;
}

/** What preparing refuses a moment later (inputs.test.ts): a path where no project is. */
function isNowhere(entry: ReadEntry, folder: string): boolean {
  if (entry.kind !== 'requirement' || entry.parts.url === null) return false;
  const where = expandVariables(entry.parts.url, variables);
  if (/^[a-z][a-z0-9+.-]+:/i.test(where) || isArchive(where)) return false;
  const place = path.resolve(folder, where);
  return entry.editable
    ? !existsSync(place)
    : !['pyproject.toml', 'setup.py'].some((name) => existsSync(path.join(place, name)));
}

function wholeUrl(url: string, folder: string): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(url)) return url;
  const [where = '', fragment] = url.split('#');
  const file = pathToFileURL(path.resolve(folder, fromFileUrl(where))).href;
  return fragment === undefined ? file : `${file}#${fragment}`;
}

/** Without what both spell in their own way: the folder, escapes, the order of sets. */
function comparable(answer: Answer, folder: string, markers: Readonly<Record<string, string>> = {}): Answer {
  if ('error' in answer) return answer;
  const plain = (text: string): string => {
    const bare = text.replaceAll(pathToFileURL(folder).href, 'file:///project').replaceAll(`${folder}/`, '');
    try {
      return decodeURIComponent(bare).replace(/\/(?=#|$)/, '');
    } catch {
      return bare;
    }
  };
  return {
    ...answer,
    links: answer.links.map((link) => plain(link).replace(/^\.\//, '')),
    requirements: answer.requirements.map((one) => ({
      ...one,
      extras: [...new Set(one.extras.map(normalizeName))].sort(),
      specifier: one.specifier.map((text) => text.replace(/\s/g, '')).sort(),
      url: one.url === null ? null : plain(wholeUrl(one.url, folder)),
      marker: markers[one.marker] ?? one.marker,
    })),
  };
}

/** What we read as most pips do, and the pips of these versions do not. */
const unlike: Readonly<Record<string, string>> = {
  // Not known yet, or still taken.
  'numpy --config-settings=a=b': '<23.1',
  'numpy --config-settings "editable_mode=compat mode" --hash=sha256:cc': '<23.1',
  'numpy --install-option=x': '<23.1',
  'options that pip 26 brought': '<26.1',
  'all of what may be taken, and none': '<26',
  '--no-require-hashes': '<26.2',
  // Its parser of versions is from before PEP 440 was the law, and it takes what lies behind "file:" as it is.
  'a wildcard with a local version': '<24.1',
  'old versions': '<24.1',
  'a variable with a default': '<24.1',
  'a variable in small letters': '<24.1',
  'a variable without braces': '<24.1',
  'a trailing comma': '<24.1',
  'a file URL that is relative': '<24.1',
  // Refused: extras belong in front of the "@". We go on reading what was written for the others.
  'file:///srv/x#egg=engine[extra]&subdirectory=y': '>=26',
  'https://h.example/x-1.0.tar.gz#egg=x[extra]': '>=26',
  'git+https://h.example/o/r.git#egg=x[extra]': '>=26',
  '-e git+https://h.example/o/r.git#egg=x[extra]': '>=26',
  // It forgets --pre of a file that another one names.
  'options of files add up': '>=26,<26.1',
};

const { beside, ours, theirs } = await readBoth();
const version = /^pip ([^ ]+)/.exec(beside)?.[1] ?? '';

describe(`what we read is what ${beside} reads`, () => {
  test('the tables are as large as they were', () => {
    expect(rows.length).toBeGreaterThanOrEqual(300);
    expect(files.length).toBeGreaterThanOrEqual(30);
    const names = new Set(cases.map(({ name }) => name));
    expect(Object.keys(unlike).filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(cases.map(({ name }, index) => [name, index] as const))('%s', (name, index) => {
    const [mine, his] = [ours[index], theirs[index]];
    const range = unlike[name];
    if (range !== undefined && versionIn(version, range)) expect(mine).not.toEqual(his);
    else if (his !== undefined && 'error' in his) expect(mine).toEqual({ error: expect.any(String) });
    else expect(mine).toEqual(his);
  });
});

describe('beside a Python', () => {
  test.each([
    ['without pip', 'raise ImportError', /^\S*python\S* has no pip$/],
    [
      'whose pip is built otherwise',
      '__version__ = "99.0"',
      /^pip 99\.0 of .+ has another parser \(ModuleNotFoundError: .+\)$/,
    ],
  ])('%s that is said in a sentence', async (_name, module, said) => {
    const site = await mkdtemp(path.join(tmpdir(), 'slim-site-'));
    await writeFile(path.join(site, 'pip.py'), module);
    const request = { environment: {}, markers: [], cases: [] };
    const answer = JSON.parse(await python('read', request, { PYTHONPATH: site })) as PipsAnswer;
    expect(answer).toEqual({ strange: expect.stringMatching(said) });
  });
});
