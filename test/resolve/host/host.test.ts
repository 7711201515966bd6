/** Resolving on this machine: with the quicker of the tools, and what no tool decides. */
import { describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Cache } from '../../../src/io/cache.js';
import {
  environment,
  failure,
  fixtures,
  quickTool,
  listing,
  offline,
  project,
  resolved,
  wheels,
} from '../helper.js';

import { hostTool, names, textsBelow } from './host-cases.js';

// pip takes about a second for each of its steps.
jest.setTimeout(60_000);

describe.each(quickTool)('%s', hostTool);

// What both do in the same code runs with the quicker one.
describe.each(quickTool)('shared by the tools (%s)', (resolver) => {
  test('an unchanged decision installs nothing; a damaged tree is made again; no bytecode, no scripts of ours', async () => {
    const folder = await project({ 'requirements.txt': `${offline}slim-plain\nslim-stable\n` });
    const first = await resolved(folder, { resolver });
    const made = (await stat(path.join(first.root, 'slim_plain', '__init__.py'))).ctimeMs;
    const second = await resolved(folder, { resolver });
    expect(second).toMatchObject({ root: first.root, key: first.key });
    expect((await stat(path.join(second.root, 'slim_plain', '__init__.py'))).ctimeMs).toBe(made);
    expect((await listing(first.root)).filter((name) => /__pycache__|\.lock$/.test(name))).toEqual([]);
    await rm(path.join(first.root, 'slim_plain', '__init__.py'));
    const third = await resolved(folder, { resolver });
    expect(await readFile(path.join(third.root, 'slim_plain', '__init__.py'), 'utf8')).toBe(
      "version = '2.0'\n",
    );
  });

  test('the key follows what is decided', async () => {
    const one = await resolved(await project({ 'requirements.txt': `${offline}slim-plain==1.0\n` }), {
      resolver,
    });
    const two = await resolved(await project({ 'requirements.txt': `${offline}slim-plain\n` }), { resolver });
    const limited = await resolved(
      await project({
        'requirements.txt': `${offline}slim-plain\n-c limits.txt\n`,
        'limits.txt': 'slim-plain<2\n',
      }),
      { resolver },
    );
    const arm = await resolved(await project({ 'requirements.txt': `${offline}slim-plain==1.0\n` }), {
      resolver,
      architecture: 'arm64',
    });
    expect(limited.key).toBe(one.key);
    expect(new Set([one.key, two.key, arm.key]).size).toBe(3);
  });

  test('an nvidia library without torch is left to the recipes', async () => {
    const folder = await project({ 'requirements.txt': `${offline}nvidia-slim-cu99\n` });
    expect(await names((await resolved(folder, { resolver })).root)).toEqual(['nvidia_slim_cu99']);
  });

  test('two at once', async () => {
    const folder = await project({ 'requirements.txt': `${offline}slim-plain\nslim-extra\n` });
    const [one, two] = await Promise.all([resolved(folder, { resolver }), resolved(folder, { resolver })]);
    expect(one.key).toBe(two.key);
    expect(await names(one.root)).toEqual(['slim_extra', 'slim_plain']);
  });

  test('nothing asked for: an empty tree', async () => {
    const folder = await project({ 'requirements.txt': '' });
    const { root, requested } = await resolved(folder, { resolver, code: folder });
    expect(await readdir(root)).toEqual([]);
    expect(requested).toEqual([]);
  });

  test.each([
    ['# nothing yet\n', 'requirements.txt asks for no package: nothing to build.'],
    [
      `${offline}slim-plain ; sys_platform == "win32"\n`,
      'Every line of requirements.txt is left out by its marker: nothing to build.',
    ],
  ])('%j and no code: says so', async (text, message) => {
    const error = await failure(await project({ 'requirements.txt': text }), { resolver });
    expect(error).toMatchObject({ code: 'nothing-to-build', message });
  });

  test('no secret is stored in the cache', async () => {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
    const cache = await Cache.open(cacheFolder, true);
    const folder = await project({
      'requirements.txt': `${offline}--extra-index-url http://me:hunter-22@127.0.0.1:9/simple\nslim-plain==1.0 --hash=sha256:${await hashOf('slim_plain-1.0-py3-none-any.whl')}\n`,
    });
    await resolved(folder, { resolver }, { cache });
    const texts = await textsBelow(cacheFolder);
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.join('\n')).not.toMatch(/hunter/);
  });
});

async function hashOf(name: string): Promise<string> {
  const { hashFile } = await import('../../../src/io/hash.js');
  return hashFile(path.join(wheels, name));
}

describe('the choice', () => {
  const fake = (name: string): Record<string, string | undefined> => ({
    ...environment,
    PATH: path.join(fixtures, 'programs', name),
  });

  test.each([
    ['auto', 'nothing', 'Neither uv nor a Python with pip is on PATH.'],
    ['uv', 'nothing', 'uv is not on PATH.'],
    ['pip', 'old-pip', 'pip 21.3 is too old: 22.2 or later is needed, for its installation report.'],
    ['uv', 'old-uv', 'uv 0.4.1 is too old (or has no platform for this glibc): 0.7.0 or later is needed.'],
  ] as const)('%s with %s', async (resolver, programs, message) => {
    const error = await failure(
      await project({ 'requirements.txt': 'x\n' }),
      { resolver },
      { environment: fake(programs) },
    );
    expect(error).toMatchObject({ code: 'no-resolver', message });
  });
});

describe('directory', () => {
  test('is used as it is', async () => {
    const folder = await project({
      'a/__init__.py': '',
      'a-1.dist-info/METADATA': 'Name: a\nRequires-Dist: b\nRequires-Dist: c; extra == "x"\n',
      'b-1.dist-info/METADATA': 'Name: b\n',
      'c-1.dist-info/METADATA': 'Name: c\n',
    });
    const before = await listing(folder);
    const first = await resolved(folder, { resolver: 'directory', from: folder });
    expect(first).toMatchObject({ root: folder, resolver: 'directory', requested: ['a', 'c'] });
    expect((await resolved(folder, { resolver: 'directory', from: folder })).key).toBe(first.key);
    expect(await listing(folder)).toEqual(before);
    await writeFile(path.join(folder, 'a', 'more.py'), 'x');
    expect((await resolved(folder, { resolver: 'directory', from: folder })).key).not.toBe(first.key);
  });

  test('a virtual environment means its site-packages', async () => {
    const folder = await project({ 'pyvenv.cfg': '', 'lib/python3.13/site-packages/a.py': '' });
    const { root } = await resolved(folder, { resolver: 'directory', from: folder });
    expect(root).toBe(path.join(folder, 'lib', 'python3.13', 'site-packages'));
  });

  test.each([
    ['gone', 'not-found'],
    ['.', 'nothing-to-build'],
  ])('%s: %s', async (name, code) => {
    const folder = await project({});
    expect((await failure(folder, { resolver: 'directory', from: path.join(folder, name) })).code).toBe(code);
  });
});
