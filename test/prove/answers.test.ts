/** Packages that die for a reason of the machine's, and packages that answer for themselves. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openBench, planOf, proveTree, writeTree, type Bench } from './tree.js';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(async () => bench.close());

test('one that dies once, and not when it is asked again, brings nothing back', async () => {
  // Something else on the machine ended the second process, the first on what is kept.
  const count = path.join(bench.work, 'count');
  const inventory = await writeTree(bench.root, {
    pkg: {
      'pkg/__init__.py': `import os\nos.system("echo x >> '${count}'; [ $(wc -l < '${count}') -ne 2 ] || kill -9 $PPID")\n`,
      'pkg/tests/test_all.py': '',
    },
  });
  const dropped = { 'pkg/tests/test_all.py': 'base/tests' };
  const { proof, staged } = await proveTree(bench, inventory, planOf(inventory, dropped));
  expect(proof.imported).toEqual(['pkg']);
  expect(staged.files.map((file) => file.path)).not.toContain('pkg/tests/test_all.py');
  expect((await readFile(count, 'utf8')).length).toBeGreaterThanOrEqual(6);
});

test.each([
  ['no answers', 'null\n5\n[]\n"end"\n{\n'],
  ['an end for another item', '{"event":"end","index":7,"ms":1,"error":null,"touched":[],"libraries":[]}\n'],
  [
    'an end of the next item before it begins',
    '{"event":"end","index":1,"ms":1,"error":null,"touched":[],"libraries":[]}\n',
  ],
  [
    'ends of another shape',
    '{"event":"end","index":0}\n{"event":"end","index":0,"ms":1,"error":{},"touched":5}\n',
  ],
])('what a package writes into the answers counts for nothing: %s', async (_name, lines) => {
  const forge = `import os
for number in range(3, 20):
    try:
        os.write(number, ${JSON.stringify(`\n${lines}`)}.encode())
    except OSError:
        pass
os._exit(0)
`;
  const inventory = await writeTree(bench.root, { pkg: { 'aaa.py': forge, 'bbb.py': forge, 'ccc.py': '' } });
  const { proof } = await proveTree(bench, inventory, planOf(inventory, {}));
  expect(proof.imported).toEqual(['ccc']);
  expect(proof.failedBefore.map(({ module, error }) => [module, error])).toEqual([
    ['aaa', 'Crash: the process ended with code 0'],
    ['bbb', 'Crash: the process ended with code 0'],
  ]);
});

test('a package that replaces what the answers are written with is answered for all the same', async () => {
  const replacing = `import json, os, time
for module, name in [(os, 'write'), (json, 'dumps'), (time, 'perf_counter'), (os, '_exit')]:
    setattr(module, name, lambda *_: 0)
`;
  const inventory = await writeTree(bench.root, { pkg: { 'aaa.py': replacing, 'bbb.py': '' } });
  const { proof } = await proveTree(bench, inventory, planOf(inventory, {}));
  expect(proof.imported).toEqual(['aaa', 'bbb']);
});
