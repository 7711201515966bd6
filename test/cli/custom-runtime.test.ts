/** A build for a newer glibc than Lambda's runtime has is known as such by every command. */
import { beforeAll, expect, test } from '@jest/globals';
import { cli, folder, hostPython, listing, manifestOf, smallTree } from './helper.js';

const said = `Built for glibc 2.39, and Lambda's own python${hostPython} has`;
let cwd = '';
let built = '';

beforeAll(async () => {
  cwd = await folder();
  const args = ['build', '--from', await smallTree(), '--python', hostPython, '--glibc', '2.39', '--quiet'];
  built = (await cli(args, { cwd })).stdout;
});

test('build warns, and names no runtime', () => {
  expect(built).toContain(said);
  expect(built).toContain('container image with glibc 2.39');
  expect(built).not.toContain('--compatible-runtimes');
});

test('check warns, in JSON, too', async () => {
  const { code, stdout } = await cli(['check'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain(said);
  const { findings } = JSON.parse((await cli(['check', '--json'], { cwd })).stdout) as {
    readonly findings: readonly object[];
  };
  expect(findings).toMatchObject([{ code: 'custom-runtime', args: { glibc: '2.39', python: hostPython } }]);
});

test.each(['sam', 'cdk', 'serverless', 'terraform'])(
  'init %s refuses the managed runtime, and says what it needs',
  async (kind) => {
    const before = await listing(cwd);
    const { code, stderr } = await cli(['init', kind], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).toContain('COPY .lambda-slim/layer.zip /tmp/');
    expect(stderr).not.toContain('provided.al2023 (');
    expect(await listing(cwd)).toEqual(before);
  },
);

test('an older glibc is no reason: Lambda has a newer one', async () => {
  const place = await folder();
  const args = ['build', '--from', await smallTree(), '--python', hostPython, '--glibc', '2.17', '--quiet'];
  expect((await cli(args, { cwd: place })).stdout).not.toContain('Built for glibc');
  expect((await manifestOf(`${place}/.lambda-slim`)).target).toMatchObject({ custom: false, glibc: '2.17' });
});
