import { mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SlimError } from '../../src/errors.js';
import { checkOutput, manifestName, removeDrafts, writeOutput } from '../../src/io/output-folder.js';
import { scratch } from '../pack/helpers.js';
import { run } from '../program.js';

const scratchFolder = scratch();

/** A build that writes these files, and a manifest that names them. */
const producing =
  (files: Readonly<Record<string, string>>) =>
  async (folder: string): Promise<string> => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), content);
    }
    const tops = [...new Set(Object.keys(files).map((name) => name.split('/')[0]!))];
    const artifacts = tops.map((file) => ({
      file,
      fileCount: Object.keys(files).filter((name) => name === file || name.startsWith(`${file}/`)).length,
    }));
    await writeFile(path.join(folder, manifestName), JSON.stringify({ manifestVersion: 1, artifacts }));
    return 'done';
  };

const failing =
  (error: unknown) =>
  async (folder: string): Promise<never> => {
    await writeFile(path.join(folder, 'half'), 'half');
    throw error;
  };

const caught = async (work: Promise<unknown>): Promise<SlimError> => {
  const error: unknown = await work.then(
    () => null,
    (one: unknown) => one,
  );
  if (error instanceof SlimError) return error;
  throw new Error(`not a SlimError: ${String(error)}`);
};

describe('a place where no folder can be is output-unwritable', () => {
  test.each([
    ['a name that is too long', 'n'.repeat(300)],
    ['a path that is too long', `${'d/'.repeat(3000)}x`],
    ['NUL', 'a\0b'],
    ['/proc', '/proc/x'],
  ])('%s', async (_name, out) => {
    const place = path.resolve(await scratchFolder(), out);
    const error = await caught(
      checkOutput(place).then(() => writeOutput(place, producing({ 'a.zip': '1' }))),
    );
    expect(error.code).toBe('output-unwritable');
  });

  const isRoot = process.getuid?.() === 0;
  (isRoot ? test : test.skip)(
    `a mount that is only read${isRoot ? '' : ' (needs root, to mount one)'}`,
    async () => {
      const place = path.join(await scratchFolder(), 'mount');
      await mkdir(place);
      const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', place]);
      // A container may forbid it to root, too.
      if (!mounted.ok) return;
      try {
        expect((await caught(writeOutput(place, producing({ 'a.zip': '1' })))).code).toBe(
          'output-unwritable',
        );
        expect(await readdir(path.dirname(place))).toEqual(['mount']);
      } finally {
        await run('umount', [place]);
      }
    },
  );
});

describe('the output folder', () => {
  test('is made with its parents, and replaced as a whole', async () => {
    const root = await scratchFolder();
    const out = path.join(root, 'some where', 'out');
    expect(await writeOutput(out, producing({ 'old.zip': '1', 'package/a': '1' }))).toBe('done');
    await writeOutput(out, producing({ 'new.zip': '2' }));
    expect((await readdir(out)).sort()).toEqual([manifestName, 'new.zip']);
    expect(await readdir(path.dirname(out))).toEqual(['out']);
  });

  test('may be empty, may hold litter, may be a link', async () => {
    const root = await scratchFolder();
    const out = path.join(root, 'out');
    await mkdir(out);
    await writeFile(path.join(out, '.DS_Store'), '');
    await symlink('out', path.join(root, 'link'));
    await writeOutput(path.join(root, 'link'), producing({ 'a.zip': '1' }));
    expect((await readdir(out)).sort()).toEqual(['a.zip', manifestName]);
    expect(await realpath(path.join(root, 'link'))).toBe(await realpath(out));
    expect((await readdir(root)).sort()).toEqual(['link', 'out']);
  });

  test.each([
    ['of somebody else', { 'thesis.txt': '1' }, {}, ['thesis.txt']],
    [
      'with a manifest of another tool',
      { 'x.txt': '1', [manifestName]: '{"x": 1}' },
      {},
      [manifestName, 'x.txt'],
    ],
    ['of ours with a foreign file', { 'mine.txt': '1' }, { 'a.zip': '1' }, ['mine.txt']],
    [
      "of ours with somebody else's verification",
      { 'verification.json': '{}' },
      { 'a.zip': '1' },
      ['verification.json'],
    ],
    [
      'of ours with a foreign file in its package',
      { 'package/mine.py': '1' },
      { 'package/a': '1' },
      ['package/ (1 more files than were built)'],
    ],
  ] as const)('%s is refused, and nothing is lost', async (_name, foreign, ours, named) => {
    const root = await scratchFolder();
    const out = path.join(root, 'out');
    if (Object.keys(ours).length > 0) await writeOutput(out, producing(ours));
    for (const [name, content] of Object.entries(foreign)) {
      await mkdir(path.dirname(path.join(out, name)), { recursive: true });
      await writeFile(path.join(out, name), content);
    }
    const before = await readdir(out, { recursive: true });
    const error = await caught(writeOutput(out, producing({ 'b.zip': '2' })));
    expect(error.code).toBe('output-not-ours');
    expect([...error.details].sort()).toEqual([...named].sort());
    expect((await caught(checkOutput(out))).code).toBe('output-not-ours');
    expect(await readdir(out, { recursive: true })).toEqual(before);
    expect(await readdir(root)).toEqual(['out']);
  });

  test('that is a file is refused', async () => {
    const out = path.join(await scratchFolder(), 'out');
    await writeFile(out, 'precious');
    expect((await caught(writeOutput(out, producing({})))).code).toBe('output-not-ours');
    expect(await readFile(out, 'utf8')).toBe('precious');
  });

  test.each([
    ['an error of its own', new SlimError('archive-differs', 'x', { hint: 'y' }), 'archive-differs'],
    ['a full disk', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' }), 'disk-full'],
    [
      'a read-only disk',
      Object.assign(new Error('EROFS'), { code: 'EROFS', syscall: 'open' }),
      'output-unwritable',
    ],
  ])(
    'stays as it was when the build fails by %s, and nothing is left beside it',
    async (_name, error, code) => {
      const root = await scratchFolder();
      const out = path.join(root, 'deep', 'out');
      expect((await caught(writeOutput(out, failing(error)))).code).toBe(code);
      expect(await readdir(root)).toEqual([]);
      await writeOutput(out, producing({ 'a.zip': '1' }));
      expect((await caught(writeOutput(out, failing(error)))).code).toBe(code);
      expect(await readFile(path.join(out, 'a.zip'), 'utf8')).toBe('1');
      expect(await readdir(path.dirname(out))).toEqual(['out']);
    },
  );

  test('a file that appears during the build is not lost', async () => {
    const root = await scratchFolder();
    const out = path.join(root, 'out');
    const build = writeOutput(out, async (folder) => {
      await mkdir(out);
      await writeFile(path.join(out, 'mine'), '1');
      return producing({ 'a.zip': '1' })(folder);
    });
    expect((await caught(build)).details).toEqual(['mine']);
    expect(await readdir(out)).toEqual(['mine']);
    expect(await readdir(root)).toEqual(['out']);
  });

  test('below a file is unwritable', async () => {
    const root = await scratchFolder();
    await writeFile(path.join(root, 'file'), '');
    const error = await caught(writeOutput(path.join(root, 'file', 'out'), producing({})));
    expect(error.code).toMatch(/^output-(unwritable|not-ours)$/);
  });

  test('a build that is given up while it writes several files at once leaves no draft', async () => {
    const root = await scratchFolder();
    const writers: Promise<void>[] = [];
    const given = writeOutput(path.join(root, 'out'), (folder) => {
      for (let writer = 0; writer < 8; writer++)
        writers.push(
          (async () => {
            // Each is in the middle of something; nothing tells it to stop.
            for (let file = 0; file < 60; file++) {
              await mkdir(path.join(folder, `${writer}-${file}`)).catch(() => {});
              await writeFile(path.join(folder, `${writer}-${file}`, 'x'), 'x').catch(() => {});
            }
          })(),
        );
      return new Promise<never>((_, reject) => setTimeout(() => reject(new Error('given up')), 5));
    });
    await expect(given).rejects.toThrow('given up');
    await Promise.all(writers);
    expect(await readdir(root)).toEqual([]);
  });

  test('an interrupted build leaves no draft', async () => {
    const root = await scratchFolder();
    await writeOutput(path.join(root, 'out'), async (folder) => {
      expect(await readdir(root)).toHaveLength(1);
      removeDrafts();
      expect(await readdir(root)).toEqual([]);
      await mkdir(folder);
      await producing({ 'a.zip': '1' })(folder);
    });
    expect(await readdir(root)).toEqual(['out']);
    await rm(root, { recursive: true });
  });
});
