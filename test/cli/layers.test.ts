/** `build --layer` in its four forms, and what `check`, `diff` and `init` make of layers in the config file. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check, Diff } from '../../src/check/model.js';
import { account } from '../fake-aws/lambda.js';
import { startFakeAws } from '../fake-aws/server.js';
import { cli, entriesOf, folder, hostPython, manifestOf, type CliOptions } from './helper.js';

/** Installed packages, with RECORDs as a wheel has them. */
async function installed(
  packages: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<string> {
  const files: Record<string, string> = {};
  for (const [id, own] of Object.entries(packages)) {
    const info = `${id.replace(' ', '-')}.dist-info`;
    const [name = '', version = ''] = id.split(' ');
    const all = {
      ...own,
      [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    };
    const rows = Object.entries(all).map(([file, text]) => {
      const hash = createHash('sha256').update(text).digest('base64url');
      return `${file},sha256=${hash},${Buffer.byteLength(text)}\n`;
    });
    Object.assign(files, all, { [`${info}/RECORD`]: [...rows, `${info}/RECORD,,\n`].join('') });
  }
  return folder(files);
}

const beta = { 'beta 2.0': { 'beta/__init__.py': 'value = 1\n', 'beta/more.py': 'value = 2\n' } };
const alpha = { 'alpha 1.0': { 'alpha/__init__.py': 'import beta\n' } };
const both = await installed({ ...alpha, ...beta });
const quick = ['--python', hostPython, '--pyc', 'none', '--no-proof', '--quiet'];

let home = '';
const aws = await startFakeAws();
afterAll(() => aws.stop());
const arn = `arn:aws:lambda:eu-central-1:${account}:layer:base:1`;
const env = {
  ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' },
  ...{ AWS_REGION: 'us-east-1', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
};

/** A base layer of ours, as every form has it. */
beforeAll(async () => {
  home = await folder();
  await mkdir(path.join(home, 'base'));
  const args = ['build', 'base', '--from', await installed(beta), ...quick];
  expect((await cli(args, { cwd: home })).code).toBe(0);
  const zip = path.join(home, 'base/.lambda-slim/layer.zip');
  await cp(zip, path.join(home, 'base.zip'));
  execFileSync('python3', ['-m', 'zipfile', '-e', zip, path.join(home, 'open')]);
  give(await readFile(zip));
}, 240_000);

function give(zip: Buffer, sha256 = createHash('sha256').update(zip).digest('base64')): void {
  const input = { Content: {}, CompatibleRuntimes: [`python${hostPython}`], CompatibleArchitectures: [] };
  const version = { version: 1, arn, zip, sha256, unzipped: 10, statements: [], input };
  aws.lambda.layers.set('eu-central-1/base', { last: 1, versions: [version] });
}

const build = (layer: string, out: string, options: CliOptions = {}, ...more: readonly string[]) =>
  cli(['build', '--from', both, '--layer', layer, '--out', out, ...quick, ...more], {
    cwd: home,
    ...options,
  });

/** Alpha travels, and beta is the layer's. */
async function expectLeft(out: string): Promise<void> {
  const manifest = await manifestOf(path.join(home, out));
  expect(manifest.layers).toMatchObject([{ distributions: [{ name: 'beta', version: '2.0', left: true }] }]);
  const names = await entriesOf(path.join(home, out, 'layer.zip'));
  expect(names).toContain('python/alpha/__init__.py');
  expect(names.filter((name) => name.startsWith('python/beta/'))).toEqual([]);
}

describe('what the layer has is left to it', () => {
  test.each([
    ['a zip', 'base.zip'],
    ['a folder', 'open'],
    ['a manifest', 'base/.lambda-slim/lambda-slim.json'],
    ['an output folder', 'base/.lambda-slim'],
    ['a folder that was built', 'base'],
  ])('%s', async (_name, layer) => {
    const out = `out-${layer.replaceAll('/', '-')}`;
    const { code, stderr } = await build(layer, out);
    expect([code, stderr]).toEqual([0, '']);
    await expectLeft(out);
  });

  test('an ARN: asked once, in its own Region, compared, and kept for offline', async () => {
    aws.log.length = 0;
    expect((await build(arn, 'out-arn', { env })).code).toBe(0);
    await expectLeft('out-arn');
    expect(aws.log).toEqual(['eu-central-1 GET /2018-10-31/layers']);
    expect((await build(arn, 'out-again', {}, '--offline')).code).toBe(0);
    await expectLeft('out-again');
    const check = await cli(['check', 'out-arn', '--json', '--layer', arn], { cwd: home });
    expect((JSON.parse(check.stdout) as Check).layers).toMatchObject([{ name: arn }]);
    expect(aws.log).toHaveLength(1);
  });

  test('an ARN whose bytes are not those that AWS says is refused', async () => {
    const other = arn.replace('base:1', 'bad:1');
    const zip = await readFile(path.join(home, 'base.zip'));
    const input = { Content: {}, CompatibleRuntimes: [], CompatibleArchitectures: [] };
    const version = { version: 1, arn: other, zip, sha256: 'AAAA', unzipped: 1, statements: [], input };
    aws.lambda.layers.set('eu-central-1/bad', { last: 1, versions: [version] });
    const { code, stderr } = await build(other, 'out-bad', { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining('(hash-mismatch)')]);
  });
});

describe('in the config file', () => {
  const project = async (layers: string): Promise<string> => {
    const cwd = await folder({ 'lambda-slim.yaml': `layers: ["${layers}"]\n` });
    return cwd;
  };

  test('diff says which layer brings what is gone', async () => {
    const cwd = await project(path.join(home, 'base.zip'));
    await cli(['build', '--from', both, '--out', 'with', ...quick], { cwd });
    await writeFile(path.join(cwd, 'lambda-slim.yaml'), '{}\n');
    await cli(['build', '--from', both, '--out', 'without', ...quick], { cwd });
    const { stdout } = await cli(['diff', 'without', 'with', '--json'], { cwd });
    expect((JSON.parse(stdout) as Diff).packages).toMatchObject([
      { name: 'beta', change: 'removed', layer: expect.stringContaining('base.zip') },
    ]);
  });

  test('init attaches an ARN before the own layer, and refuses what only this machine has', async () => {
    const cwd = await project(arn);
    expect((await cli(['build', '--from', both, '--offline', ...quick], { cwd })).code).toBe(0);
    const made = await cli(['init', 'sam'], { cwd });
    expect([made.code, made.stderr]).toEqual([0, '']);
    const template = await readFile(path.join(cwd, 'template.yaml'), 'utf8');
    expect(template.replace(/\s+/g, ' ')).toMatch(
      new RegExp(`Layers: (?:- |\\[ ?)"?${arn}"?,? ?(?:- )?!Ref Packages`),
    );
    const local = await project(path.join(home, 'base.zip'));
    expect((await cli(['build', '--from', both, ...quick], { cwd: local })).code).toBe(0);
    const { code, stderr } = await cli(['init', 'sam'], { cwd: local });
    expect([code, stderr]).toEqual([2, expect.stringContaining('lies on this machine')]);
  });
});
