import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, stat, writeFile, copyFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileSource, inspectFile, stripFile } from '../../src/io/elf-file.js';
import { run } from '../program.js';
import { bufferSource } from '../../src/elf/source.js';
import { fixture, fixturePath, loadable, programs, strip } from '../elf/objects.js';

let work = '';
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'elf-file-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** The fixtures are for x86_64 Linux: elsewhere they are stripped and proven, but cannot be loaded. */
const native = process.platform === 'linux' && process.arch === 'x64';
const onNative = native ? test : test.skip;

const load = `
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
print([library.answer()] + ([library.length(2), library.thread_value(), library.thread_value()] if "module" not in sys.argv[1] else []))
`;

describe.each([...loadable, ...programs])('%s', (name) => {
  test('file and buffer give the same bytes, and the mode stays', async () => {
    const target = path.join(work, `same-${name}`);
    const result = await stripFile(fixturePath(name), target);
    const bytes = await readFile(target);
    expect(result).toEqual({ stripped: true, bytes: bytes.length });
    expect(Buffer.compare(bytes, strip(fixture(name)))).toBe(0);
    expect((await stat(target)).mode & 0o777).toBe((await stat(fixturePath(name))).mode & 0o777);
  });
});

describe('the loader takes the result', () => {
  onNative.each(loadable)('%s', async (name) => {
    const target = path.join(work, `load-${name}`);
    await stripFile(fixturePath(name), target);
    const [before, after] = await Promise.all(
      [fixturePath(name), target].map((file) => run('python3', ['-c', load, file])),
    );
    expect(after).toMatchObject({ ok: true, stdout: name.startsWith('module') ? '[42]' : '[42, 5, 7, 8]' });
    expect(after!.stdout).toBe(before!.stdout);
  });
  onNative.each(programs)('%s', async (name) => {
    const target = path.join(work, `run-${name}`);
    await stripFile(fixturePath(name), target);
    expect(await run(target, [])).toMatchObject({ ok: true, stdout: '42' });
  });
});

describe('what must not happen', () => {
  test('a file that is left alone leaves no destination', async () => {
    const target = path.join(work, 'appended.so');
    const result = await stripFile(fixturePath('appended.so'), target);
    expect(result).toMatchObject({
      stripped: false,
      because: expect.stringContaining('no header tells about'),
    });
    expect(existsSync(target)).toBe(false);
  });
  test('an existing destination, which may be a link to the source, is not touched', async () => {
    const target = path.join(work, 'existing.so');
    await copyFile(fixturePath('plain.so'), target);
    await expect(stripFile(target, target)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(stripFile(fixturePath('plain.so'), target)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(Buffer.compare(await readFile(target), fixture('plain.so'))).toBe(0);
  });
  test('a missing source', async () => {
    await expect(stripFile(path.join(work, 'none.so'), path.join(work, 'out.so'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(existsSync(path.join(work, 'out.so'))).toBe(false);
  });
  test('a source that is read-only stays so, and so does its copy', async () => {
    const source = path.join(work, 'read-only.so');
    const target = path.join(work, 'read-only-stripped.so');
    await copyFile(fixturePath('plain.so'), source);
    await chmod(source, 0o444);
    expect(await stripFile(source, target)).toMatchObject({ stripped: true });
    expect((await stat(target)).mode & 0o777).toBe(0o444);
  });
});

test('a file as a source reads as a buffer does', () => {
  const bytes = fixture('align64k.so');
  const file = new FileSource(fixturePath('align64k.so'));
  const buffer = bufferSource(bytes);
  try {
    expect(file.size).toBe(bytes.length);
    for (const [offset, length] of [
      [0, 64],
      [64, 1],
      [70_000, 20_000],
      [70_001, 9],
      [bytes.length, 0],
      [3, 100_000],
    ] as const) {
      expect(Buffer.compare(file.read(offset, length), buffer.read(offset, length))).toBe(0);
      const [one, other] = [new Uint8Array(length), new Uint8Array(length)];
      file.readInto(offset, one);
      buffer.readInto(offset, other);
      expect(Buffer.compare(one, other)).toBe(0);
    }
    for (const source of [file, buffer])
      for (const [offset, length] of [
        [bytes.length, 1],
        [-1, 4],
        [0, bytes.length + 1],
        [0.5, 1],
        [Number.NaN, 1],
      ] as const) {
        expect(() => source.read(offset, length)).toThrow(RangeError);
      }
    for (const source of [file, buffer])
      expect(() => source.readInto(bytes.length - 7, new Uint8Array(8))).toThrow(RangeError);
  } finally {
    file.close();
  }
});

describe('what a file is', () => {
  test.each([
    ['plain.so', 'elf', 'libplain.so.1'],
    ['archive.a', null, undefined],
    ['make.sh', null, undefined],
  ])('%s', async (name, format, soname) => {
    const seen = await inspectFile(fixturePath(name));
    expect(seen.format).toBe(format);
    expect(seen.elf?.soname).toBe(soname);
  });
  test('a damaged and an empty one', async () => {
    await writeFile(path.join(work, 'cut.so'), fixture('plain.so').subarray(0, 300));
    await writeFile(path.join(work, 'empty'), '');
    expect(await inspectFile(path.join(work, 'cut.so'))).toEqual({ format: 'elf', elf: null });
    expect(await inspectFile(path.join(work, 'empty'))).toEqual({ format: null, elf: null });
  });
});
