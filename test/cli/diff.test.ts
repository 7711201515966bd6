/** The command line of diff. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { Diff } from '../../src/check/model.js';
import { cli, folder, hostPython, tree } from './helper.js';
import { play } from './transcript.js';
import { makeZip, packageFiles } from './zips.js';

const cwd = await folder();
const MIB = 2 ** 20;
const numpy = (version: string, mib: number) =>
  packageFiles('numpy', version, { 'numpy/__init__.py': 1000, 'numpy/core.so': mib * MIB });
await makeZip(path.join(cwd, 'before.zip'), {
  ...numpy('2.4.0', 3),
  ...packageFiles('plotly', '6.0.0', { 'plotly/data.json': MIB }),
  ...packageFiles('six', '1.16.0', { 'six.py': 34_000 }),
});
await makeZip(path.join(cwd, 'after.zip'), {
  ...numpy('2.5.5', 4),
  ...packageFiles('scipy', '1.17.0', { 'scipy/linalg.so': 2 * MIB }),
  ...packageFiles('six', '1.17.0', { 'six.py': 34_000 }),
});

test('golden transcript', async () => {
  const { wanted, found } = await play('diff', { cwd });
  expect(found).toBe(wanted);
});

test('two builds: strategy and findings, too', async () => {
  const alpha = { 'alpha/__init__.py': 'value = 1\n', 'alpha/tests/__init__.py': '' };
  const [first, second] = [
    await tree({ 'alpha 1.0': alpha }),
    await tree({ 'alpha 1.1': alpha, 'six 1.17.0': { 'six.py': 'value = 1\n' } }),
  ];
  const build = (from: string, out: string, ...args: readonly string[]) =>
    cli(
      ['build', '--from', from, '--out', out, '--python', hostPython, '--no-proof', '--pyc', 'none', ...args],
      {
        cwd,
      },
    );
  const codes = [
    (await build(first, 'old')).code,
    (await build(second, 'new', '--format', 'directory', '--drop', 'nothing/**')).code,
  ];
  expect(codes).toEqual([0, 0]);
  const { code, stdout } = await cli(['diff', 'old', 'new/lambda-slim.json', '--json'], { cwd });
  const diff = JSON.parse(stdout) as Diff;
  expect(code).toBe(0);
  expect([diff.before.strategy, diff.after.strategy]).toEqual(['layer', 'directory']);
  expect(diff.packages.map((one) => [one.name, one.change])).toEqual([
    ['six', 'added'],
    ['alpha', 'version'],
  ]);
  expect(diff.findings?.added.map((one) => one.code)).toContain('drop-matched-nothing');
  const text = await cli(['diff', 'old', 'new', '--markdown', 'diff.md'], { cwd });
  expect(text.stdout).toContain('strategy layer → directory');
  expect(text.stdout).toContain('new findings\n');
  const markdown = await readFile(path.join(cwd, 'diff.md'), 'utf8');
  expect(markdown).toContain('Strategy `layer` → `directory`');
  expect(markdown).toContain('- ⚠️ **drop-matched-nothing** --drop nothing/\\*\\* matched no file.');
});

test.each<readonly [string, readonly string[], string]>([
  ['one is not there', ['before.zip', 'nothing.zip'], 'not-found'],
  ['only one', ['before.zip'], 'bad-option'],
  ['two documents on standard output', ['before.zip', 'after.zip', '--markdown', '-'], 'bad-option'],
])('%s: refused', async (_name, args, wanted) => {
  const { code, stdout } = await cli(['diff', '--json', ...args], { cwd });
  const { error } = JSON.parse(stdout) as { error: { code: string } };
  expect([code, error.code]).toEqual([2, wanted]);
});
