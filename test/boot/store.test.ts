import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lstat, mkdir, readFile, readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { remove, start } from '../real/helper-build.js';
import {
  both,
  fixture,
  kept,
  makePackage,
  makePlace,
  openedFolder,
  pythons,
  run,
  single,
  useBoth,
} from './helper.js';
import type { Made, Place } from './helper.js';

let place: Place;
let made: Made;
beforeAll(async () => {
  place = await makePlace(useBoth);
  made = await makePackage(place.layer, both);
});
afterAll(async () => remove(place.root));

describe.each(pythons)('Python %s', (_, python) => {
  const fresh = async (): Promise<void> => rm(place.tmp, { recursive: true, force: true });
  const opened = (...names: readonly string[]): string => path.join(openedFolder(place, made), ...names);

  test('files, modes, links and folders are as the index says', async () => {
    await fresh();
    expect(await run(python, place)).toMatchObject({ ok: [42, 3, 3] });
    expect((await readdir(opened())).sort()).toEqual(['.whole', 'lib', 'python']);
    expect(await readFile(opened('lib/liblarge.so.2'))).toEqual(await readFile(fixture('liblarge.so.2')));
    expect(await readlink(opened('lib/libbase.so.1'))).toBe(
      path.join(place.layer, 'python/slimlib.libs/libbase.so.1'),
    );
    expect(await readdir(opened('python'))).toEqual(['slimtree']);
    const tree = opened('python/slimtree');
    expect((await readdir(tree)).sort()).toEqual([
      '__init__.py',
      'alias.bin',
      'data.bin',
      'empty.txt',
      'nested.py',
      'plain.py',
      'sub',
      'tool',
    ]);
    expect((await lstat(tree)).isDirectory()).toBe(true);
    expect((await lstat(path.join(tree, 'tool'))).mode & 0o777).toBe(0o755);
    expect((await lstat(path.join(tree, 'nested.py'))).mode & 0o777).toBe(0o644);
    expect((await lstat(path.join(tree, 'empty.txt'))).size).toBe(0);
    expect((await lstat(path.join(tree, 'data.bin'))).size).toBe(700_000);
    expect(await readlink(path.join(tree, 'alias.bin'))).toBe('data.bin');
    expect(await readlink(path.join(tree, 'sub'))).toBe(path.join(place.layer, 'python/slimtree/sub'));
  });

  test('eight processes at once: one unpacks, all can import', async () => {
    await fresh();
    const answers = await Promise.all(Array.from({ length: 8 }, async () => run(python, place)));
    expect(answers.map(({ ok }) => ok)).toEqual(Array.from({ length: 8 }, () => [42, 3, 3]));
    const sources = answers.map(({ debug }) => debug[0]?.source).sort();
    expect(sources).toEqual([...Array.from({ length: 7 }, () => 'already-open'), 'package']);
    expect(await kept(place)).toEqual([made.digest, `${made.digest}.lock`]);
  });

  test('the same bytes on one processor, without other threads', async () => {
    await fresh();
    const answer = await run(python, place, { before: ['taskset', '-c', '0'] });
    expect(answer).toMatchObject({ ok: [42, 3, 3] });
    expect(answer.debug[0]?.threads).toBe(1);
  });

  test.each([
    ['a file', async () => rm(opened('python/slimtree/nested.py'))],
    ['a part of a file', async () => truncate(opened('python/slimtree/data.bin'), 5)],
    ['a link into the package', async () => rm(opened('python/slimtree/plain.py'))],
    ['the mark', async () => rm(opened('.whole'))],
    ['all files', async () => rm(opened('python'), { recursive: true })],
    [
      'the mark for a pipe',
      async () => {
        await rm(opened('.whole'));
        expect((await start('mkfifo', [opened('.whole')])).code).toBe(0);
      },
    ],
    [
      'an empty file for a pipe',
      async () => {
        await rm(opened('python/slimtree/empty.txt'));
        expect((await start('mkfifo', [opened('python/slimtree/empty.txt')])).code).toBe(0);
      },
    ],
  ])('opened again when %s was deleted in /tmp', async (_what, damage) => {
    await fresh();
    await run(python, place);
    await damage();
    const answer = await run(python, place);
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(answer.debug[0]?.source).toBe('package');
    expect((await run(python, place)).debug[0]?.source).toBe('already-open');
    expect(await kept(place)).toEqual([made.digest, `${made.digest}.lock`]);
  });

  test('drafts of killed runs go; those of another digest, and its folder, stay', async () => {
    await fresh();
    const base = path.join(place.tmp, 'lambda-slim');
    const stale = path.join(base, `${made.digest}.12345.0badcafe.part`);
    const other = 'ab'.repeat(32);
    await mkdir(path.join(stale, 'python'), { recursive: true });
    await writeFile(path.join(stale, 'python/half'), 'half');
    await mkdir(path.join(base, other), { recursive: true });
    await mkdir(path.join(base, `${other}.1.00000000.part`));
    expect(await run(python, place)).toMatchObject({ ok: [42, 3, 3] });
    expect(await kept(place)).toEqual(
      [made.digest, `${made.digest}.lock`, other, `${other}.1.00000000.part`].sort(),
    );
  });

  test('a second version is opened beside the first, which stays as it is', async () => {
    const code =
      'import app_data\ndef handler():\n    return os.path.getsize(app_data.__path__[0] + "/data.bin")\n';
    const versions = await makePlace(`import os\n${code}`);
    const first = await makePackage(versions.layer, single('app_data', 300_000));
    expect(await run(python, versions)).toMatchObject({ ok: 300_000 });
    await rm(versions.layer, { recursive: true });
    const second = await makePackage(versions.layer, single('app_data', 400_000));
    expect(await run(python, versions)).toMatchObject({ ok: 400_000 });
    const digests = [first.digest, second.digest];
    expect(await kept(versions)).toEqual(digests.flatMap((digest) => [digest, `${digest}.lock`]).sort());
    const before = path.join(openedFolder(versions, first), 'python/app_data/data.bin');
    expect((await lstat(before)).size).toBe(300_000);
    await remove(versions.root);
  });

  test('release() gives back what is not mapped, and a later process opens it again', async () => {
    await fresh();
    await writeFile(
      path.join(place.task, 'releasing.py'),
      `import app, lambda_slim_boot\nfreed = [lambda_slim_boot.release(), lambda_slim_boot.release()]
def handler():
    return freed + app.handler()
`,
    );
    const answer = await run(python, place, { handler: 'releasing.handler' });
    const [freed, again, ...rest] = answer.ok as readonly number[];
    expect(answer.stderr).toBe('');
    expect(freed).toBeGreaterThanOrEqual(700_000);
    expect(again).toBe(0);
    expect(rest).toEqual([42, 3, 3]);
    // Mapped by that process when it was called; the rest is gone.
    expect(await readdir(opened('lib'))).toContain('liblarge.so.2');
    expect((await readdir(opened('python/slimtree'))).sort()).toEqual(['alias.bin', 'plain.py', 'sub']);
    const later = await run(python, place);
    expect(later).toMatchObject({ ok: [42, 3, 3] });
    expect(later.debug[0]?.source).toBe('package');
  });
});
