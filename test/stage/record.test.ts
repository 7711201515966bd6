import { expect, test } from '@jest/globals';
import { rewriteRecord } from '../../src/stage/record.js';

const original = [
  'pkg/b.so,sha256=old,200',
  'pkg/a.py,sha256=aaa,1',
  '../../bin/tool,sha256=ccc,3',
  '/etc/x,sha256=ddd,4',
  'pkg/tests/test_a.py,sha256=eee,5',
  '"pkg/with, comma.txt",sha256=fff,6',
  'pkg-1.0.dist-info/INSTALLER,sha256=ggg,2',
  'pkg-1.0.dist-info/RECORD,,',
].join('\r\n');

test('only what travels, new hashes, added bytecode, sorted', () => {
  const travels = new Set(['pkg/b.so', 'pkg/a.py', 'pkg/with, comma.txt', 'bin/tool']);
  const text = rewriteRecord(original, {
    record: 'pkg-1.0.dist-info/RECORD',
    travels: (path) => travels.has(path),
    changed: new Map([
      ['pkg/b.so', { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', bytes: 0 }],
    ]),
    added: ['pkg/__pycache__/a.cpython-312.pyc'],
  });
  expect(text.split('\n')).toEqual([
    'bin/tool,sha256=ccc,3',
    'pkg-1.0.dist-info/RECORD,,',
    'pkg/__pycache__/a.cpython-312.pyc,,',
    'pkg/a.py,sha256=aaa,1',
    'pkg/b.so,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0',
    '"pkg/with, comma.txt",sha256=fff,6',
    '',
  ]);
});
