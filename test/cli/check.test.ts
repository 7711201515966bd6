/** The command line of check: what it takes, what it writes, how it ends. */
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Check } from '../../src/check/model.js';
import { run } from '../program.js';
import { checkOptions } from '../../src/options/table.js';
import { commonOptions } from '../../src/options/common.js';
import { startGitHub, token } from '../check/github-server.js';
import { cli, folder, hostPython, manifestOf, smallTree, wheels } from './helper.js';
import { play } from './transcript.js';
import { makeZip, packageFiles } from './zips.js';

const MIB = 2 ** 20;
const cwd = await folder({
  'event.json': '{}',
  'notes.txt': 'no zip',
  'broken.zip': 'PK but no zip',
  'wrong.json': '{"some": "document"}',
  'cut.json': '{"manifestVersion": 1, "plan": {}}',
  'merged.json':
    '{"baselineVersion": 1, "sizes": {"zipped": 1, "unzipped": 1, "tmp": 0}, "packages": {"six": 5}}',
  'no-sizes.json': '{"baselineVersion": 1, "sizes": null, "packages": {}}',
  'damaged/lambda_slim_payloads/ab/index.json': '{"files": [{"path"',
  'odd/lambda_slim_payloads/ab/index.json': '{"files": {"path": 1}}',
});
await mkdir(path.join(cwd, 'empty'));
await makeZip(path.join(cwd, 'empty.zip'), {});
await makeZip(path.join(cwd, 'damaged.zip'), { 'python/lambda_slim_payloads/ab/index.json': 'null' });
const numpy = (version: string, mib: number) =>
  packageFiles('numpy', version, { 'numpy/__init__.py': 1000, 'numpy/core.so': mib * MIB });
const scipy = packageFiles('scipy', '1.17.0', { 'scipy/__init__.py': 500, 'scipy/linalg.so': 2 * MIB });
const plotly = packageFiles('plotly', '6.0.0', { 'plotly/__init__.py': 300, 'plotly/data.json': MIB });
await makeZip(path.join(cwd, 'before.zip'), { ...numpy('2.4.0', 3), ...plotly });
await makeZip(path.join(cwd, 'layer.zip'), { ...numpy('2.5.5', 4), ...scipy });
await makeZip(path.join(cwd, 'base-layer.zip'), packageFiles('pillow', '12.0.0', { 'PIL/core.so': 5 * MIB }));
const git = (...args: readonly string[]) =>
  run('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', ...args], { cwd });

async function check(...args: readonly string[]): Promise<{ code: number | null; check: Check }> {
  const { code, stdout } = await cli(['check', '--json', ...args], { cwd });
  return { code, check: JSON.parse(stdout) as Check };
}
const codesOf = ({ findings }: Check): readonly string[] => findings.map((one) => one.code);

test('--help has every option, and examples', async () => {
  const { code, stdout } = await cli(['check', '--help']);
  expect(code).toBe(0);
  for (const row of [...checkOptions, ...commonOptions]) expect(stdout).toContain(`--${row.name}`);
  expect(stdout).toContain('$ lambda-slim check --build --baseline git:origin/main');
});

test('golden transcript', async () => {
  const config = path.join(cwd, 'lambda-slim.json');
  await writeFile(
    config,
    JSON.stringify({
      budgets: [
        { what: 'unzipped', max: '6 MiB', message: 'Ask the platform team first.' },
        'package:scipy=3MiB',
      ],
    }),
  );
  const clean = (output: string): string => output.replace(/\d+\.\d s$/gm, '0.0 s');
  const { wanted, found } = await play('check', { cwd, clean });
  await rm(config);
  expect(found).toBe(wanted);
});

describe('what is checked', () => {
  const total = 4 * MIB + 2 * MIB + 1500;

  test('a zip, and its packages', async () => {
    const { code, check: answer } = await check('layer.zip');
    expect(code).toBe(0);
    expect(answer.measured).toMatchObject({ kind: 'zip', archives: [{ form: 'layer' }] });
    expect(answer.measured.sizes.unzipped).toBeGreaterThan(total);
    expect(answer.measured.packages.map((one) => [one.name, one.version])).toEqual([
      ['numpy', '2.5.5'],
      ['scipy', '1.17.0'],
    ]);
  });

  test('the same unzipped, as a folder', async () => {
    await run('python3', ['-m', 'zipfile', '-e', 'layer.zip', 'unpacked'], { cwd });
    const [zip, unpacked] = await Promise.all([check('layer.zip'), check('unpacked')]);
    expect(unpacked.check.measured.packages).toEqual(zip.check.measured.packages);
    expect(unpacked.check.measured.sizes).toEqual({ ...zip.check.measured.sizes, zipped: 0 });
  });

  test('a folder in which links lead nowhere', async () => {
    const place = await folder({ 'six-1.17.0.dist-info/RECORD': 'six.py,,\n', 'six.py': 'x' });
    await symlink('/nowhere', path.join(place, 'six-1.17.0.dist-info/METADATA'));
    const { code, check: answer } = await check(place);
    expect([code, answer.measured.sizes.unzipped]).toEqual([0, 10]);
  });

  test('the last build: manifest, its folder and its zip say the same', async () => {
    await cli(['build', '--from', await smallTree(), '--python', hostPython, '--no-proof'], { cwd });
    const answers = await Promise.all(
      [[], ['.lambda-slim'], ['.lambda-slim/lambda-slim.json'], ['.lambda-slim/layer.zip']].map((args) =>
        check(...args),
      ),
    );
    const [first] = answers;
    for (const { code, check: one } of answers) {
      expect([code, one.measured.sizes, one.measured.packages]).toEqual([
        0,
        first!.check.measured.sizes,
        first!.check.measured.packages,
      ]);
    }
  });

  test('--build builds first, with the budgets of the same config file', async () => {
    const place = await folder({
      'requirements.txt': `--no-index\n--find-links ${wheels}\nslim_extra\n`,
      'lambda-slim.json': `{"python": "${hostPython}", "budgets": [{ "what": "package:slim-extra", "max": 1 }]}`,
      'src/app.py': 'def handler(event, context): ...\n',
    });
    const own = ['--code', 'src', '--handler', 'app.handler'];
    const { code, stdout } = await cli(['check', '--build', '--json', ...own], { cwd: place });
    const answer = JSON.parse(stdout) as Check;
    expect([code, answer.measured.kind, codesOf(answer)]).toEqual([1, 'manifest', ['over-budget']]);
    expect(await manifestOf(path.join(place, '.lambda-slim'))).toMatchObject({
      handler: 'app.handler',
      artifacts: [{ file: 'function.zip' }],
    });
  });
});

describe('the answer', () => {
  test.each<readonly [string, readonly string[], 0 | 1, readonly string[]]>([
    ['all is well', [], 0, []],
    ['a budget is broken', ['--budget', 'unzipped=6MiB'], 1, ['over-budget']],
    [
      'several budgets',
      ['--budget', 'zipped=1', '--budget', 'package:scipy=1'],
      1,
      ['over-budget', 'over-budget'],
    ],
    ['an attached zip', ['--layer', 'base-layer.zip', '--budget', 'unzipped=11MiB'], 1, ['over-budget']],
    [
      'six layers',
      Array.from({ length: 5 }, () => ['--layer', 'base-layer.zip']).flat(),
      1,
      ['too-many-layers'],
    ],
    ['grown', ['--baseline', 'before.zip'], 0, []],
    ['grown too much', ['--baseline', 'before.zip', '--max-growth', '1MiB'], 1, ['grown-too-much']],
    ['grown as allowed', ['--baseline', 'before.zip', '--max-growth', '60%'], 0, []],
    ['no such file in that commit', ['--baseline', 'git:HEAD'], 0, ['no-baseline']],
  ])('%s', async (_name, args, code, codes) => {
    await git('init', '--quiet');
    await git('commit', '--quiet', '--allow-empty', '-m', 'Begin');
    const answer = await check('layer.zip', ...args);
    expect([answer.code, codesOf(answer.check)]).toEqual([code, codes]);
  });

  test('a baseline of a commit', async () => {
    const place = path.join(cwd, 'sub');
    await run('mkdir', ['-p', place]);
    await cli(['check', '../before.zip', '--write-baseline', 'lambda-slim-baseline.json'], { cwd: place });
    await git('init', '--quiet');
    await git('add', 'sub');
    await git('commit', '--quiet', '-m', 'Write the baseline');
    await git('tag', 'v1');
    await rm(path.join(place, 'lambda-slim-baseline.json'));
    for (const where of [
      'git:v1',
      'git:HEAD:lambda-slim-baseline.json',
      'git:v1:../sub/lambda-slim-baseline.json',
    ]) {
      const { stdout } = await cli(['check', '../layer.zip', '--json', '--baseline', where], { cwd: place });
      const { difference } = JSON.parse(stdout) as Check;
      expect(difference?.packages.map((one) => [one.name, one.change])).toEqual([
        ['scipy', 'added'],
        ['numpy', 'grown'],
        ['plotly', 'removed'],
      ]);
    }
  });
});

describe('what is refused ends with 2', () => {
  test.each<readonly [string, readonly string[], string]>([
    ['nothing there', ['nothing.zip'], 'not-found'],
    ['no build', ['--out', 'elsewhere'], 'no-manifest'],
    ['code without a build of it', ['--code', '.'], 'bad-option'],
    ['a handler without a build of it', ['--handler', 'app.handler'], 'bad-option'],
    ['no zip', ['broken.zip'], 'bad-archive'],
    ['a text', ['notes.txt'], 'bad-archive'],
    ['another document', ['wrong.json'], 'bad-manifest'],
    ['a manifest without its lists', ['cut.json'], 'bad-manifest'],
    ['a baseline with a package without a version', ['merged.json'], 'bad-baseline'],
    ['a baseline without sizes', ['layer.zip', '--baseline', 'no-sizes.json'], 'bad-baseline'],
    ['a folder with nothing in it', ['empty'], 'bad-archive'],
    ['a zip with nothing in it', ['empty.zip'], 'bad-archive'],
    ['a payload with a damaged index, in a folder', ['damaged'], 'bad-archive'],
    ['a payload with another index, in a folder', ['odd'], 'bad-archive'],
    ['a payload with a damaged index, in a zip', ['damaged.zip'], 'bad-archive'],
    ['a layer that is not there', ['layer.zip', '--layer', 'nothing.zip'], 'not-found'],
    ['a layer that is no zip', ['layer.zip', '--layer', 'broken.zip'], 'bad-archive'],
    [
      'an ARN without a version',
      ['layer.zip', '--layer', 'arn:aws:lambda:eu-west-1:123456789012:layer:base'],
      'bad-option',
    ],
    [
      'an ARN with another account',
      ['layer.zip', '--layer', 'arn:aws:lambda:eu-west-1:12345:layer:base:1'],
      'bad-option',
    ],
    ['a report over what is checked', ['layer.zip', '--markdown', './layer.zip'], 'bad-option'],
    ['two reports in one file', ['layer.zip', '--markdown', 'one.txt', '--junit', 'one.txt'], 'bad-option'],
    ['JUnit on standard output', ['layer.zip', '--junit', '-'], 'bad-option'],
    ['a budget about nothing', ['layer.zip', '--budget', 'ziped=1MiB'], 'bad-option'],
    ['growth without a baseline', ['layer.zip', '--max-growth', '1%'], 'bad-option'],
    [
      'growth that is no size',
      ['layer.zip', '--baseline', 'before.zip', '--max-growth', 'much'],
      'bad-option',
    ],
    ['a commit that is not there', ['layer.zip', '--baseline', 'git:nowhere'], 'bad-baseline'],
    ['a commit like an option', ['layer.zip', '--baseline', 'git:--help'], 'bad-baseline'],
    ['a baseline that is not there', ['layer.zip', '--baseline', 'nothing.json'], 'not-found'],
    ['two documents on standard output', ['layer.zip', '--markdown', '-'], 'bad-option'],
    ['a report where none can be', ['layer.zip', '--junit', 'notes.txt/report.xml'], 'output-unwritable'],
  ])('%s', async (_name, args, wanted) => {
    const { code, stdout, stderr } = await cli(['check', '--json', ...args], { cwd });
    const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
    expect([code, error.code]).toEqual([2, wanted]);
    expect(error.hint).not.toBe('');
    expect(stderr).not.toContain('✖');
  });

  test('what is damaged is named, with the file in it', async () => {
    const { stderr } = await cli(['check', 'damaged.zip'], { cwd });
    expect(stderr).toContain('damaged.zip: lambda_slim_payloads/ab/index.json is damaged');
  });

  test('a budget in the config file, with its place', async () => {
    const place = await folder({ 'lambda-slim.yaml': 'budgets:\n  - what: unzipped\n    maximum: 1 MiB\n' });
    const { code, stderr } = await cli(['check', path.join(cwd, 'layer.zip')], { cwd: place });
    expect(code).toBe(2);
    expect(stderr).toContain('"budgets" in ');
    expect(stderr).toContain('without the key "maximum"');
  });
});

test('in GitHub Actions: annotations, summary, outputs, and one comment', async () => {
  const github = await startGitHub('me/project', 12);
  const [summary, output] = ['summary.md', 'output.txt'].map((name) => path.join(cwd, name));
  const env = {
    GITHUB_API_URL: github.url,
    GITHUB_REPOSITORY: 'me/project',
    GITHUB_TOKEN: token,
    GITHUB_REF: 'refs/pull/12/merge',
    GITHUB_STEP_SUMMARY: summary!,
    GITHUB_OUTPUT: output!,
  };
  const args = [
    'check',
    'layer.zip',
    '--github',
    '--comment',
    '--baseline',
    'before.zip',
    '--title',
    'Size of it',
  ];
  const first = await cli([...args, '--budget', 'unzipped=6MiB'], { cwd, env });
  expect(first.code).toBe(1);
  expect(first.stdout).toContain('::error title=lambda-slim over-budget::unzipped has 6.0 MiB');
  expect(await readFile(summary!, 'utf8')).toMatch(/^### Size of it\n\n❌ 1 error\./);
  expect(await readFile(output!, 'utf8')).toMatch(
    /^ok=false\nzipped=\d+\nunzipped=\d+\ntmp=0\ngrowth=2\d{6}\n$/,
  );
  const second = await cli(args, { cwd, env });
  expect(second.code).toBe(0);
  expect(github.comments).toHaveLength(1);
  expect(github.comments[0]!.body).toContain('✅ Within every limit and budget.');
  expect(github.comments[0]!.body).toContain('| `plotly` | removed |');
  await github.close();
  const offline = await cli(args, { cwd, env });
  expect(offline.code).toBe(0);
  expect(offline.stdout).toContain('::warning title=lambda-slim comment-not-written::');
});

describe('annotations beside a document', () => {
  const budget = ['check', 'layer.zip', '--github', '--budget', 'unzipped=1KiB'];

  test.each([
    ['--json', (text: string) => (JSON.parse(text) as Check).findings[0]!.code],
    ['--markdown', (text: string) => /over-budget/.exec(text)?.[0]],
  ])('%s: they go to standard error', async (option, codeOf) => {
    const args = option === '--markdown' ? [option, '-'] : [option];
    const { code, stdout, stderr } = await cli([...budget, ...args], { cwd });
    expect([code, codeOf(stdout)]).toEqual([1, 'over-budget']);
    expect(stdout).not.toContain('::error');
    expect(stderr).toMatch(/^::error title=lambda-slim over-budget::unzipped has /m);
  });

  test('with the text they follow it', async () => {
    const { stdout, stderr } = await cli(budget, { cwd });
    expect(stdout).toMatch(/^::error title=lambda-slim over-budget::/m);
    expect(stderr).not.toContain('::error');
  });
});

describe('a baseline in git where there is none', () => {
  const about = async (place: string, env: Readonly<Record<string, string>> = {}) => {
    const args = ['check', path.join(cwd, 'layer.zip'), '--json', '--baseline', 'git:HEAD'];
    const { stdout } = await cli(args, { cwd: place, env });
    return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error;
  };

  test('outside a repository', async () => {
    const place = await folder({ 'a.txt': '' });
    const error = await about(place, { LANGUAGE: 'de', LC_ALL: 'de_DE.UTF-8' });
    expect(error.code).toBe('bad-baseline');
    expect(error.message).toContain('is not in a git repository');
    expect(error.hint).not.toContain('shallow');
  });

  test('in a repository of another user', async () => {
    const place = await folder({ 'a.txt': '' });
    await run('git', ['init', '--quiet'], { cwd: place });
    const error = await about(place, { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' });
    expect(error.message).toContain('does not trust the repository');
    expect(error.hint).toContain('safe.directory');
  });
});
