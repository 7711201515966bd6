import { describe, expect, test } from '@jest/globals';
import { decodeRequirements } from '../../src/python/decode.js';
import { expandVariables, readLines, splitEditable, splitRequirement } from '../../src/python/lines.js';
import { checkParts } from '../../src/python/requirement-check.js';

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

describe('what pip refuses', () => {
  test.each([
    ['numpy=2.0', 'one "=" is not an operator'],
    ['numpy=>2', '"=>" is not an operator'],
    ['numpy<>2', '"<>2" is not a version specifier (PEP 440)'],
    ['numpy>=two', '">=two" is not a version specifier (PEP 440)'],
    ['numpy>=2,,<3', '">=2,,<3" is not a version specifier (PEP 440)'],
    ['numpy\u00a0>=2', 'it holds a blank that is no space (U+00A0), as copied from a page or a document'],
    [
      'x @\u2003https://h.example/x.zip',
      'it holds a blank that is no space (U+2003), as copied from a page or a document',
    ],
    ['numpy==${version}', '"==${version}" is not a version specifier (PEP 440)'],
    ['numpy scipy', '"scipy" behind the name is no version specifier'],
    ['numpy; python_version', '"python_version" is not an environment marker'],
    ['numpy[a b]', '"[a b]" is not a list of extras'],
    ['>=2', 'it has no package name'],
    ['@ https://h/x.zip', 'the name before @ is missing'],
    ['x @', 'the URL behind @ is missing'],
  ])('%s: %s', (text, because) => {
    expect(checkParts(text, splitRequirement(text))).toBe(because);
  });

  test.each([
    ['numpy --unknown=1', 'pip has no option --unknown in requirements files'],
    ['--no- numpy', '--no- could be --no-index, --no-binary, --no-require-hashes'],
    ['-r', '--requirement needs a value'],
    ['--no-index=1', '--no-index takes no value'],
    ['-f "wheels', 'a quotation mark is not closed'],
    ['numpy --hash=md5:aa', '--hash md5:aa is not sha256:…, sha384:… or sha512:…'],
  ])('%s: %s', (text, because) => {
    expect(brief(text)).toEqual([`bad: ${because}`]);
  });
});

describe('more than pip', () => {
  test.each([
    ['-e ./x ; python_version >= "3.9"', './x', 'python_version >= "3.9"'],
    [
      "-e ./x; sys_platform == 'linux' and python_version >= '3.9'",
      './x',
      "sys_platform == 'linux' and python_version >= '3.9'",
    ],
    ['-e file:///a/x ; python_version >= "3.9"', 'file:///a/x', 'python_version >= "3.9"'],
  ])('%s: the marker of an editable', (text, url, marker) => {
    const [line] = readLines(text);
    expect(line).toMatchObject({ kind: 'requirement', editable: true });
    expect(splitEditable(line?.kind === 'requirement' ? line.text : '')).toMatchObject({ url, marker });
  });

  test.each([
    ['x @ https://h/a;b.zip', 'https://h/a;b.zip', ''],
    ['x @ https://h/a;b.zip ; python_version > "3"', 'https://h/a;b.zip', 'python_version > "3"'],
    ['x @ git+file:///r@v1 ; python_version > "3"', 'git+file:///r@v1', 'python_version > "3"'],
  ])('%s', (text, url, marker) => {
    expect(splitRequirement(text)).toMatchObject({ name: 'x', url, marker });
  });
});

test('a variable in a URL stays as written: it may be a secret', () => {
  const text = 'x @ git+https://${TOKEN}@h/r.git\n${NAME}>=1\n--index-url ${INDEX}\n';
  const values = { TOKEN: 'hunter-22', NAME: 'numpy', INDEX: 'https://me:hunter-22@h/simple' };
  const read = readLines(text, values);
  expect(read).toMatchObject([
    { text: 'x @ git+https://${TOKEN}@h/r.git' },
    { text: 'numpy>=1' },
    { value: '${INDEX}' },
  ]);
  expect(JSON.stringify(read)).not.toMatch(/hunter/);
});

describe('encodings', () => {
  const bytes = (text: string, encoding: 'utf8' | 'utf16le' | 'latin1', ...mark: number[]): Buffer =>
    Buffer.concat([Buffer.from(mark), Buffer.from(text, encoding)]);
  const wide = Buffer.alloc(12);
  [0xfeff, 0x61, 0x1d518].forEach((point, index) => wide.writeUInt32LE(point, index * 4));

  test.each<[string, Buffer, ReturnType<typeof decodeRequirements>]>([
    ['UTF-32 LE, whose mark begins as the one of UTF-16 does', wide, { text: 'a𝔘' }],
    ['UTF-16 LE', bytes('a\r\n', 'utf16le', 0xff, 0xfe), { text: 'a\r\n' }],
    [
      'UTF-16 without a mark',
      bytes('a\r\n', 'utf16le'),
      { because: 'holds NUL characters, as UTF-16 without a byte order mark does' },
    ],
    ['half a character of UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61]), { because: 'is not UTF-32' }],
    [
      'a wheel',
      Buffer.from('PK\x03\x04\x14\0\0\0'),
      { because: 'is a zip file, such as a wheel, and no text', binary: true },
    ],
    [
      'a source archive',
      Buffer.from('1f8b0800', 'hex'),
      { because: 'is a compressed archive, and no text', binary: true },
    ],
    [
      'a program',
      Buffer.from('\x7fELF\x02\x01\0', 'latin1'),
      { because: 'is a program, and no text', binary: true },
    ],
    [
      'anything else',
      Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'),
      { because: 'is no text', binary: true },
    ],
    ['neither UTF-8 nor named', bytes('# größe', 'latin1'), { because: 'is not UTF-8' }],
    [
      'an unknown name',
      bytes('# coding: klingon-1\n', 'utf8'),
      { because: 'says that it is klingon-1, an encoding that is not known here' },
    ],
    [
      'a name that is not true',
      bytes('# coding: ascii\n# größe', 'utf8'),
      { because: 'says that it is ascii, and has other characters' },
    ],
  ])('%s', (_name, input, expected) => {
    expect(decodeRequirements(input)).toEqual(expected);
  });
});
