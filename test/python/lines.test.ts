import { describe, expect, test } from '@jest/globals';
import { expandVariables, readLines, splitRequirement } from '../../src/python/lines.js';

const brief = (text: string): string[] =>
  readLines(text).map((line) =>
    line.kind === 'option'
      ? `${line.name}|${line.value}`
      : line.kind === 'bad'
        ? `bad: ${line.because}`
        : `${line.editable ? '-e ' : ''}${line.text}${line.options === '' ? '' : ` || ${line.options}`}`,
  );

describe('lines of a requirements file', () => {
  test.each<[string, string, string[]]>([
    ['comments and blanks', '# a\n\nnumpy # why\n  scipy\n', ['numpy', 'scipy']],
    ['a hash sign inside a URL', 'x @ https://h/x.zip#egg=x\n', ['x @ https://h/x.zip#egg=x']],
    [
      'continuations',
      'numpy \\\n  >=2 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\n',
      ['numpy   >=2 || --hash=sha256:aa --hash=sha256:bb'],
    ],
    ['a comment ends a continuation', 'numpy \\\n# no more\nscipy', ['numpy', 'scipy']],
    ['a byte order mark and CRLF', '\uFEFFnumpy\r\nscipy\r\n', ['numpy', 'scipy']],
    [
      'options with = or a space',
      '--index-url=https://a\n--extra-index-url https://b\n-i https://c\n',
      ['--index-url|https://a', '--extra-index-url|https://b', '--index-url|https://c'],
    ],
    [
      'several --find-links, one quoted',
      '-f a\n--find-links "b c"\n',
      ['--find-links|a', '--find-links|b c'],
    ],
    [
      '-r and -c, glued or not',
      '-rmore.txt\n-r other.txt\n-c limits.txt\n',
      ['--requirement|more.txt', '--requirement|other.txt', '--constraint|limits.txt'],
    ],
    [
      'editable',
      '-e ./my-engine\n--editable=git+https://h/r.git#egg=r\n',
      ['-e ./my-engine', '-e git+https://h/r.git#egg=r'],
    ],
    ['flags', '--pre\n--no-index\n', ['--pre|', '--no-index|']],
    ['two options in a line', '--no-index --find-links x\n', ['--no-index|', '--find-links|x']],
    ['markers stay', "a; python_version > '3' # c", ["a; python_version > '3'"]],
    ['a continuation at the end', 'numpy \\', ['numpy']],
  ])('%s', (_name, text, expected) => {
    expect(brief(text)).toEqual(expected);
  });
});

describe('parts of a requirement', () => {
  test.each([
    ['numpy', ['numpy', '', '', null, '']],
    [
      'boto3[crt] >= 1.35, <2 ; python_version < "4"',
      ['boto3', '[crt]', '>=1.35,<2', null, 'python_version < "4"'],
    ],
    ['numpy (>=2)', ['numpy', '', '>=2', null, '']],
    ['colorgram.py==1.2', ['colorgram.py', '', '==1.2', null, '']],
    ['a @ https://h/a.whl ; os_name == "posix"', ['a', '', '', 'https://h/a.whl', 'os_name == "posix"']],
    ['a[x]@file:///d/a.whl', ['a', '[x]', '', 'file:///d/a.whl', '']],
    ['./engine[x]', [null, '[x]', '', './engine', '']],
    ['.', [null, '', '', '.', '']],
    ['wheels/a-1-py3-none-any.whl', ['a', '', '', 'wheels/a-1-py3-none-any.whl', '']],
    ['a-1-py3-none-any.whl', ['a', '', '', 'a-1-py3-none-any.whl', '']],
    ['git+https://h/r.git@v1#egg=engine', ['engine', '', '', 'git+https://h/r.git@v1#egg=engine', '']],
    ['https://h/a.tar.gz', [null, '', '', 'https://h/a.tar.gz', '']],
  ])('%s', (text, [name, extras, specifier, url, marker]) => {
    expect(splitRequirement(text)).toEqual({ name, extras, specifier, url, marker });
  });
});

test('variables: capitals only, an unset one stays', () => {
  expect(expandVariables('${USER_1}:${gone}:${GONE}', { USER_1: 'me' })).toBe('me:${gone}:${GONE}');
});
