import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readConfig, settle } from '../../src/options/config.js';
import { parseValue } from '../../src/options/value.js';
import { checkOptions } from '../../src/options/table.js';
import { buildOptions } from '../../src/options/build.js';
import type { OptionRow } from '../../src/options/row.js';
import { configSchema } from '../../src/reference/schema.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lambda-slim config '));
});
afterEach(async () => rm(folder, { recursive: true }));

const rows: readonly OptionRow[] = buildOptions;
const row = (key: string): OptionRow => rows.find((one) => one.key === key)!;
const write = (name: string, text: string) => writeFile(path.join(folder, name), text);

describe('one parser for every source', () => {
  test.each([
    ['python', '3.13', '3.13'],
    ['ephemeralStorage', '1024', 1024],
    ['ephemeralStorage', 1024, 1024],
    ['excludeRuntime', true, true],
    ['excludeRuntime', 'true', true],
    ['excludeRuntime', '0', false],
    ['exclude', 'boto3, torch', ['boto3', 'torch']],
    ['exclude', ['boto3'], ['boto3']],
    ['exclude', ['boto3,torch', 'jax'], ['boto3', 'torch', 'jax']],
    ['keep', 'a/**, b/*.{so,pyd}', ['a/**', 'b/*.{so,pyd}']],
    ['keep', ['a,b/*.{so,pyd}'], ['a,b/*.{so,pyd}']],
    ['requirements', ['a,b.txt'], ['a,b.txt']],
    ['glibc', '2.34', '2.34'],
    ['arch', 'amd64', 'x86_64'],
    ['arch', 'AMD64', 'x86_64'],
    ['arch', 'x64', 'x86_64'],
    ['arch', 'linux/amd64', 'x86_64'],
    ['arch', 'aarch64', 'arm64'],
    ['python', 'python3.12', '3.12'],
    ['python', 'py3.12', '3.12'],
    ['python', 'Python3.14', '3.14'],
    ['python', 'cp310', '3.10'],
  ])('%s takes %j', (key, raw, value) => {
    expect(parseValue(row(key), raw, 'x')).toEqual(value);
  });

  test.each([
    ['python', '3.8', 'one of 3.9, 3.10'],
    ['python', 3.1, 'put it in quotes'],
    ['ephemeralStorage', '511', 'from 512 to 10240'],
    ['ephemeralStorage', '10241', 'from 512 to 10240'],
    ['ephemeralStorage', '1.5', 'whole number'],
    ['glibc', '234', 'like 2.34'],
    ['excludeRuntime', 'perhaps', 'true or false'],
    ['exclude', 7, 'a list of texts'],
    ['arch', 'armv7l', 'one of x86_64, arm64'],
    ['arch', 'constructor', 'one of x86_64, arm64'],
    ['python', '2.7', 'one of 3.9, 3.10'],
    ['python', 'python2.7', 'one of 3.9, 3.10'],
    ['python', '3.12.1', 'one of 3.9, 3.10'],
  ])('%s refuses %j', (key, raw, why) => {
    expect(() => parseValue(row(key), raw, 'here')).toThrow(why);
  });
});

describe('where a value comes from', () => {
  const sources = { flags: {}, environment: {}, config: null, cwd: '/work dir' };
  const config = {
    file: '/project/lambda-slim.json',
    values: { python: '3.12', out: 'dist', recipes: ['r.json'] },
  };

  test('default < config < environment < flag', () => {
    expect(settle(rows, sources).prune).toBe('safe');
    expect(settle(rows, sources).python).toBeUndefined();
    expect(settle(rows, { ...sources, config }).python).toBe('3.12');
    const environment = { LAMBDA_SLIM_PYTHON: '3.11' };
    expect(settle(rows, { ...sources, config, environment }).python).toBe('3.11');
    expect(settle(rows, { ...sources, config, environment, flags: { python: '3.14' } }).python).toBe('3.14');
  });

  test('a path is relative to where it was written', () => {
    expect(settle(rows, { ...sources, config }).out).toBe(path.resolve('/project/dist'));
    expect(settle(rows, { ...sources, config }).recipes).toEqual([path.resolve('/project/r.json')]);
    expect(settle(rows, { ...sources, config, flags: { out: 'here' } }).out).toBe(
      path.resolve('/work dir/here'),
    );
  });

  test('an unknown key names the nearest', () => {
    const wrong = { file: 'x.toml', values: { pyhton: '3.12' } };
    expect(() => settle(rows, { ...sources, config: wrong })).toThrow('unknown key "pyhton"');
    try {
      settle(rows, { ...sources, config: wrong });
    } catch (error) {
      expect(error).toMatchObject({
        code: 'bad-config',
        hint: expect.stringContaining('"python"') as unknown,
      });
    }
  });

  test('an unknown variable names the nearest', () => {
    expect(() => settle(rows, { ...sources, environment: { LAMBDA_SLIM_PYHTON: '3.12' } })).toThrow(
      'LAMBDA_SLIM_PYHTON',
    );
  });
});

describe('config files', () => {
  test.each([
    ['lambda-slim.json', '\uFEFF{"arch": "arm64"}'],
    ['lambda-slim.yaml', 'arch: arm64'],
    ['lambda-slim.yml', 'arch: arm64'],
    ['lambda-slim.toml', 'arch = "arm64"'],
    ['package.json', '{"name": "x", "lambda-slim": {"arch": "arm64"}}'],
    ['pyproject.toml', '[project]\nname = "x"\n[tool.lambda-slim]\narch = "arm64"'],
  ])('%s', async (name, text) => {
    await write(name, text);
    expect(await readConfig(folder, null)).toEqual({
      file: path.join(folder, name),
      values: { arch: 'arm64' },
    });
  });

  test('none, and files of others', async () => {
    expect(await readConfig(folder, null)).toBeNull();
    await write('package.json', '{"name": "x"}');
    await write('pyproject.toml', 'this is = = broken');
    expect(await readConfig(folder, null)).toBeNull();
  });

  test.each([
    ['lambda-slim.json', '{"arch": ', 'cannot be read'],
    ['lambda-slim.toml', 'arch = = 1', 'cannot be read'],
    ['lambda-slim.yaml', '- arm64', 'must hold a table'],
    ['pyproject.toml', '[tool.lambda-slim\n', 'cannot be read'],
  ])('%s with %j is refused', async (name, text, why) => {
    await write(name, text);
    await expect(readConfig(folder, null)).rejects.toThrow(why);
  });

  test('two at once, a missing one, a wrong kind', async () => {
    await write('lambda-slim.json', '{}');
    await write('lambda-slim.toml', '');
    await expect(readConfig(folder, null)).rejects.toThrow('Both lambda-slim.json and lambda-slim.toml');
    await expect(readConfig(folder, path.join(folder, 'no.json'))).rejects.toThrow('There is no config file');
    await mkdir(path.join(folder, 'sub'));
    await write('x.ini', '');
    await expect(readConfig(folder, path.join(folder, 'x.ini'))).rejects.toThrow('not a JSON, YAML or TOML');
  });
});

describe('the schema', () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(configSchema());
  test.each([
    [{ python: '3.12', exclude: ['boto3'], ephemeralStorage: 1024, excludeRuntime: true }, true],
    [{ $schema: 'x', requirements: ['requirements.txt'] }, true],
    [{ python: '3.8' }, false],
    [{ pyhton: '3.12' }, false],
    [{ ephemeralStorage: 10 }, false],
    [{ plan: true }, false],
    [{ budgets: [{ what: 'unzipped', max: '240 MiB', message: 'x' }, 'tmp=1GiB'] }, true],
    [{ budgets: [{ what: 'package:numpy', max: 1000 }] }, true],
    [{ budgets: [{ what: 'ziped', max: 1000 }] }, false],
    [{ budgets: [{ what: 'tmp' }] }, false],
    [{ budgets: [{ what: 'tmp', max: '1', maximum: 1 }] }, false],
    [{ patches: [{ package: 'keras', version: '>=2,<3', file: 'a.patch' }] }, true],
    [{ patches: [{ package: 'keras', file: 'x.py', replace: 'keras/x.py' }] }, true],
    [{ patches: [{ package: 'keras' }] }, false],
    [{ patches: [{ package: 'keras', file: 'a.patch', strip: 1 }] }, false],
    [{ layers: ['base.zip'], maxGrowth: '2%', baseline: 'git:main' }, true],
    [{ maxGrowth: 'much' }, false],
    [{ handler: 'app.handler', code: 'src' }, true],
    // The folder of the code, as it was before: the parser takes it with a note.
    [{ handler: 'src' }, true],
    [{ handler: './my code' }, true],
    [{ handler: '' }, false],
    [{ handler: 7 }, false],
    [{ verifyHandler: 'app.handler' }, true],
    [{ verifyHandler: 'src' }, false],
  ])('%j is %s', (document, valid) => {
    expect(validate(document)).toBe(valid);
  });

  test('accepts what the parser accepts, for every row', () => {
    const all: readonly OptionRow[] = [...rows, ...checkOptions];
    for (const one of all.filter((each) => each.inConfig !== false)) {
      const sample = {
        flag: true,
        integer: one.range?.[0] ?? 1,
        list: [one.pattern?.example ?? 'x'],
        budgets: [{ what: 'unzipped', max: '240 MiB', message: 'x' }],
        patches: [{ package: 'keras', version: '>=2,<3', file: 'a.patch' }, 'keras>=2,<3:a.patch'],
        models: { tmp: '1 GB', classifier: { url: 's3://models/classifier/', format: 'onnx', size: 7 } },
        text: one.choices?.[0] ?? one.pattern?.example ?? 'x',
      }[one.type];
      expect([one.key, validate({ [one.key]: sample })]).toEqual([one.key, true]);
      expect(() => parseValue(one, sample, one.key)).not.toThrow();
    }
  });
});
