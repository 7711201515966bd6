/** What a stub does in a real Python. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import { stubTexts, stubWish } from '../../src/prune/stub.js';
import { makeTree } from './tree.js';

const { inventory } = makeTree(
  {
    'big/__init__.py': '',
    'big/core/__init__.py': '',
    'big/core/frame.py': '',
    'big/_libs/lib.cpython-313-x86_64-linux-gnu.so': { elf: { pythonModules: ['lib'] } },
    'big/tests/test_x.py': '',
    'one.py': '',
    'space/part/__init__.py': '',
    'space/part/x.py': '',
  },
  { big: { owns: ['big', 'one', 'space'], version: '2.2.3' } },
);

const folder = await mkdtemp(path.join(tmpdir(), 'stub-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
for (const [name, text] of stubTexts(inventory, ['Big'])) {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), text);
}

const lacks = ': big was left out (lambda-slim build --stub big)';

describe('a stub in Python', () => {
  test.each<readonly [source: string, answer: string]>([
    ['import big', ''],
    ['import big; print(big.__version__)', '2.2.3'],
    ['import big.core.frame, big._libs.lib, one, space.part.x', ''],
    ['from big.core import frame; import big.core.frame as f; print(f is frame)', 'True'],
    ['import big; print(big.core.frame.__name__)', 'big.core.frame'],
    ['from big import *; print("core" in dir())', 'False'],
    ['import big; print(hasattr(big, "__path__"), hasattr(big, "__wrapped__"))', 'True False'],
    ['import big; big.DataFrame', `ImportError: module 'big' has no attribute 'DataFrame'${lacks}`],
    ['from big import DataFrame', `ImportError: module 'big' has no attribute 'DataFrame'${lacks}`],
    ['from big.core.frame import X', `ImportError: module 'big.core.frame' has no attribute 'X'${lacks}`],
    ['from one import X', `ImportError: module 'one' has no attribute 'X'${lacks}`],
    ['from space.part import X', `ImportError: module 'space.part' has no attribute 'X'${lacks}`],
    ['try:\n  from big import X\nexcept ImportError as e:\n  print(e.name)', 'big'],
    ['import big.nope', "ModuleNotFoundError: No module named 'big.nope'"],
    ['import big.tests.test_x', "ModuleNotFoundError: No module named 'big.tests'"],
  ])('%s', async (source, answer) => {
    const { stdout, stderr } = await run('python3', [
      '-I',
      '-c',
      `import sys; sys.path.insert(0, ${JSON.stringify(folder)})\n${source}`,
    ]);
    expect((stdout.trim() || stderr.trim().split('\n').at(-1)) ?? '').toBe(answer);
  });
});

test('PKG:empty has no text, and an unknown name none either', () => {
  expect([...stubTexts(inventory, ['big:empty', 'nope'])]).toEqual([]);
  expect(stubWish('Big:empty')).toEqual({ written: 'Big', name: 'big', empty: true });
});
