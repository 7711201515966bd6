import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { remove } from '../real/helper-build.js';
import { both, kept, makePackage, makePlace, openedFolder, pythons, run, single, useBoth } from './helper.js';
import type { Made, Place } from './helper.js';

let place: Place;
let made: Made;
beforeAll(async () => {
  place = await makePlace(useBoth);
  made = await makePackage(place.layer, both);
  await writeFile(
    path.join(place.task, 'first.py'),
    `import lambda_slim_boot\n${useBoth}\nagain = lambda_slim_boot.open_payloads()\n`,
  );
});
afterAll(async () => remove(place.root));

describe.each(pythons)('Python %s', (_, python) => {
  const fresh = async (): Promise<void> => rm(place.tmp, { recursive: true, force: true });

  test('a .pth file in the layer opens the payload, silently', async () => {
    await fresh();
    const answer = await run(python, place, { debug: false });
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '', debug: [] });
    expect(await kept(place)).toEqual([made.digest, `${made.digest}.lock`]);
    const tree = path.join(openedFolder(place, made), 'python');
    expect(answer.path.slice(0, 3)).toEqual([place.task, tree, path.join(place.layer, 'python')]);
    expect(answer.libraries).toBe(path.join(openedFolder(place, made), 'lib'));
  });

  test('one line of JSON says what it did, and a second process has nothing to do', async () => {
    await fresh();
    const line = {
      digest: made.digest,
      bytes: expect.any(Number),
      packedBytes: expect.any(Number),
      ms: expect.any(Number),
      steps: {
        check: expect.any(Number),
        unpack: expect.any(Number),
        link: expect.any(Number),
        load: expect.any(Number),
      },
    };
    const first = await run(python, place);
    expect(first.debug).toEqual([{ ...line, threads: expect.any(Number), source: 'package' }]);
    expect(first.debug[0]!.threads).toBeGreaterThan(0);
    const second = await run(python, place);
    expect(second).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(second.debug).toEqual([{ ...line, threads: 0, source: 'already-open' }]);
  });

  test('"import lambda_slim_boot" opens it once, with or without the .pth file', async () => {
    await fresh();
    const answer = await run(python, place, { handler: 'first.handler' });
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(answer.debug).toHaveLength(1);
    // PYTHONPATH: Lambda's runtime leaves the layer's .pth files alone then.
    const env = { PYTHONPATH: path.join(place.layer, 'python') };
    await fresh();
    const without = await run(python, place, { env });
    expect(without).toMatchObject({ debug: [], error: expect.stringMatching(/Error$/) });
    const opened = await run(python, place, { handler: 'first.handler', env });
    expect(opened).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(opened.debug).toHaveLength(1);
  });

  test('the wrapper opens it before the runtime, also when PYTHONPATH is set', async () => {
    const before = [path.join(place.layer, 'lambda-slim-wrapper')];
    await fresh();
    const answer = await run(python, place, { before });
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(answer.debug.map(({ source }) => source)).toEqual(['package', 'already-open']);
    await fresh();
    const site = path.join(place.layer, 'python');
    const set = await run(python, place, { before, env: { PYTHONPATH: site, LD_LIBRARY_PATH: '/nowhere' } });
    expect(set).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(set.debug.map(({ source }) => source)).toEqual(['package']);
    expect(set.libraries).toBe(`${path.join(openedFolder(place, made), 'lib')}:/nowhere`);
    expect(set.path.indexOf(path.join(openedFolder(place, made), 'python'))).toBeLessThan(
      set.path.indexOf(site),
    );
  });

  test('a function zip has it beside the handler', async () => {
    await fresh();
    const own = await makePlace(useBoth);
    await cp(path.join(place.layer, 'python'), own.task, { recursive: true });
    const answer = await run(python, own);
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(answer.path.slice(0, 2)).toEqual([path.join(openedFolder(own, made), 'python'), own.task]);
    await remove(own.root);
  });

  test('the wrapper of a function zip finds the bootstrap beside itself', async () => {
    const own = await makePlace(useBoth);
    await cp(path.join(place.layer, 'python'), own.task, { recursive: true });
    const wrapper = path.join(own.task, 'lambda-slim-wrapper');
    await cp(path.join(place.layer, 'lambda-slim-wrapper'), wrapper);
    const answer = await run(python, own, { before: [wrapper], env: { PYTHONPATH: own.task } });
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(answer.debug.map(({ source }) => source)).toEqual(['package', 'already-open']);
    await remove(own.root);
  });

  test('the same payload in function and layer is opened once', async () => {
    await fresh();
    const task = path.join(place.root, 'twice');
    await cp(place.task, task, { recursive: true });
    await cp(path.join(place.layer, 'python'), task, { recursive: true });
    for (const source of ['package', 'already-open']) {
      const answer = await run(python, { ...place, task });
      expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
      expect(answer.debug.map((line) => line.source)).toEqual([source]);
    }
    await remove(task);
  });

  test('payloads of function and layer are both opened', async () => {
    const two = await makePlace('import one, two\ndef handler():\n    return [one.name, two.name]\n');
    const layer = await makePackage(two.layer, single('one'));
    const own = await makePackage(path.join(two.root, 'function'), single('two'));
    await cp(path.join(two.root, 'function', 'python'), two.task, { recursive: true });
    const answer = await run(python, two);
    expect(answer).toMatchObject({ ok: ['one', 'two'], stderr: '' });
    expect(answer.debug.map(({ digest }) => digest).sort()).toEqual([layer.digest, own.digest].sort());
    await remove(two.root);
  });

  test('a spawned worker finds the nested library by its SONAME, and the tree', async () => {
    await fresh();
    await writeFile(
      path.join(place.task, 'work.py'),
      'def work(_):\n    import app\n    return app.handler()\n',
    );
    await writeFile(
      path.join(place.task, 'spawning.py'),
      `import multiprocessing, sys\nimport work\ndef handler():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.map(work.work, [0])[0]
`,
    );
    const answer = await run(python, place, { handler: 'spawning.handler' });
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(answer.debug).toHaveLength(1);
  });

  test('nothing is left to do after the import: a snapshot needs no hook', async () => {
    await fresh();
    await writeFile(
      path.join(place.task, 'snapshot.py'),
      `import os, threading\nimport app\ndef handler():
    links = [os.readlink("/proc/self/fd/" + name) for name in os.listdir("/proc/self/fd") if os.path.lexists("/proc/self/fd/" + name)]
    ours = [link for link in links if "lambda-slim" in link or "lambda_slim" in link]
    return [threading.active_count(), ours, app.handler()]
`,
    );
    const answer = await run(python, place, { handler: 'snapshot.handler' });
    expect(answer).toMatchObject({ ok: [1, [], [42, 3, 3]], stderr: '' });
  });
});

test('the .start file names what the .pth file calls', async () => {
  const site = path.join(place.layer, 'python');
  const lines = (await readFile(path.join(site, 'lambda_slim_boot.start'), 'utf8')).trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual(['lambda_slim_boot:open_payloads']);
  expect(await readFile(path.join(site, 'lambda_slim_boot.pth'), 'utf8')).toBe(
    'import lambda_slim_boot; lambda_slim_boot.open_payloads()\n',
  );
});
