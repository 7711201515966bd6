/** What was changed after it was installed is named; what installers change by right is not. */
import { createHash } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, codesOf, folder, manifestOf, offline } from '../cli/helper.js';
import { fixture } from '../elf/objects.js';

const hash = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('base64url');

type Files = Readonly<Record<string, string | Buffer>>;

/** An installed tree whose RECORDs have the hash of each file. */
async function installed(all: Readonly<Record<string, Files>>): Promise<string> {
  const files: Record<string, string | Buffer> = {};
  for (const [name, own] of Object.entries(all)) {
    const info = `${name}-1.0.dist-info`;
    const rows = Object.entries(own).map(
      ([file, content]) => `${file},sha256=${hash(content)},${content.length}`,
    );
    Object.assign(files, own, {
      [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
      [`${info}/RECORD`]: [...rows, `${name}/__pycache__/x.cpython-313.pyc,,`, `${info}/RECORD,,`, ''].join(
        '\n',
      ),
    });
  }
  return folder(files);
}

async function build(from: string, ...more: readonly string[]) {
  const out = path.join(from, '..', 'out');
  const args = ['build', '--from', from, '--out', out, '--no-proof', '--pyc', 'none', '--python', '3.13'];
  const result = await cli([...args, ...more]);
  expect([result.code, result.stderr]).toEqual([0, expect.any(String)]);
  return (await manifestOf(out)).findings.filter(({ code }) => code === 'differs-from-record');
}

const alpha = {
  'alpha/__init__.py': 'one = 1\n',
  'alpha/data.txt': 'data\n',
  'alpha/core.so': Buffer.from(fixture('plain.so')),
};

test('what is as it was installed is no news', async () => {
  expect(await build(await installed({ alpha }))).toEqual([]);
});

describe('named with its distribution', () => {
  test.each<readonly [string, string, (file: string) => Promise<void>]>([
    ['a longer file', 'alpha/data.txt', (file) => appendFile(file, 'MOD\n')],
    ['a file of the same size', 'alpha/__init__.py', (file) => writeFile(file, 'one = 2\n')],
    [
      'a library, which is stripped',
      'alpha/core.so',
      async (file) => {
        const bytes = await readFile(file);
        const at = bytes.indexOf('GCC: (');
        expect(at).toBeGreaterThan(0);
        bytes[at] = 0x47 ^ 1;
        await writeFile(file, bytes);
      },
    ],
  ])('%s', async (_name, name, change) => {
    const from = await installed({ alpha });
    await change(path.join(from, name));
    const found = [
      { code: 'differs-from-record', args: { distribution: 'alpha', version: '1.0', paths: [name] } },
    ];
    expect(await build(from)).toEqual(found);
    expect(await build(from, '--format', 'directory')).toEqual(found);
  });
});

test('what does not travel is not looked at, nor bytecode, which RECORD lists without a hash', async () => {
  const from = await installed({ alpha });
  await appendFile(path.join(from, 'alpha/data.txt'), 'MOD\n');
  expect(await build(from, '--drop', '**/data.txt')).toEqual([]);
});

test('of two that bring one file, either may be right', async () => {
  const shared = (content: string): Files => ({ 'both/__init__.py': content });
  const from = await installed({ alpha: shared('one = 1\n'), beta: shared('two = 2\n') });
  expect(await build(from)).toEqual([]);
  await writeFile(path.join(from, 'both/__init__.py'), 'one = 3\n');
  expect(await build(from)).toHaveLength(1);
});

test('a wheel that pip has installed, with its scripts, is as it was installed', async () => {
  const cwd = await folder({ 'requirements.txt': `${offline}slim-plain\n` });
  const args = ['build', '--resolver', 'pip', '--no-proof', '--pyc', 'none', '--python', '3.13'];
  expect(await cli(args, { cwd })).toMatchObject({ code: 0 });
  expect(codesOf(await manifestOf(path.join(cwd, '.lambda-slim')))).not.toContain('differs-from-record');
});
