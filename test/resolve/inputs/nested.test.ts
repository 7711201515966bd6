/**
 * A name that a local project takes from elsewhere for itself is never taken from the public index, without a lock as well.
 * `toolz` is on both: as 9.0 on what stands for the public one, as 0.1 on the private one, in a folder and in a repository.
 */
import { describe, expect, test } from '@jest/globals';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../../program.js';
import type { BuildRequest } from '../../../src/model.js';
import type { CollectedInputs } from '../../../src/resolve/inputs/input-lines.js';
import { collectInputs } from '../../../src/resolve/inputs/inputs.js';
import {
  contextFor,
  distributions,
  failure,
  hostTools,
  project,
  quickTool,
  requestFor,
  resolved,
} from '../helper.js';
import { beside, byIndex, direct, library, type Library } from './nested-cases.js';
import {
  context,
  pdmSource,
  poetrySource,
  privateIndex,
  publicIndex,
  source,
  uvIndex,
  wheelUrl,
} from './projects-elsewhere-cases.js';

/** What is installed for a requirements file that names the library by its path. */
async function versions(
  files: Readonly<Record<string, string>>,
  resolver: 'uv' | 'pip',
  changes: Partial<BuildRequest> = {},
): Promise<readonly string[]> {
  const at = await project({ 'requirements.txt': './libs/x\n', ...files });
  return distributions((await resolved(at, { resolver, ...changes }, context)).root);
}

async function refusal(
  files: Readonly<Record<string, string>>,
  resolver: 'uv' | 'pip' = 'uv',
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const at = await project({ 'requirements.txt': './libs/x\n', ...files });
  const { code, message } = await failure(
    at,
    { resolver },
    { environment: { ...context.environment, ...environment } },
  );
  return `${code}: ${message}`;
}

/** What is asked of the tools, without asking them. */
async function collected(one: Library): Promise<CollectedInputs> {
  const at = await project({ ...library('libs/x', one), ...beside, 'requirements.txt': './libs/x\n' });
  return collectInputs(requestFor(at), await contextFor(context));
}

test.each(direct)('%s: the place is a requirement, and is not in our copy', async (_, one, version = '') => {
  const { lines, projects } = await collected(one);
  const toolz = lines.map((line) => ('text' in line ? line.text : `${line.project.name} @ our copy`));
  expect(toolz).toEqual(['x @ our copy', expect.stringMatching(/^toolz @ /)]);
  if (version !== '') expect(projects[1]?.written).toMatch(/^toolz @ file:.*\/libs\/(x\/\.\.\/)?toolz$/);
  const text = await readFile(path.join(projects[0]?.copy ?? '', 'pyproject.toml'), 'utf8');
  expect(text.replace(/\[tool\.uv[^]*/, '')).not.toMatch(/(?<!-)\bpath =|git =|url =|@/);
});

describe.each(quickTool)('from a folder, a repository or a file, with %s', (resolver) => {
  test.each(direct.filter(([what]) => /^(uv, path$|Poetry 1, path|PDM|git in)/.test(what)))(
    '%s',
    async (_, one, version = 'toolz-0.1') => {
      expect(await versions({ ...library('libs/x', one), ...beside }, resolver)).toEqual([version, 'x-1']);
    },
  );

  test('an extra of it, by way of another', async () => {
    const one = {
      asks: '"idna"',
      rest: '[project.optional-dependencies]\nfast = ["toolz"]\nall = ["x[fast]"]\n',
      settings: `[tool.uv.sources]\ntoolz = { path = "${source}" }\n`,
    };
    const files = { ...library('libs/x', one), 'requirements.txt': './libs/x[all]\n' };
    expect(await versions(files, resolver)).toEqual(['idna-3.1', 'toolz-0.1', 'x-1']);
  });

  test('one names the next, which names the first', async () => {
    const files = {
      ...library('libs/x', { asks: '"y"', settings: '[tool.uv.sources]\ny = { path = "../y" }\n' }),
      ...library('libs/y', {
        asks: '"toolz", "x"',
        settings: `[tool.uv.sources]\ntoolz = { path = "${source}" }\nx = { path = "../x" }\n`,
      }),
    };
    expect(await versions(files, resolver)).toEqual(['toolz-0.1', 'x-1', 'y-1']);
  });

  test.each([
    ['a pyproject.toml', { 'requirements.txt': '-r pyproject.toml\n' }],
    ['a repository', {}],
  ])('named by %s', async (what, more) => {
    const settings = `[tool.uv.sources]\ntoolz = { ${what === 'a repository' ? 'path = "../toolz"' : `path = "${source}"`} }\n`;
    const pyproject = `[project]\nname = "app"\ndependencies = ["x"]\n[tool.uv.sources]\nx = { path = "libs/x" }\n`;
    const files = { ...library('libs/x', { settings }), ...beside, 'pyproject.toml': pyproject, ...more };
    const at = await project(files);
    if (what === 'a repository') {
      await commit(at);
      const url = `git+${pathToFileURL(at).href}#subdirectory=libs/x`;
      const other = await project({ 'requirements.txt': `x @ ${url}\n` });
      const { root, requested } = await resolved(other, { resolver }, context);
      expect(await distributions(root)).toEqual(['toolz-1', 'x-1']);
      expect(requested).toEqual(['x']);
    } else {
      expect(await distributions((await resolved(at, { resolver }, context)).root)).toEqual([
        'toolz-0.1',
        'x-1',
      ]);
    }
  });

  test('what does not count on Lambda, or for nobody who asked, is left alone', async () => {
    const one = {
      rest: '[project.optional-dependencies]\nfast = ["idna"]\n',
      settings:
        '[tool.uv.sources]\ntoolz = { path = "../gone", marker = "sys_platform == \'win32\'" }\nidna = { path = "../gone" }\n',
    };
    expect(await versions(library('libs/x', one), resolver)).toEqual(['toolz-9.0', 'x-1']);
  });

  test('what the user names comes from where they say', async () => {
    const one = { settings: '[tool.uv.sources]\ntoolz = { path = "../gone" }\n' };
    const files = { ...library('libs/x', one), 'requirements.txt': `./libs/x\ntoolz @ ${wheelUrl}\n` };
    expect(await versions(files, resolver)).toEqual(['toolz-0.1', 'x-1']);
  });

  test('the copy alone loses its addresses', async () => {
    const files = { ...library('libs/x', direct[9]?.[1] ?? {}), ...beside };
    const at = await project({ 'requirements.txt': './libs/x\n', ...files });
    const { root } = await resolved(at, { resolver }, context);
    expect(await readFile(path.join(at, 'libs/x/pyproject.toml'), 'utf8')).toBe(
      files['libs/x/pyproject.toml'],
    );
    expect(await readFile(path.join(root, 'x-1.dist-info', 'METADATA'), 'utf8')).toMatch(
      /^Requires-Dist: toolz$/m,
    );
  });
});

async function commit(folder: string): Promise<void> {
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '.'],
    ['commit', '--quiet', '-m', 'x'],
  ])
    await run('git', [...who, ...args], { cwd: folder });
}

(hostTools.includes('uv') ? describe : describe.skip)('from an index, with uv', () => {
  test.each(byIndex.filter(([what]) => /explicit|two prim|PDM, a source$/.test(what)))(
    '%s',
    async (_, one) => {
      await mkdir(new URL(`${privateIndex}-2/other`), { recursive: true });
      await writeFile(new URL(`${privateIndex}-2/other/index.html`), '');
      expect(await versions(library('libs/x', one), 'uv')).toEqual(['toolz-0.1', 'x-1']);
    },
  );

  test.each([
    ['uv', `[tool.uv.sources]\ncorp_a = { index = "corp" }\n${uvIndex}`],
    ['Poetry', poetrySource('primary')],
  ])('%s: an index for all names is one for what a name of its own needs, too', async (_, settings) => {
    const files = library('libs/x', { asks: '"corp_a"', settings });
    expect(await versions(files, 'uv')).toEqual(['corp_a-1.0', 'toolz-0.1', 'x-1']);
  });

  test('a workspace: its members, sources and indexes count for a member', async () => {
    const files = {
      'pyproject.toml': `[project]\nname = "app"\nversion = "1"\n[tool.uv.workspace]\nmembers = ["libs/*"]\n[tool.uv.sources]\ntoolz = { index = "corp" }\n${uvIndex}`,
      ...library('libs/x', {
        asks: '"y", "toolz"',
        settings: '[tool.uv.sources]\ny = { workspace = true }\n',
      }),
      ...library('libs/y', { asks: '' }),
    };
    expect(await refusal(files)).toMatch(/^lock-export-failed: The uv workspace in .* has no uv\.lock/);
    const lock = `version = 1\n[manifest]\nmembers = ["app", "x", "y"]\n${['app', 'x', 'y']
      .map(
        (name) =>
          `[[package]]\nname = "${name}"\nversion = "1"\nsource = { editable = "${name === 'app' ? '.' : `libs/${name}`}" }\n`,
      )
      .join('')}`;
    const all = { ...files, 'uv.lock': lock };
    const at = await project({ ...all, 'requirements.txt': './libs/x\n' });
    const request = { resolver: 'uv', requirements: [path.join(at, 'requirements.txt')] } as const;
    expect(await distributions((await resolved(at, request, context)).root)).toEqual([
      'toolz-0.1',
      'x-1',
      'y-1',
    ]);
  });
});

test.each(byIndex)('%s: the name has its index, or the index comes first', async (_, one) => {
  const { lines, uv, claims } = await collected(one);
  const line = lines.find((each) => 'text' in each);
  const bound = line !== undefined && 'text' in line ? [line.text, line.index?.url] : null;
  const before = uv.resolve.indexOf(privateIndex) > -1 && /corp/.test(uv.resolve);
  expect(bound === null ? before : bound).toEqual(bound === null ? true : ['toolz', privateIndex]);
  if (bound === null && claims.length > 0) expect(claims[0]?.indexes).toHaveLength(2);
});

test('PDM, kept from an index: the name has the other one', async () => {
  const { lines, barred } = await collected({ settings: pdmSource('exclude_packages = ["toolz"]\n') });
  expect(lines.flatMap((line) => ('text' in line ? [[line.text, line.index?.url]] : []))).toEqual([
    ['toolz', publicIndex],
  ]);
  expect(barred.map(({ glob, label, index }) => [glob, label, index.url])).toEqual([
    ['toolz', 'libs/x/pyproject.toml', privateIndex],
  ]);
});

describe('from an index, with pip: refused, never the public one', () => {
  test.each(byIndex)('%s', async (_, one) => {
    expect(await refusal(library('libs/x', one), 'pip')).toMatch(/^no-resolver: Only uv can resolve /);
  });
});

const unset = '[tool.uv.sources]\ntoolz = { path = "../toolz" }\n';
const dynamic = '[project]\nname = "x"\nversion = "1"\ndynamic = ["dependencies"]\n';

describe('refused', () => {
  test.each<readonly [what: string, library: Library, message: string]>([
    [
      'a list that only the build tells',
      { head: dynamic, settings: unset, files: { 'needs.txt': 'toolz' } },
      'resolution-failed: libs/x/pyproject.toml takes toolz from elsewhere, and it would come from the public index.',
    ],
    [
      'an extra that another package asks for',
      {
        asks: '"needs_x"',
        rest: '[project.optional-dependencies]\nfast = ["toolz"]\n',
        settings: unset,
      },
      'resolution-failed: libs/x/pyproject.toml takes toolz from elsewhere, and it would come from the public index.',
    ],
    ['a folder that is not there', { settings: unset }, 'not-found: The requirements name file:///'],
    [
      'an index that nobody describes',
      { settings: '[tool.uv.sources]\ntoolz = { index = "gone" }\n' },
      'bad-requirements: libs/x/pyproject.toml takes toolz from the index "gone", which no [[tool.uv.index]] describes.',
    ],
    [
      'a workspace without a root',
      { settings: '[tool.uv.sources]\ntoolz = { workspace = true }\n' },
      'bad-requirements: libs/x/pyproject.toml takes toolz from a uv workspace that this folder is no member of.',
    ],
    [
      'what its build needs',
      {
        settings: unset.replace('toolz', 'builder'),
        files: {},
        head: '[project]\nname = "x"\nversion = "1"\ndependencies = []\n',
      },
      'bad-requirements: libs/x/pyproject.toml needs Builder for its build, and takes it from elsewhere.',
    ],
  ])('%s', async (what, one, message) => {
    const files = library('libs/x', one);
    const more = what.startsWith('what its build')
      ? {
          'libs/x/pyproject.toml': files['libs/x/pyproject.toml']!.replace(
            'requires = []',
            'requires = ["Builder>=1"]',
          ),
        }
      : {};
    const needs = library('libs/needs_x', { asks: '"x[fast]"' });
    const requirements = what.startsWith('an extra') ? './libs/x\n./libs/needs_x\n' : './libs/x\n';
    const all = { ...files, ...needs, ...more, 'requirements.txt': requirements };
    const text = what.startsWith('an extra')
      ? { ...all, 'libs/x/pyproject.toml': files['libs/x/pyproject.toml']!.replace('"needs_x"', '') }
      : all;
    for (const resolver of quickTool) expect(await refusal(text, resolver)).toContain(message);
  });

  test('the user may ask for such a name themselves', async () => {
    const files = library('libs/x', { head: dynamic, settings: unset, files: { 'needs.txt': 'toolz' } });
    for (const resolver of quickTool) {
      const all = { ...files, 'requirements.txt': './libs/x\ntoolz\n' };
      expect(await versions(all, resolver)).toEqual(['toolz-9.0', 'x-1']);
    }
  });

  test.each([
    [
      'of the project’s',
      {
        'pyproject.toml': `[project]\nname = "app"\ndependencies = ["x", "idna"]\n[tool.uv.sources]\nx = { path = "libs/x" }\nidna = { index = "corp" }\n[[tool.uv.index]]\nname = "Corp"\nurl = "${publicIndex}"\nexplicit = true\n`,
        'requirements.txt': '-r pyproject.toml\n',
      },
      'your project',
    ],
    [
      'of another library',
      {
        ...library('libs/y', {
          asks: '"idna"',
          settings: `[tool.uv.sources]\nidna = { index = "corp" }\n${uvIndex.replace('/private', '/public')}explicit = true\n`,
        }),
        'requirements.txt': './libs/y\n./libs/x\n',
      },
      'libs/y/pyproject.toml',
    ],
  ])('an index with the name %s', async (_, files, other) => {
    const one = { settings: `[tool.uv.sources]\ntoolz = { index = "corp" }\n${uvIndex}explicit = true\n` };
    expect(await refusal({ ...library('libs/x', one), ...files })).toBe(
      `bad-requirements: libs/x/pyproject.toml and ${other} give the name "corp" to two indexes.`,
    );
  });
});

describe('what somebody else wrote', () => {
  const url = async (one: Library, more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const at = await project({ ...library('libs/x', one), ...more });
    await commit(at);
    return `x @ git+${pathToFileURL(at).href}#subdirectory=libs/x\n`;
  };
  test.each<readonly [what: string, settings: string, message: string]>([
    [
      'reads no folder of the user',
      `[tool.uv.sources]\ntoolz = { path = "${source}" }\n`,
      'takes toolz from a folder outside of its repository.',
    ],
    [
      'clones no repository of the user',
      `[tool.uv.sources]\ntoolz = { git = "${source}" }\n`,
      'takes toolz from a folder outside of its repository.',
    ],
    ['has no index on the user’s disk', uvIndex, 'takes packages from a folder outside of its repository.'],
    [
      'gets no variable',
      '[tool.uv.sources]\ntoolz = { url = "https://example.invalid/${MY_TOKEN}/x.whl" }\n',
      'takes toolz from an address with a variable of yours.',
    ],
    [
      'gets no variable in an index',
      '[[tool.pdm.source]]\nname = "corp"\nurl = "https://${MY_TOKEN}@example.invalid/simple"\n',
      'takes packages from an address with a variable of yours.',
    ],
    [
      'gets no login',
      '[[tool.uv.index]]\nname = "corp"\nurl = "https://example.invalid/simple"\n',
      'names an index "corp", and would get the login in UV_INDEX_CORP_PASSWORD.',
    ],
  ])('%s', async (_, settings, message) => {
    const files = { 'requirements.txt': await url({ settings }) };
    const secrets = { MY_TOKEN: 'geheim-4711', UV_INDEX_CORP_PASSWORD: 'geheim-4712' };
    const said = await refusal(files, 'uv', secrets);
    expect(said).toMatch(/^bad-requirements: pyproject\.toml of x @ git\+file:/);
    expect(said).toContain(message);
  });
});
