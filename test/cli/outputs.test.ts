/** What packages call themselves reaches people and runners of jobs as text: every output, of every command that shows it. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { cli, folder, spawned, tree } from './helper.js';

const name = 'a\n::error title=x::pwned ##[error]\u001b[2J\u001b]0;pwn\u0007\u202egnp.py';
const version = '1.0\u001b[31m|<img src=x>`</details>`@everyone';
const metadata = `Metadata-Version: 2.1\nName: evil\nVersion: ${version}\n`;

// eslint-disable-next-line no-control-regex
const obeyed = /[\0-\x09\x0b-\x1f\x7f-\x9f\p{Bidi_Control}\u2028\u2029]/u;
const command = /^\s*::|##\[/m;

let from = '';
let out = '';
beforeAll(async () => {
  from = await tree({ 'evil 1.0': { 'evil/__init__.py': '', [`evil/${name}`]: 'x'.repeat(5000) } });
  await writeFile(path.join(from, 'evil-1.0.dist-info', 'METADATA'), metadata);
  out = path.join(await folder(), 'out');
  const built = await cli([
    'build',
    '--from',
    from,
    '--out',
    out,
    '--no-proof',
    '--pyc',
    'none',
    '--verbose',
  ]);
  expect(built.code).toBe(0);
  for (const text of [built.stdout, built.stderr]) {
    expect(text).not.toMatch(obeyed);
    expect(text).not.toMatch(command);
  }
  expect(built.stdout).toContain('\\n::error title=x::pwned');
});

test.each([
  ['why', ['why', 'evil', '--verbose']],
  ['why as JSON', ['why', 'evil', '--json']],
  ['a name that is not there', ['why', name]],
  ['check', ['check', 'OUT', '--budget', `file:**/*=1B`, '--verbose']],
  ['check of the zip', ['check', 'OUT/layer.zip', '--verbose']],
  ['check of the folder', ['check', 'FROM', '--json']],
  ['diff', ['diff', 'OUT', 'OUT/layer.zip', '--verbose']],
  ['diff in Markdown', ['diff', 'OUT', 'FROM', '--markdown', '-']],
  ['check in Markdown', ['check', 'FROM', '--markdown', '-']],
  ['an option', ['build', `--${name}`]],
  ['a folder', ['build', '--from', name]],
])('%s', async (_name, args) => {
  const line = args.map((one) => one.replace('OUT', out).replace('FROM', from));
  const { code, stdout, stderr } = await cli(line[0] === 'why' ? [...line, '--out', out] : line);
  expect(code).toBeLessThan(3);
  expect(`${stdout}${stderr}`).not.toBe('');
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(obeyed);
    expect(text).not.toMatch(command);
  }
});

test('a job summary has no tags of others, and calls nobody', async () => {
  const file = path.join(await folder(), 'summary.md');
  await cli(['check', from, '--markdown', file]);
  const text = await readFile(file, 'utf8');
  expect(text).not.toMatch(obeyed);
  expect(text).not.toMatch(/(?<!\\)<img|@everyone/);
  expect(text.match(/(?<!\\)<\/details>/g)).toHaveLength(1);
});

test('annotations are one line each, and no more than we make', async () => {
  const { stdout } = await cli(['check', out, '--github', '--budget', 'file:**/*=1B']);
  const commands = stdout.split('\n').filter((line) => /^\s*::/.test(line));
  expect(commands.length).toBeGreaterThan(0);
  for (const line of commands)
    expect(line).toMatch(/^::(?:error|warning|notice) title=lambda-slim [a-z-]+::/);
  expect(stdout).not.toMatch(obeyed);
});

test('what a library would warn of by itself is not written beside us', async () => {
  const cwd = await folder({ 'lambda-slim.yaml': 'keep:\n  !- "**/*.pem\u001b[2J"\n' });
  const { code, stderr } = await spawned(['build', '--plan'], { cwd });
  expect(code).toBe(2);
  expect(stderr).not.toMatch(/YAMLWarning/);
  expect(stderr).not.toMatch(obeyed);
});
