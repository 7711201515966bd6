/** Processes of `lambda_slim_models`: forked, restored from a snapshot, killed. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { remove } from '../real/helper-build.js';
import { pushed, sha256 } from './contents.js';
import { asker, keptIn, makeFunction, put, run, url } from './helper.js';

/** @param python program */
export function processCases(python: string): void {
  const ask = asker(python);

  test('a child after a fork uses what is loaded, and loads by itself', async () => {
    await ask(
      {
        models: { a: { url: url('a.json') }, b: { url: url('b.json') } },
        files: { 'a.json': '1', 'b.json': '2' },
        lines: `
before = model("a")
lambda_slim_models._lock.acquire()
child = os.fork()
if child == 0:
    answer([model("a") is before, model("b")])
    os._exit(0)
os.waitpid(child, 0)`,
      },
      (_, { answers }) => expect(answers).toEqual([[true, 2]]),
    );
  });

  test('SnapStart: loaded before the snapshot, and behind it only the pointer is looked at', async () => {
    const [one, two] = ['1', '2'].map((data) => pushed('m', [{ name: 'model.json', data }]));
    await ask(
      {
        models: { m: { url: url('m/'), refresh: 'never' } },
        files: { ...two, ...one },
        env: { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start', PYTHONPATH: '' },
        lines: '',
      },
      async (place) => {
        await writeFile(
          path.join(place.task, 'snapshot_restore_py.py'),
          'hooks = []\ndef register_after_restore(hook):\n    hooks.append(hook)\n',
        );
        const { answers, loads } = await run(
          python,
          place,
          `
import snapshot_restore_py
preload()
def restore():
    for hook in snapshot_restore_py.hooks: hook()
restore()
before = model("m")
with open(os.environ["BUCKET"] + "/m/prod.json", "w") as file: file.write(${JSON.stringify(two?.['m/prod.json'])})
restore()
answer([before, model("m"), model("m")])`,
          { LAMBDA_SLIM_MODELS: place.bucket, AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' },
        );
        expect(answers).toEqual([[1, 2, 2]]);
        expect(loads).toHaveLength(2);
      },
    );
  });

  test('killed at random moments while it writes into /tmp: the next run has a whole file', async () => {
    const one = await makeFunction({ a: { url: url('a.h'), format: 'path' } });
    try {
      const data = Buffer.alloc(8_000_000, 'abcdefgh');
      await put(one, { 'a.h': data });
      const code = `
import hashlib, random, signal
def die():
    time.sleep(random.random() * 0.03)
    os.kill(os.getpid(), signal.SIGKILL)
if len(sys.argv) == 1 and os.environ.get("DIE"): threading.Thread(target=die, daemon=True).start()
with open(model("a"), "rb") as file: answer(hashlib.sha256(file.read()).hexdigest())`;
      const env = { LAMBDA_SLIM_MODELS: one.bucket };
      for (let round = 0; round < 6; round++) {
        await run(python, one, code, { ...env, DIE: '1' });
        const { answers } = await run(python, one, code, env);
        expect(answers).toEqual([sha256(data)]);
        expect((await keptIn(one)).length).toBe(1);
        await rm(path.join(one.tmp, 'lambda-slim-models'), { recursive: true });
      }
    } finally {
      await remove(one.root);
    }
  });
}
