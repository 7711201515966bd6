/** What `lambda_slim_models` does, on any Python. Nothing here needs a network: folders stand for buckets. */
import { readdir, readFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { remove } from '../real/helper-build.js';
import { pushed, safetensors, tar } from './contents.js';
import { asker, keptIn, makeFunction, put, run, url } from './helper.js';
import { processCases } from './process-cases.js';

/** @param python program; tests of one Python share nothing */
export function casesFor(python: string): void {
  const ask = asker(python);
  processCases(python);

  test('each format is made of its bytes, by suffix or by name', async () => {
    const files = {
      'a.json': '{"v": 1}',
      'b.txt': 'täxt',
      'c.weights': 'bytes',
      'd.json.gz': gzipSync('{"v": 2}'),
      'e.tar.gz': gzipSync(tar({ './one.txt': '1'.repeat(300_000), 'x/two.json': '{"z": 3}' })),
      'f.tar': tar({ 'only.txt': 'text' }),
    };
    const models = {
      ...Object.fromEntries(Object.keys(files).map((name) => [name[0] ?? '', { url: url(name) }])),
      member: { url: url('e.tar.gz'), member: 'x/two.json', format: 'json' },
      suffix: { url: url('e.tar.gz'), format: 'json' },
      place: { url: url('e.tar.gz'), member: 'x/two.json', format: 'path' },
      whole: { url: url('e.tar.gz'), format: 'folder' },
      own: { url: url('e.tar.gz'), loader: 'app.load' },
    };
    await ask(
      {
        ...{ models, files },
        code: 'def load(files):\n    return [files.names, files.text("x/two.json"), len(files.open("one.txt").read())]\n',
        lines: `
def text(path):
    with open(path) as file: return file.read()
answer([model("a"), model("b"), model("c").decode(), model("d"), sorted(model("e")), model("f")["only.txt"].decode()])
answer([model("member"), model("suffix"), text(model("place")), sorted(os.listdir(model("whole"))), model("own")])
answer([model("a") is model("a"), sys.modules.get("numpy") is None, sys.modules.get("botocore") is None])`,
      },
      (_, ran) => {
        expect(ran.stderr).toBe('');
        expect(ran.answers).toEqual([
          [{ v: 1 }, 'täxt', 'bytes', { v: 2 }, ['one.txt', 'x/two.json'], 'text'],
          [
            { z: 3 },
            { z: 3 },
            '{"z": 3}',
            ['.whole', 'one.txt', 'x'],
            [['one.txt', 'x/two.json'], '{"z": 3}', 300_000],
          ],
          [true, true, true],
        ]);
        expect(ran.loads.map(({ model: name }) => name)).toHaveLength(11);
      },
    );
  });

  test('a pickle is loaded only when somebody has said so', async () => {
    await ask(
      {
        models: {
          no: { url: url('a.pkl') },
          yes: { url: url('a.pkl'), allow_pickle: true },
        },
        files: { 'a.pkl': Buffer.from('\x80\x04]\x94(K\x01K\x02e.', 'latin1') },
        lines: 'answer([failure(lambda: model("no")), model("yes")])',
      },
      (_, { answers }) =>
        expect(answers).toEqual([
          [expect.stringMatching(/^LambdaSlimError: Model no is a pickle: .*allow_pickle = true/), [1, 2]],
        ]),
    );
  });

  test('sixteen threads load once, and a look-up costs next to nothing', async () => {
    await ask(
      {
        models: { a: { url: url('a.json'), loader: 'app.load' } },
        files: { 'a.json': '[]' },
        code: 'import time\ncalls = []\ndef load(files):\n    calls.append(1)\n    time.sleep(0.2)\n    return files.bytes()\n',
        lines: `
found = []
threads = [threading.Thread(target=lambda: found.append(model("a"))) for _ in range(16)]
for one in threads: one.start()
for one in threads: one.join()
import app, timeit
answer([len(app.calls), len(found), len({id(one) for one in found})])
answer(min(timeit.repeat(lambda: model("a"), number=2000, repeat=5)) / 2000)`,
      },
      (_, { answers: [counts, seconds] }) => {
        expect(counts).toEqual([1, 16, 1]);
        expect(seconds).toBeLessThan(20e-6);
      },
    );
  });

  test('another version is loaded and checked before it takes the place; a bad one never does', async () => {
    const versions = ['{"v": 1}', '{"v": 2}', '{"v":', '{"v": -1}', '{"v": 3}'].map((data) =>
      pushed('classifier', [{ name: 'model.json', data }]),
    );
    const contents = Object.assign({}, ...versions) as Record<string, string>;
    const pointers = versions.map((one) => one['classifier/prod.json'] as string);
    await ask(
      {
        models: { c: { url: url('classifier/'), refresh: '20ms', check: 'app.smoke' } },
        code: 'def smoke(model):\n    return model["v"] > 0\n',
        files: { ...contents, 'classifier/prod.json': pointers[0] ?? '' },
        lines: `
pointers = ${JSON.stringify(pointers)}
seen = []
for text in [None, *pointers[1:]]:
    if text is not None:
        with open(os.environ["BUCKET"] + "/classifier/prod.json", "w") as file: file.write(text)
    for _ in range(2):
        time.sleep(0.03)
        seen.append(model("c")["v"])
answer(seen)`,
      },
      (_, { answers, stderr, loads }) => {
        expect(answers).toEqual([[1, 1, 2, 2, 2, 2, 2, 2, 3, 3]]);
        const lines = stderr.trim().split('\n');
        expect(lines).toHaveLength(2);
        expect(lines[0]).toMatch(
          /newer version of model c is not used, and the one before goes on .*JSONDecodeError/,
        );
        expect(lines[1]).toMatch(/app\.smoke says no/);
        expect(loads.map(({ source }) => source)).toEqual(['file', 'file', 'file']);
      },
    );
  });

  test('a first version that the check refuses is an error, and so is one that asks for itself', async () => {
    await ask(
      {
        models: {
          a: { url: url('a.json'), check: 'app.smoke' },
          b: { url: url('a.json'), loader: 'app.load' },
          c: { url: url('a.json'), check: 'app.nothing' },
        },
        files: { 'a.json': '1' },
        code: 'from lambda_slim_models import model\ndef smoke(model):\n    return False\ndef load(files):\n    return model("b")\n',
        lines: 'answer([failure(lambda: model(name)) for name in "abc"])',
      },
      (_, { answers }) =>
        expect(answers).toEqual([
          [
            expect.stringContaining('cannot be used: Refused: app.smoke says no'),
            expect.stringContaining('asked for by its own loader'),
            expect.stringContaining('app has no nothing'),
          ],
        ]),
    );
  });

  test('what is pinned is never looked at again', async () => {
    await ask(
      {
        models: { a: { url: url('a.json'), refresh: 'never' } },
        files: { 'a.json': '1' },
        lines: `
first = model("a")
os.unlink(os.environ["BUCKET"] + "/a.json")
answer([first, model("a")])`,
      },
      (_, { answers }) => expect(answers).toEqual([[1, 1]]),
    );
  });

  test('wrong bytes are refused, also where they have the right length', async () => {
    const good = pushed('m', [{ name: 'model.json', data: '{"v": 1}' }]);
    const [key = ''] = Object.keys(good);
    await ask(
      {
        models: { m: { url: url('m/') } },
        files: { ...good, [key]: '{"v": 9}' },
        lines: 'answer(failure(lambda: model("m")))',
      },
      (_, { answers: [text] }) =>
        expect(text).toMatch(/^Damaged: .*came with other bytes than were stored\. It was read 3 times\.$/),
    );
  });

  test('a stream reads ranges, seeks, and opens what is packed in frames', async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `line ${index}\n`).join('');
    const frames = [text.slice(0, 300_000), text.slice(300_000)].map((part) => gzipSync(part));
    const more = {
      encoding: 'gzip',
      unpackedBytes: text.length,
      frames: frames.map((frame, index) => [frame.length, index === 0 ? 300_000 : text.length - 300_000]),
    };
    await ask(
      {
        models: { m: { url: url('m/') }, t: { url: url('t.json'), format: 'safetensors' } },
        files: {
          ...pushed('m', [
            { name: 'labels.txt', data: Buffer.concat(frames), more },
            { name: 'plain.txt', data: text },
          ]),
          'packed.gz': gzipSync(text),
          't.json': safetensors(),
        },
        lines: `
for file in [stream("m", "labels.txt"), stream("m", "plain.txt")]:
    with file:
        end = file.seek(0, io.SEEK_END)
        file.seek(299_990)
        answer([end, file.read(20).decode(), file.seek(-9, io.SEEK_END) > 0, file.read().decode(), file.seek(0), len(file.read())])
plain = stream("s3://models/packed.gz")
answer([plain.read(2).hex(), plain.name])
import gzip
answer(len(gzip.open(stream("s3://models/packed.gz")).read()))
answer([len(io.TextIOWrapper(stream("m", "labels.txt")).readlines()), model("m")["labels.txt"] == model("m")["plain.txt"]])
found = tensors("t")
answer([sorted(found), found.shape("weight"), found.metadata])
answer(failure(lambda: stream("m", "nothing.txt")))`,
      },
      (one, { answers, stderr }) => {
        expect(stderr).toBe('');
        const parts = [text.length, text.slice(299_990, 300_010), true, text.slice(-9), 0, text.length];
        expect(answers).toEqual([
          parts,
          parts,
          ['1f8b', `file://${one.bucket}/packed.gz`],
          text.length,
          [60_000, true],
          [['bias', 'weight'], [2, 2], { made: 'here' }],
          expect.stringContaining("has no file 'nothing.txt'"),
        ]);
      },
    );
  });

  test('what was not used for the longest time goes when memory is short', async () => {
    const files = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, 'x'.repeat(400)]));
    await ask(
      {
        models: {
          memory: '1000 B',
          ...Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { url: url(name) }])),
          d: { url: url('d'), refresh: '10ms' },
          large: { url: url('large') },
        },
        files: { ...files, large: 'x'.repeat(1001), d: 'y'.repeat(900) },
        lines: `
for name in ["a", "b", "a", "c", "a"]: model(name)
slots = lambda_slim_models._slots
answer([name for name in "abc" if slots[name].loaded is not None])
answer(failure(lambda: model("large")))
old = model("d")
with open(os.environ["BUCKET"] + "/d", "w") as file: file.write("z" * 901)
time.sleep(0.05)
answer([old[:1].decode(), model("d")[:1].decode()])`,
      },
      (_, { answers, stderr }) => {
        expect(answers).toEqual([
          ['a', 'c'],
          expect.stringMatching(/^NoRoom: .*LAMBDA_SLIM_MODELS_MEMORY/),
          ['y', 'z'],
        ]);
        expect(stderr).toMatch(/Model b .*is let go: room is needed for c\./);
        expect(stderr).toMatch(
          /Model d .*is let go: the old and the new version do not fit in memory together/,
        );
      },
    );
  });

  test('a new version for which the old one had to go, and that is broken, brings the old one back', async () => {
    const [one, two] = [`"${'a'.repeat(600)}"`, `"${'b'.repeat(600)}`].map((data) =>
      pushed('m', [{ name: 'model.json', data }]),
    );
    await ask(
      {
        models: { memory: 1000, m: { url: url('m/'), refresh: '10ms' } },
        files: { ...two, ...one },
        lines: `
first = model("m")
with open(os.environ["BUCKET"] + "/m/prod.json", "w") as file: file.write(${JSON.stringify(two?.['m/prod.json'])})
time.sleep(0.05)
answer([model("m") == first, model("m") is first])`,
      },
      (_, { answers, stderr }) => {
        expect(answers).toEqual([[true, false]]);
        expect(stderr).toMatch(/is let go/);
        expect(stderr).toMatch(/the one before goes on/);
      },
    );
  });

  test('what lies in /tmp is used by the next process, made again when it is not whole, and goes when room is needed', async () => {
    const one = await makeFunction({
      a: { url: url('a.h'), format: 'path' },
      b: { url: url('b.h'), format: 'path' },
      tmp: '700 KB',
    });
    try {
      await put(one, { 'a.h': 'a'.repeat(500_000), 'b.h': 'b'.repeat(500_000) });
      const env = { LAMBDA_SLIM_MODELS: one.bucket };
      const first = 'def first(name):\n    with open(model(name)) as file: return file.read(1)\n';
      const lines = `${first}answer(first("a"))`;
      const sources = async (): Promise<readonly string[]> =>
        (await run(python, one, lines, env)).loads.map(({ source }) => source);
      expect(await sources()).toEqual(['file']);
      const [entry = ''] = await keptIn(one);
      expect(entry).toMatch(/^[0-9a-f]{64}$/);
      expect(await sources()).toEqual(['tmp']);
      const folder = path.join(one.tmp, 'lambda-slim-models');
      // A killed run's draft, and a file that somebody has shortened.
      await mkdir(path.join(folder, `${entry}.1.00000000.part`));
      await writeFile(path.join(folder, entry, 'a.h'), 'short');
      expect(await sources()).toEqual(['file']);
      expect(await keptIn(one)).toEqual([entry]);
      const ran = await run(python, one, `${first}answer(first("b"))`, env);
      expect(ran.answers).toEqual(['b']);
      expect(await keptIn(one)).not.toContain(entry);
      const both = 'model("a")\nanswer(failure(lambda: model("b")))';
      const { answers } = await run(python, one, both, env);
      expect(answers).toEqual([expect.stringMatching(/^NoRoom: /)]);
      expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
    } finally {
      await remove(one.root);
    }
  });

  test('errors say what is asked for and what to do', async () => {
    await ask(
      {
        models: {
          nowhere: { url: url('nope.json') },
          folder: { url: url('nope/') },
          unset: { url: 's3://models-${STAGE}/a.json' },
          out: { url: 's3://models/../../etc/passwd' },
          link: { url: url('link.tar') },
          leaves: { url: url('leaves.tar') },
          keras: { url: url('a.json'), format: 'keras' },
          pointer: { url: url('broken/') },
        },
        files: {
          'a.json': '1',
          'link.tar': tar({ link: '' }, '2'),
          'leaves.tar': tar({ '../../x': '' }),
          'broken/prod.json': '{"format": 1, "files": [{"name": "../x", "sha256": "0", "bytes": 1}]}',
        },
        lines: `
for name in ["nowhere", "folder", "unset", "out", "link", "leaves", "keras", "pointer", "unknown"]:
    answer(failure(lambda: model(name)))`,
      },
      (_, { answers }) => {
        const wanted = [
          /^Missing: .*nope\.json is not there/,
          /its alias 'prod' is looked up there: write that pointer/,
          /the environment variable STAGE is not set/,
          /leaves the folder that LAMBDA_SLIM_MODELS names/,
          /holds link, which is no regular file/,
          /holds '\.\.\/\.\.\/x', which would leave its folder/,
          /Model keras is a keras, and keras cannot be imported: add it to the requirements/,
          /is no pointer to a model/,
          /There is no model 'unknown'; the config has: folder, .*LAMBDA_SLIM_MODEL_UNKNOWN/,
        ];
        expect(answers).toEqual(wanted.map((text) => expect.stringMatching(text)));
      },
    );
  });

  test('the environment goes before the file', async () => {
    await ask(
      {
        models: { a: { url: 's3://models-${STAGE}/a.json' } },
        files: { 'models-dev/a.json': '"dev"', 'other.json': '"other"' },
        env: { STAGE: 'dev', LAMBDA_SLIM_MODEL_B_C: 's3://models/other.json' },
        lines: 'answer([model("a"), model("b-c")])',
      },
      (_, { answers }) => expect(answers).toEqual([['dev', 'other']]),
    );
  });
}

/** Names of formats that the module has. */
export async function formatsOfModule(repository: string): Promise<readonly string[]> {
  const text = await readFile(path.join(repository, 'templates/lambda_slim_models/_formats.py'), 'utf8');
  const table = text.slice(text.indexOf('FORMATS: dict'), text.indexOf('def format_of'));
  return [...table.matchAll(/^ {4}"([\w-]+)":/gm)].map(([, name = '']) => name);
}
