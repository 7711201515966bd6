/** The functions of the API, called as a program calls them. */
import { getEventListeners } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build, check, diff, publishLayer, readManifest, verify, version } from '../../src/index.js';
import type { BuildOptions, ProgressEvent } from '../../src/index.js';
import { cli, environment, folder, hostPython, listing, smallTree, tree } from '../cli/helper.js';
import { startFakeAws, type FakeAws } from '../fake-aws/server.js';

const from = await smallTree();
const slow = await tree({ 'slow 1.0': { 'slow/__init__.py': 'import time\ntime.sleep(60)\n' } });
const cacheDir = path.join(await folder(), 'cache');

/** What every call here has: nothing of this machine's own settings. */
const around = { environment, config: false, cacheDir } as const;
const make = (cwd: string, more: BuildOptions = {}) =>
  build({ ...around, cwd, from, python: hostPython as '3.13', ...more });

describe('a build', () => {
  test('is what the command line makes, and tells of its steps', async () => {
    const [cwd, events] = [await folder(), [] as ProgressEvent[]];
    const built = await make(cwd, { onProgress: (event) => events.push(event) });
    expect(built).toMatchObject({ unchanged: false, out: path.join(cwd, '.lambda-slim') });
    const args = ['build', '--from', from, '--python', hostPython, '--out', 'typed', '--cache-dir', cacheDir];
    const { stdout } = await cli([...args, '--json'], { cwd });
    const typed = JSON.parse(stdout) as typeof built.manifest;
    const lasting = ({ artifacts, decisions, findings, stamp, packages }: typeof typed) => ({
      ...{ artifacts, decisions, findings, stamp, packages },
    });
    expect(lasting(built.manifest)).toEqual(lasting(typed));
    expect(typed.artifacts.length).toBeGreaterThan(0);
    expect(built.manifest.tool).toBe(`lambda-slim ${version}`);
    const ended = events.flatMap((one) => (one.type === 'end' ? [one.name] : []));
    expect(ended.slice(0, built.manifest.times.length)).toEqual(built.manifest.times.map(({ step }) => step));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['start', 'advance', 'note', 'end']));
    expect(await make(cwd)).toMatchObject({ unchanged: true });
  });

  test('has its cache where the variables that it is given say', async () => {
    const [cwd, home] = [await folder(), await folder()];
    const variables = { ...environment, HOME: home, XDG_CACHE_HOME: '' };
    await build({ environment: variables, config: false, cwd, from, python: hostPython as '3.13' });
    expect(await readdir(path.join(home, '.cache'))).toEqual(['lambda-slim']);
  });

  test('that is only a plan writes nothing', async () => {
    const cwd = await folder();
    const { out, manifest } = await make(cwd, { plan: true });
    expect({ out, artifacts: manifest.artifacts }).toEqual({ out: null, artifacts: [] });
    expect(await readdir(cwd)).toEqual([]);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, BuildOptions, string]>([
    ['a config file', {}, { config: undefined }, '3.9'],
    ['the environment over it', { LAMBDA_SLIM_PYTHON: '3.10' }, { config: undefined }, '3.10'],
    ['what is given over all', { LAMBDA_SLIM_PYTHON: '3.10' }, { config: undefined, python: '3.12' }, '3.12'],
    ['a file that is named', {}, { config: 'other.json' }, '3.11'],
    ['no file', {}, { config: false }, '3.13'],
  ])('%s has the say', async (_what, variables, more, expected) => {
    const cwd = await folder({ 'lambda-slim.toml': 'python = "3.9"\n', 'other.json': '{"python":"3.11"}' });
    const given = { ...around, environment: { ...environment, ...variables } };
    const { manifest } = await build({ ...given, cwd, from, plan: true, noProof: true, ...more });
    expect(manifest.target.python).toBe(expected);
  });

  test.each<readonly [string, object, string, string]>([
    ['a bad value', { python: '3.8' }, 'bad-option', 'The setting "python" is "3.8", but must be one of'],
    ['a bad type', { exclude: 7 }, 'bad-option', 'The setting "exclude" is 7, but must be a list'],
    ['a bad budget', { budgets: [{ what: 'size', max: 1 }] }, 'bad-option', 'The setting "budgets"'],
    ['an unknown key', { pyhton: '3.13' }, 'bad-option', 'There is no setting "pyhton".'],
    ['a folder that is not there', { folder: 'nowhere' }, 'not-found', 'nowhere is not there'],
    ['a config file that is not there', { config: 'no.toml' }, 'bad-config', 'no.toml'],
    ['an unknown variable', { environment: { LAMBDA_SLIM_X: '1' } }, 'bad-option', 'LAMBDA_SLIM_X'],
  ])('%s is a SlimError', async (_what, more, code, message) => {
    const cwd = await folder();
    const given = { ...around, cwd, from, ...more };
    // All of these are read by `check --build`'s parser, too: budgets are its own.
    const call = 'budgets' in more ? check({ ...given }) : build(given);
    await expect(call).rejects.toMatchObject({
      name: 'SlimError',
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('a signal', () => {
  test('that is aborted already: no work begins', async () => {
    const cwd = await folder();
    const events: ProgressEvent[] = [];
    const stopped = make(cwd, { signal: AbortSignal.abort(), onProgress: (event) => events.push(event) });
    await expect(stopped).rejects.toMatchObject({ name: 'SlimError', code: 'interrupted' });
    expect({ events, files: await readdir(cwd) }).toEqual({ events: [], files: [] });
  });

  test.each<readonly [BuildOptions, string]>([
    [{}, 'is in the cache'],
    [{ noCache: true }, 'Nothing was kept'],
  ])('stops what runs: %j', async (more, hint) => {
    const [cwd, stop] = [await folder(), new AbortController()];
    const began = performance.now();
    const stopped = make(cwd, {
      ...more,
      from: slow,
      signal: stop.signal,
      onProgress: ({ type, name }) => {
        if (type === 'start' && name === 'import before pruning') setTimeout(() => stop.abort(), 300);
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted', hint: expect.stringContaining(hint) });
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(await readdir(cwd)).toEqual([]);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  test('of one build leaves another alone, also while that one writes', async () => {
    const [cwd, stop] = [await folder(), new AbortController()];
    const stopped = make(await folder(), { from: slow, signal: stop.signal });
    const other = make(cwd, {
      noProof: true,
      onProgress: ({ type, name }) => {
        if (type === 'start' && name === 'read back') stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    const { out, manifest } = await other;
    expect(await listing(out ?? '')).toEqual(
      ['.gitignore', ...manifest.artifacts.map(({ file }) => file), 'lambda-slim.json'].sort(),
    );
  });
});

test.each<readonly [string, ProgressEvent['type'], string]>([
  ['early', 'start', 'inventory'],
  ['from within a stream', 'advance', 'compress'],
  ['with the last step', 'end', 'read back'],
])('an error of the caller, thrown %s, is thrown as it is', async (_when, type, name) => {
  const [cwd, mine] = [await folder(), new TypeError('mine')];
  const failed = make(cwd, {
    noCache: true,
    noProof: true,
    onProgress: (event) => {
      if (event.type === type && event.name === name) throw mine;
    },
  });
  await expect(failed).rejects.toBe(mine);
});

test('several at once, each with settings of its own', async () => {
  const cwd = await folder();
  const before = { directory: process.cwd(), variables: { ...process.env } };
  const pythons = ['3.9', '3.12', '3.14'] as const;
  const built = await Promise.all(
    pythons.map((python) => make(cwd, { python, out: python, noProof: true, exclude: ['beta'] })),
  );
  expect(built.map(({ manifest }) => manifest.target.python)).toEqual(pythons);
  expect((await readdir(cwd)).sort()).toEqual([...pythons].sort());
  expect({ directory: process.cwd(), variables: { ...process.env } }).toEqual(before);
});

describe('after a build', () => {
  let cwd = '';
  let aws: FakeAws;
  beforeAll(async () => {
    cwd = await folder();
    await make(cwd);
    await make(cwd, { out: 'less', exclude: ['beta'] });
    aws = await startFakeAws();
  });
  afterAll(() => aws.stop());

  test('check measures the last one, and what is named', async () => {
    const last = await check({ ...around, cwd, budgets: ['unzipped=1B', { what: 'zipped', max: '1 GiB' }] });
    expect(last.findings.map(({ code }) => code)).toEqual(['over-budget']);
    const named = await check({ ...around, cwd, what: 'less/layer.zip', writeBaseline: 'sizes.json' });
    expect(named).toMatchObject({ measured: { kind: 'zip', name: 'less/layer.zip' }, findings: [] });
    const grown = await check({ ...around, cwd, baseline: 'sizes.json', maxGrowth: '1%' });
    expect(grown.findings.map(({ code }) => code)).toEqual(['grown-too-much']);
  });

  test('check builds first when it is told to', async () => {
    const project = await folder({ 'lambda-slim.json': JSON.stringify({ from, noProof: true }) });
    const given = { environment, cacheDir, cwd: project, build: true, out: 'made' };
    const whole = await check(given);
    expect(whole.measured).toMatchObject({ kind: 'manifest', name: 'made' });
    // With the settings of a build, too: one object serves both.
    const less = await check({ ...given, exclude: ['beta'] });
    expect(less.measured.sizes.unzipped).toBeLessThan(whole.measured.sizes.unzipped);
    expect(await readManifest(path.join(project, 'made'))).toMatchObject({ manifestVersion: 1 });
  });

  test('diff compares two of them', async () => {
    const { packages, growth } = await diff({ cwd, before: '.lambda-slim', after: 'less' });
    expect(packages.map(({ name, change }) => [name, change])).toContainEqual(['beta', 'removed']);
    expect(growth.unzipped).toBeLessThan(0);
    await expect(diff({ cwd, before: 'less', after: 'none' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(diff({ cwd } as never)).rejects.toMatchObject({ code: 'bad-option' });
    const signal = AbortSignal.abort();
    const stopped = diff({ cwd, before: 'less', after: 'less', signal });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('readManifest reads what is there', async () => {
    expect((await readManifest(path.join(cwd, 'less'))).artifacts).toHaveLength(1);
    expect(await readManifest(cwd)).toEqual(await readManifest(path.join(cwd, '.lambda-slim')));
    await expect(readManifest(path.join(cwd, 'nowhere'))).rejects.toMatchObject({
      name: 'SlimError',
      code: 'no-manifest',
    });
  });

  test('verify refuses what is no build', async () => {
    const call = verify({ ...around, cwd, out: 'none' });
    await expect(call).rejects.toMatchObject({ name: 'SlimError', code: 'no-manifest' });
  });

  test('publishLayer asks AWS, and changes nothing in a dry run', async () => {
    const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_CONFIG_FILE: '/dev/null' };
    const given = { ...around, environment: { ...environment, ...keys }, endpointUrl: aws.endpoint };
    const where = { cwd, layerName: 'demo', regions: ['eu-central-1'] };
    const plan = await publishLayer({ ...given, ...where, dryRun: true });
    expect(plan.regions[0]?.layers).toMatchObject([{ name: 'demo', state: 'planned' }]);
    expect(aws.changes()).toEqual([]);
    const real = await publishLayer({ ...given, ...where });
    expect(real.regions[0]?.layers).toMatchObject([{ name: 'demo', state: 'published', version: 1 }]);
  });
});
