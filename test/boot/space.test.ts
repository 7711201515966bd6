import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inCi, remove } from '../real/helper-build.js';
import { makePackage, makePlace, onDisk, pythons, run, script, single } from './helper.js';
import type { Made, Place } from './helper.js';

const MiB = 1024 * 1024;
let large: Place;
let small: Place;
let made: Made;
let canMount: boolean;
beforeAll(async () => {
  const code = 'import data_one\ndef handler():\n    return data_one.name\n';
  large = await makePlace(code);
  small = await makePlace(code);
  await makePackage(large.layer, { ...single('data_one', 70 * MiB), frameBytes: 8 * MiB });
  made = await makePackage(small.layer, { ...single('data_one', 40 * MiB), frameBytes: 8 * MiB });
  canMount = (await onDisk(large, 'size=64m')) !== null;
});
afterAll(async () => {
  await remove(large.root);
  await remove(small.root);
});

/** False, with a word on the screen, when this user may not mount a file system. In CI it must work. */
function possible(): boolean {
  if (!canMount && inCi) throw new Error('CI must be able to mount a tmpfs (root or user namespaces).');
  if (!canMount) process.stderr.write('boot/space: skipped, this user may not mount a tmpfs\n');
  return canMount;
}

const disk = async (place: Place, options: string): Promise<readonly string[]> =>
  (await onDisk(place, options)) ?? [];

describe.each(pythons)('Python %s, /tmp of 64 MB', (_, python) => {
  test('what fits is opened', async () => {
    if (!possible()) return;
    const answer = await run(python, small, { before: await disk(small, 'size=64m') });
    expect(answer).toMatchObject({ ok: 'data_one', stderr: '' });
  });

  test('what does not fit is refused before anything is written, with the setting to make', async () => {
    if (!possible()) return;
    const answer = await run(python, large, { before: await disk(large, 'size=64m') });
    expect(answer).toMatchObject({ error: 'LambdaSlimError', stderr: '' });
    expect(answer.text).toMatch(
      /^Opening the payload needs 71 MB in \/\S+, 6[34] MB free: set ephemeral storage to at least 512 MB\.$/,
    );
  });

  test('the setting counts what is there already', async () => {
    if (!possible()) return;
    const code = `
with open(os.path.join(os.environ["LAMBDA_SLIM_TMP"], "other"), "wb") as other:
    os.posix_fallocate(other.fileno(), 0, 500 << 20)
site.addsitedir(layer)
try:
    import data_one
except Exception as error:
    print(json.dumps(str(error)))
`;
    const text = await script(python, large, code, { before: await disk(large, 'size=512m') });
    expect(text).toMatch(/needs 71 MB in \/\S+, 1[12] MB free: set ephemeral storage to at least 1024 MB\.$/);
  });

  test('what a killed run left does not count', async () => {
    if (!possible()) return;
    const code = `
base = os.path.join(os.environ["LAMBDA_SLIM_TMP"], "lambda-slim")
for name in ("${made.digest}.1.aaaaaaaa.part", "${made.digest}"):
    os.makedirs(os.path.join(base, name))
    with open(os.path.join(base, name, "half"), "wb") as half:
        os.posix_fallocate(half.fileno(), 0, 20 << 20)
site.addsitedir(layer)
import data_one
print(json.dumps([data_one.name, sorted(os.listdir(base))]))
`;
    const answer = await script(python, small, code, { before: await disk(small, 'size=64m') });
    expect(answer).toEqual(['data_one', [made.digest, `${made.digest}.lock`]]);
  });

  test('no space while writing: the same words, and nothing left', async () => {
    if (!possible()) return;
    const code = `
real = os.statvfs
os.statvfs = lambda path: type("Much", (), dict(f_frsize=4096, f_bavail=10**6, f_blocks=10**6, f_files=0, f_favail=0))
site.addsitedir(layer)
os.statvfs = real
try:
    import data_one
except Exception as error:
    base = os.path.join(os.environ["LAMBDA_SLIM_TMP"], "lambda-slim")
    print(json.dumps([type(error).__name__, str(error), len(os.listdir(base)), real(base).f_bavail * 4096 >> 20]))
`;
    const answer = await script(python, large, code, { before: await disk(large, 'size=64m') });
    expect(answer).toEqual([
      'LambdaSlimError',
      expect.stringMatching(/^Opening the payload needs 71 MB in .*: set ephemeral storage to at least/),
      1,
      expect.any(Number),
    ]);
    expect((answer as readonly unknown[])[3]).toBeGreaterThanOrEqual(63);
  });

  test('too few inodes', async () => {
    if (!possible()) return;
    const answer = await run(python, small, { before: await disk(small, 'size=64m,nr_inodes=6') });
    expect(answer).toMatchObject({
      error: 'LambdaSlimError',
      text: expect.stringMatching(/needs \d+ files and folders in .* has room for \d+ more: set a larger/),
    });
  });

  test('a /tmp that cannot be written is named', async () => {
    if (!possible()) return;
    const answer = await run(python, small, { before: await disk(small, 'size=64m,ro') });
    expect(answer).toMatchObject({
      error: 'LambdaSlimError',
      text: expect.stringMatching(/cannot be opened in \/\S+: Read-only file system/),
    });
  });
});
