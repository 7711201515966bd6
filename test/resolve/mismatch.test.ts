import { expect, test } from '@jest/globals';
import { hashMismatch, mismatchIn } from '../../src/resolve/mismatch.js';

const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
const tampered =
  'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.';

test.each<readonly [string, string, ReturnType<typeof mismatchIn>]>([
  [
    'pip, a package of an index',
    `Collecting toolz==1.0.0\n${tampered}\n    toolz==1.0.0 from https://files.example/p/toolz-1.0.0-py3-none-any.whl (from -r requirements.txt (line 1)):\n        Expected sha256 ${a}\n        Expected     or ${b}\n             Got        ${c}\n\n`,
    { what: 'toolz-1.0.0-py3-none-any.whl', expected: [`sha256:${a}`, `sha256:${b}`], got: `sha256:${c}` },
  ],
  [
    'pip, an address with its own hash',
    `${tampered}\n    toolz@ https://h.example/toolz-1.0.0.tar.gz#sha256=${a} from https://h.example/toolz-1.0.0.tar.gz#sha256=${a}:\n        Expected sha256 ${a}\n             Got        ${c}\n`,
    { what: 'toolz-1.0.0.tar.gz', expected: [`sha256:${a}`], got: `sha256:${c}` },
  ],
  [
    'pip, another kind of hash, a folder of links, CRLF',
    `${tampered}\r\n    toolz from file:///links/toolz-1.0.0-py3-none-any.whl (from -r r.txt (line 1)):\r\n        Expected sha512 ${a}\r\n             Got        ${c}\r\n`,
    { what: 'toolz-1.0.0-py3-none-any.whl', expected: [`sha512:${a}`], got: `sha512:${c}` },
  ],
  [
    'pip, without what it is about',
    `${tampered}\n    unknown package:\n        Expected sha256 ${a}\n             Got        ${c}\n`,
    { what: null, expected: [`sha256:${a}`], got: `sha256:${c}` },
  ],
  [
    'uv',
    `error: Failed to download \`toolz==1.0.0\`\n  cause: Hash mismatch for \`toolz==1.0.0\`\n\n         Expected:\n           sha256:${a}\n           sha256:${b}\n\n         Computed:\n           sha256:${c}\n`,
    { what: 'toolz==1.0.0', expected: [`sha256:${a}`, `sha256:${b}`], got: `sha256:${c}` },
  ],
  ['something else', 'ERROR: No matching distribution found for toolz', null],
])('%s', (_name, text, wanted) => {
  expect(mismatchIn(text)).toEqual(wanted);
});

test('whoever found it, it is said in the same words', () => {
  const error = hashMismatch(
    { what: 'toolz-1.0.0.tar.gz', expected: ['sha256:a', 'sha256:b'], got: 'sha256:c' },
    ['requirements.txt, line 1 asks for toolz==1.0.0'],
  );
  expect([error.message, ...error.details]).toEqual([
    'toolz-1.0.0.tar.gz does not have a hash that the requirements allow.',
    'requirements.txt, line 1 asks for toolz==1.0.0',
    'expected sha256:a or sha256:b',
    'got      sha256:c',
  ]);
});
