import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFile, mkdir, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PayloadIndex } from '../../src/model.js';
import { remove } from '../real/helper-build.js';
import {
  anyPython,
  kept,
  makePackage,
  makePlace,
  pythons,
  readIndex,
  resign,
  run,
  script,
  single,
} from './helper.js';
import type { Contents, Made, Place } from './helper.js';

const handler = 'import data_one\ndef handler():\n    return data_one.name\n';
let place: Place;
beforeAll(async () => {
  place = await makePlace(handler);
});
afterAll(async () => remove(place.root));

/** A fresh package and a fresh /tmp. */
async function fresh(contents: Contents = single('data_one')): Promise<Made> {
  await rm(place.layer, { recursive: true, force: true });
  await rm(place.tmp, { recursive: true, force: true });
  return makePackage(place.layer, contents);
}

async function changeByte(file: string, at: number, change: (byte: number) => number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = change(bytes[at] ?? 0);
  await writeFile(file, bytes);
}

/** No folder, no draft: at most the lock. */
async function expectNothingLeft(): Promise<void> {
  expect((await kept(place)).filter((name) => !name.endsWith('.lock'))).toEqual([]);
}

async function expectRefused(python: string, damage: Damage, text: RegExp): Promise<void> {
  await damage(await fresh());
  const answer = await run(python, place);
  expect(answer).toMatchObject({ error: 'LambdaSlimError', text: expect.stringMatching(text), stderr: '' });
  await expectNothingLeft();
}

type Damage = (made: Made) => Promise<unknown>;
const damages: readonly (readonly [string, Damage, RegExp])[] = [
  [
    'truncated',
    async ({ payload }) => truncate(payload, 100_000),
    /payload\.tar\.gz is damaged: it has 100000 bytes, and its index says \d+\./,
  ],
  [
    'bit-flipped in its third frame',
    async (made) => {
      const { frames } = await readIndex(made);
      await changeByte(made.payload, frames[0]![0] + frames[1]![0] + 20, (byte) => byte ^ 4);
    },
    /payload\.tar\.gz, frame 2 \(bytes \d+ to \d+\), is damaged: its bytes are not those that were built \(.+\)\./,
  ],
  [
    "swapped for another's",
    async (made) => {
      const bytes = (await readFile(made.payload)).length;
      const other = await makePackage(path.join(place.root, 'other'), single('data_two'));
      await copyFile(other.payload, made.payload);
      await truncate(made.payload, bytes);
    },
    /payload\.tar\.gz, frame \d \(bytes \d+ to \d+\), is damaged/,
  ],
  ['missing', async ({ payload }) => rm(payload), /The payload cannot be read: No such file/],
];
/** What does not depend on the Python. */
const furtherDamages: typeof damages = [
  [
    'no frame, though with the right checksum',
    async (made) => {
      const index = await readIndex(made);
      const [packed, bytes] = index.frames[0]!;
      const zeros = await readFile(made.payload);
      zeros.fill(0, 0, packed);
      await writeFile(made.payload, zeros);
      const { createHash } = await import('node:crypto');
      const sha256 = createHash('sha256').update(zeros.subarray(0, packed)).digest('hex');
      await resign(made, { ...index, frames: [[packed, bytes, sha256], ...index.frames.slice(1)] });
    },
    /frame 0 \(bytes 0 to \d+\), is damaged: its bytes are not those that were built \(Error -3 while decompressing/,
  ],
  [
    'cut into other lengths than its index says',
    async (made) => {
      const index = await readIndex(made);
      const [first, second, ...rest] = index.frames;
      const frames: PayloadIndex['frames'] = [
        [first![0], first![1] - 512, first![2]],
        [second![0], second![1] + 512, second![2]],
        ...rest,
      ];
      await resign(made, { ...index, frames });
    },
    /is damaged: it does not unpack to \d+ bytes\./,
  ],
  ['without an index', async ({ index }) => rm(index), /index cannot be read: No such file/],
  [
    'with a truncated index',
    async ({ index }) => truncate(index, 40),
    /index\.json is damaged: it is not an index/,
  ],
  [
    'with a changed index',
    async (made) => writeFile(made.index, (await readFile(made.index, 'utf8')).replace('300000', '300001')),
    /index\.json is damaged: its digest is not that of its content\./,
  ],
  [
    "with another payload's index",
    async ({ index }) => {
      const other = await makePackage(path.join(place.root, 'other'), single('data_two'));
      await copyFile(other.index, index);
    },
    /index\.json is damaged: it belongs to the payload [0-9a-f]{64}\./,
  ],
  [
    'with an index nested without end',
    async ({ index }) => writeFile(index, '['.repeat(200_000)),
    /index\.json is damaged: it is not an index/,
  ],
  [
    'with a path that is 3,000 deep',
    async (made) => {
      const index = await readIndex(made);
      const deep = { path: `python/${'d/'.repeat(3000)}x`, bytes: 0, mode: 0o644, at: 0 };
      await resign(made, { ...index, files: [...index.files, deep] });
    },
    /The payload cannot be opened in .*: File name too long/,
  ],
  [
    'with an index of a later format',
    async (made) => resign(made, { ...(await readIndex(made)), format: 2 as 1 }),
    /has format 2, and this bootstrap reads format 1: build function and layer with the same lambda-slim\./,
  ],
];

describe.each(pythons)('Python %s', (_, python) => {
  test.each(damages)('a payload that is %s is refused at the handler', async (_name, damage, text) => {
    await expectRefused(python, damage, text);
  });

  test('the failure comes at every import that needs the payload, and no ImportError handler swallows it', async () => {
    await truncate((await fresh()).payload, 10);
    const answer = await script(
      python,
      place,
      `
site.addsitedir(layer)
import traceback
def attempt(name):
    try:
        __import__(name)
        return ["imported", ""]
    except ImportError:
        return ["swallowed", ""]
    except Exception as error:
        return [type(error).__name__, str(error), len(traceback.extract_tb(error.__traceback__)) if name != "lambda_slim_boot" else 0]
names = ["data_one", "data_one.sub", "lambda_slim_boot", "lambda_slim_boot", "a", "a.b", "csv", "data_one"]
print(json.dumps([attempt(name) for name in names]))
`,
      { env: { _HANDLER: 'a/b.handler' } },
    );
    const tries = answer as readonly (readonly [string, string, number])[];
    const [first, ...others] = tries;
    expect(first![0]).toBe('LambdaSlimError');
    expect(first![1]).toContain('is damaged');
    expect(others.map(([error]) => error)).toEqual([
      ...Array.from({ length: 5 }, () => 'LambdaSlimError'),
      'imported',
      'LambdaSlimError',
    ]);
    expect(new Set(tries.filter(([error]) => error !== 'imported').map(([, text]) => text)).size).toBe(1);
    // The traceback does not grow.
    expect(tries.at(-1)).toEqual(first);
  });

  test('the text says what PYTHONPATH changes; the wrapper says it, too', async () => {
    const made = await fresh();
    await truncate(made.payload, 10);
    await writeFile(path.join(place.task, 'first.py'), `import lambda_slim_boot\n${handler}`);
    const env = { PYTHONPATH: path.join(place.layer, 'python') };
    const remedy = /PYTHONPATH is set: .*"import lambda_slim_boot" .*AWS_LAMBDA_EXEC_WRAPPER=/;
    const answer = await run(python, place, { handler: 'first.handler', env });
    expect(answer).toMatchObject({ error: 'LambdaSlimError', text: expect.stringMatching(remedy) });
    const before = [path.join(place.layer, 'lambda-slim-wrapper')];
    const wrapped = await run(python, place, { env, before });
    expect(wrapped.code).toBe(1);
    expect(wrapped.stderr).toMatch(remedy);
    // Without PYTHONPATH the .pth file raises it, as ever.
    const later = await run(python, place, { before });
    expect(later).toMatchObject({
      code: 0,
      error: 'LambdaSlimError',
      text: expect.stringMatching(/damaged/),
    });
  });

  test('zstd without its extension: the remedy is named', async () => {
    await fresh({ ...single('data_one'), change: { codec: 'zstd' } });
    const builtIn = await script(python, place, 'print(json.dumps(sys.version_info >= (3, 14)))');
    const text = builtIn === true ? /is damaged/ : /does not load in Python 3\.\d+ on .*--codec gzip/;
    expect(await run(python, place)).toMatchObject({
      error: 'LambdaSlimError',
      text: expect.stringMatching(text),
    });
    await expectNothingLeft();
  });

  test('a library that does not load is named', async () => {
    await fresh({
      files: [{ path: 'lib/libbroken.so', text: 'not an ELF file, whatever its name says. '.repeat(9) }],
      libraries: [{ path: 'lib/libbroken.so', nested: true }],
      modules: ['data_one'],
    });
    expect(await run(python, place)).toMatchObject({
      error: 'LambdaSlimError',
      text: expect.stringMatching(
        /The library \/.*\/lib\/libbroken\.so does not load: invalid ELF header\. Build for/,
      ),
    });
  });
});

describe('one Python', () => {
  test.each(furtherDamages)('a payload %s', async (_name, damage, text) => {
    await expectRefused(anyPython, damage, text);
  });

  test.each(['app.handler', 'folder/app.handler', 'folder.app.handler'])('handler %s', async (name) => {
    await truncate((await fresh()).payload, 10);
    await mkdir(path.join(place.task, 'folder'), { recursive: true });
    await writeFile(path.join(place.task, 'folder/app.py'), 'def handler():\n    return "ran"\n');
    expect(await run(anyPython, place, { handler: name })).toMatchObject({
      error: 'LambdaSlimError',
      stderr: '',
    });
  });
});

const file = { text: 'x' };
const paths: readonly (readonly [string, Contents, RegExp])[] = [
  [
    'an absolute path',
    { files: [{ path: '/etc/slim', ...file }] },
    /'\/etc\/slim' is not below lib\/ or python\//,
  ],
  ['..', { files: [{ path: 'python/../../escaped', ...file }] }, /is not a plain relative path/],
  ['a leading ..', { files: [{ path: '../escaped', ...file }] }, /is not below lib\/ or python\//],
  ['.', { files: [{ path: 'python/./a', ...file }] }, /is not a plain relative path/],
  ['an empty part', { files: [{ path: 'python//a', ...file }] }, /is not a plain relative path/],
  ['another folder', { files: [{ path: 'bin/a', ...file }] }, /is not below lib\/ or python\//],
  ['a folder itself', { files: [{ path: 'python', ...file }] }, /is not below lib\/ or python\//],
  [
    'the same path twice',
    {
      files: [
        { path: 'lib/a', ...file },
        { path: 'lib/a', ...file },
      ],
    },
    /'lib\/a' is there twice/,
  ],
  [
    'a file behind a file',
    {
      files: [
        { path: 'lib/a', ...file },
        { path: 'lib/a/b', ...file },
      ],
    },
    /'lib\/a\/b' lies behind the file 'lib\/a'/,
  ],
  [
    'a file behind a link',
    {
      files: [
        { path: 'lib/a', link: 'b' },
        { path: 'lib/a/escaped', ...file },
      ],
    },
    /lies behind the link 'lib\/a'/,
  ],
  [
    "a file behind the tree's link",
    { files: [{ path: 'python/a/escaped', ...file }], tree: { folders: [], links: ['a'] } },
    /lies behind the link 'python\/a'/,
  ],
  ['a link to an absolute path', { files: [{ path: 'lib/a', link: '/etc/passwd' }] }, /outside the payload/],
  ['a link that leads out', { files: [{ path: 'lib/a', link: '../../x' }] }, /outside the payload/],
  ['a tree folder with ..', { tree: { folders: ['../x'], links: [] } }, /is not a plain relative path/],
  ['a tree link with ..', { tree: { folders: [], links: ['../x'] } }, /is not a plain relative path/],
  ['a library with ..', { libraries: [{ path: '../x.so', nested: false }] }, /is not a plain relative path/],
  ['a library that is not there', { libraries: [{ path: 'lib/x.so', nested: true }] }, /is not in it/],
  [
    'a payload elsewhere',
    { change: { payload: { file: '../x', bytes: 1, sha256: '' } } },
    /is not the name of a file/,
  ],
  ['frames that do not add up', { change: { frames: [[1, 1, '']] } }, /frames do not add up/],
  ['a negative frame', { change: { frames: [[-1, 1, '']] } }, /negative size/],
  [
    'overlapping files',
    {
      files: [{ path: 'lib/a', random: 100 }],
      change: {
        files: [
          { path: 'lib/a', bytes: 100, mode: 0o644, at: 512 },
          { path: 'lib/b', bytes: 100, mode: 0o644, at: 600 },
        ],
        unpackedBytes: 200,
      },
    },
    /'lib\/b' lies over another file/,
  ],
  [
    'a file behind the end',
    { change: { files: [{ path: 'lib/a', bytes: 9, mode: 0o644, at: 99_999 }], unpackedBytes: 9 } },
    /ends behind the payload's end/,
  ],
  [
    'a mode with the set-user bit',
    { change: { files: [{ path: 'lib/a', bytes: 0, mode: 0o4755, at: 0 }] } },
    /size or mode/,
  ],
  ['an unknown codec', { change: { codec: 'lzma' } }, /codec 'lzma' is unknown/],
  ['a wrong type', { change: { files: 7 } }, /TypeError/],
];

describe.each(pythons)('Python %s: an index that was made to do harm', (_, python) => {
  test.each(paths)('%s', async (_name, contents, text) => {
    await fresh({ modules: ['data_one'], ...contents });
    const answer = await run(python, place);
    expect(answer).toMatchObject({ error: 'LambdaSlimError', text: expect.stringMatching(text), stderr: '' });
    expect(answer.text).toMatch(/index\.json is damaged: .* Deploy the package again/);
    expect(await kept(place)).toEqual([]);
  });

  test('a folder in /tmp that is a link is not written into', async () => {
    await fresh();
    const elsewhere = path.join(place.root, 'elsewhere');
    await mkdir(elsewhere, { recursive: true });
    await mkdir(place.tmp);
    await symlink(elsewhere, path.join(place.tmp, 'lambda-slim'));
    expect(await run(python, place)).toMatchObject({
      error: 'LambdaSlimError',
      text: expect.stringMatching(/lambda-slim is a link, a file or another user's folder\. Remove it/),
    });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('a link where the opened folder goes is replaced; what it leads to stays', async () => {
    const made = await fresh();
    const precious = path.join(place.root, 'precious');
    await mkdir(precious, { recursive: true });
    await writeFile(path.join(precious, 'file'), 'kept');
    await mkdir(path.join(place.tmp, 'lambda-slim'), { recursive: true });
    await symlink(precious, path.join(place.tmp, 'lambda-slim', made.digest));
    expect(await run(python, place)).toMatchObject({ ok: 'data_one' });
    expect(await readFile(path.join(precious, 'file'), 'utf8')).toBe('kept');
  });
});
