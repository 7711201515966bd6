/** A name that the project takes from elsewhere is never taken from the public index: with the quicker of the tools, and what is one tool's own. */
import { describe, expect, test } from '@jest/globals';
import { distributions, failure, hostTools, project, quickTool, resolved } from '../helper.js';
import {
  context,
  fromElsewhere,
  pdmSource,
  poetrySource,
  privateIndex,
  publicIndex,
  pyproject,
  uvIndex,
  versions,
  wheelUrl,
  type Case,
} from './projects-elsewhere-cases.js';

const withUv = hostTools.includes('uv');

const byIndex: readonly Case[] = [
  {
    what: 'uv, explicit index',
    settings: `[tool.uv.sources]\ntoolz = { index = "corp" }\n${uvIndex}explicit = true\n`,
  },
  {
    what: 'uv, index of a name',
    settings: `[tool.uv.sources]\nTool-Z = { index = "corp" }\ntoolz = { index = "corp" }\n${uvIndex}`,
  },
  { what: 'uv, first index', settings: uvIndex },
  { what: 'uv, extra-index-url', settings: `[tool.uv]\nextra-index-url = ["${privateIndex}"]\n` },
  {
    what: 'Poetry, source',
    settings: `[tool.poetry.dependencies]\ntoolz = { source = "corp" }\n${poetrySource('explicit')}`,
  },
  {
    what: 'Poetry, source, supplemental',
    settings: `[tool.poetry.dependencies]\ntoolz = { source = "corp" }\n${poetrySource('supplemental')}`,
  },
  { what: 'PDM, a source of its own', settings: pdmSource('include_packages = ["tool*"]\n') },
  { what: 'PDM, a source', settings: pdmSource() },
  { what: 'PDM, not for another name', settings: pdmSource('exclude_packages = ["idna"]\n') },
];

describe.each(quickTool)('from a folder, a repository or a file, with %s', fromElsewhere);

(withUv ? describe : describe.skip)('from an index, with uv', () => {
  test.each(byIndex)('$what', async (one) => expect(await versions(one, 'uv')).toEqual(['toolz-0.1']));

  test('other names still come from the public one', async () => {
    const settings = `[tool.uv.sources]\ntoolz = { index = "corp" }\n${uvIndex}explicit = true\n`;
    const at = await project({
      'pyproject.toml': `[project]\nname = "app"\ndependencies = ["toolz", "idna"]\n${settings}`,
    });
    const { root } = await resolved(at, { resolver: 'uv' }, context);
    expect(await distributions(root)).toEqual(['idna-3.1', 'toolz-0.1']);
  });

  test.each([
    ['uv', `[tool.uv.sources]\ncorp-a = { index = "corp" }\n${uvIndex}`],
    ['Poetry', `[tool.poetry.dependencies]\ncorp-a = { source = "corp" }\n${poetrySource('primary')}`],
  ])('%s: an index for all names is one for what a name of its own needs, too', async (what, settings) => {
    expect(await versions({ what, asks: 'corp-a', settings }, 'uv')).toEqual(['corp_a-1.0', 'toolz-0.1']);
  });

  test('PDM: what only another package asks for is refused', async () => {
    const error = await failureOf({
      what: '',
      asks: 'needs_toolz',
      settings: pdmSource('include_packages = ["toolz"]\n'),
    });
    expect(error).toBe(
      'resolution-failed: toolz is to come from the index "corp", and only another package asks for it.',
    );
  });
});

/** The public index has the newer one, so the private one is what uv would take. */
const barred = (globs: string): string => pdmSource(`exclude_packages = [${globs}]\n`);

(withUv ? describe : describe.skip)("PDM's exclude_packages, with uv", () => {
  test.each([
    ['a name', '"toolz"', 'toolz-9.0'],
    ['a glob', '"other", "tool*"', 'toolz-9.0'],
    ['everything', '"*"', 'toolz-9.0'],
    ['another spelling', '"TOOLZ"', 'toolz-9.0'],
    ['another name', '"idna"', 'toolz-0.1'],
  ])('%s', async (what, globs, version) => {
    expect(await versions({ what, settings: barred(globs) }, 'uv')).toEqual([version]);
  });

  test('include_packages of the same index comes first', async () => {
    const settings = pdmSource('include_packages = ["toolz"]\nexclude_packages = ["*"]\n');
    expect(await versions({ what: '', settings }, 'uv')).toEqual(['toolz-0.1']);
  });

  test('from one of two indexes, the other one is asked', async () => {
    const pypi = `[[tool.pdm.source]]\nname = "pypi"\nurl = "${publicIndex}"\n`;
    expect(await versions({ what: '', settings: `${barred('"toolz"')}${pypi}` }, 'uv')).toEqual([
      'toolz-9.0',
    ]);
  });

  test('what only another package asks for is refused', async () => {
    expect(await failureOf({ what: '', asks: 'needs_toolz', settings: barred('"toolz"') })).toBe(
      'resolution-failed: pyproject.toml keeps toolz from the index "corp", and it would come from there.',
    );
  });

  test('from all that there are is refused', async () => {
    const settings = barred('"toolz"').replace('"corp"', '"pypi"');
    expect(await failureOf({ what: '', settings })).toBe(
      'bad-requirements: pyproject.toml takes toolz from no index: exclude_packages keeps it from all of them.',
    );
  });
});

async function failureOf(one: Case, resolver: 'uv' | 'pip' = 'uv'): Promise<string> {
  const { code, message } = await failure(
    await project({ 'pyproject.toml': pyproject(one) }),
    { resolver, ...one.changes },
    context,
  );
  return `${code}: ${message}`;
}

describe('from an index, with pip: refused, never the public one', () => {
  test.each(byIndex)('$what', async (one) => {
    expect(await failureOf(one, 'pip')).toMatch(/^no-resolver: Only uv can resolve pyproject\.toml: /);
  });

  test.each([
    ['uv', `${uvIndex}default = true\n`],
    ['Poetry', poetrySource('primary')],
    ['PDM', pdmSource().replace('"corp"', '"pypi"')],
  ])('%s: one index in place of the public one is no question', async (_, settings) => {
    expect(await versions({ what: '', settings }, 'pip')).toEqual(['toolz-0.1']);
  });
});

test.each([
  [
    'uv',
    '[tool.uv.sources]\ntoolz = { index = "gone" }\n',
    /takes toolz from the index "gone", which no \[\[tool\.uv\.index\]\] describes/,
  ],
  [
    'Poetry',
    '[tool.poetry.dependencies]\ntoolz = { source = "gone" }\n',
    /which no \[\[tool\.poetry\.source\]\] describes/,
  ],
  [
    'uv, workspace',
    '[tool.uv.sources]\ntoolz = { workspace = true }\n',
    /a uv workspace that this folder is no member of/,
  ],
])('%s: a source that cannot be told is refused', async (_, settings, message) => {
  expect(await failureOf({ what: '', settings })).toMatch(message);
});

(withUv ? test : test.skip)('a source for one extra is none for another', async () => {
  const rest = '[project.optional-dependencies]\na = ["toolz"]\nb = ["toolz"]\n';
  const settings = `[tool.uv.sources]\ntoolz = { url = "${wheelUrl}", extra = "a" }\n`;
  const one = { what: '', asks: 'idna', rest, settings };
  expect(await versions({ ...one, changes: { extras: ['a'] } }, 'uv')).toContain('toolz-0.1');
  expect(await versions({ ...one, changes: { extras: ['b'] } }, 'uv')).toContain('toolz-9.0');
});
