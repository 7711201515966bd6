import { describe, expect, test } from '@jest/globals';
import { loginEnd, looksRandom, pathTokens } from '../../src/text/logins.js';
import { mask, Secrets, withoutLogins } from '../../src/text/secrets.js';

describe('what was never learned is known by its place', () => {
  test.each([
    ['Looking in https://user:s3cret@host/simple', 'Looking in https://****@host/simple'],
    ['https://__token__:pypi-AgEI@host', 'https://****@host'],
    ['https://only-a-token@host/simple', 'https://****@host/simple'],
    ['"https://u:p%40ss@host/x"', '"https://****@host/x"'],
    ['https://u:p@ss@host/x', 'https://****@host/x'],
    ['https://u:p@ss/w@host.example/x', 'https://****@host.example/x'],
    ['https://u:pa/ss@host.example/x', 'https://****@host.example/x'],
    ['https://u:pa/ss@nexus/x', 'https://****@nexus/x'],
    ['https://u:12/ss@host.example/x', 'https://****@host.example/x'],
    ['https://u:pa/ss@127.0.0.1:8080/x', 'https://****@127.0.0.1:8080/x'],
    ['https://tok/en@host.example/x', 'https://****@host.example/x'],
    ['s3://user:pw@bucket/key', 's3://****@bucket/key'],
    ['s3://user:p/w@bucket/key', 's3://****@bucket/key'],
    ['git+https://u:t@host/r.git', 'git+https://****@host/r.git'],
    ['git+https://token@github.com/x/y.git', 'git+https://****@github.com/x/y.git'],
    ['git+ssh://git@host/r.git', 'git+ssh://git@host/r.git'],
    ['git+https://github.com/o/r.git@v1.0', 'git+https://github.com/o/r.git@v1.0'],
    ['git+https://github.com/o/r.git@feature/x', 'git+https://github.com/o/r.git@feature/x'],
    ['git+https://host:8443/o/r.git@v1.0', 'git+https://host:8443/o/r.git@v1.0'],
    ['git+https://gitlab/o/r.git@main/x', 'git+https://gitlab/o/r.git@main/x'],
    ['file:///home/me@work.example/x.whl', 'file:///home/me@work.example/x.whl'],
    ['https://cdn.example/@scope/x.whl', 'https://cdn.example/@scope/x.whl'],
    [
      'https://b.s3/x.whl?X-Amz-Signature=abc&X-Amz-Date=1',
      'https://b.s3/x.whl?X-Amz-Signature=****&X-Amz-Date=1',
    ],
    ['https://h/x.whl?sig=a%2Bb&v=1', 'https://h/x.whl?sig=****&v=1'],
    ['Authorization: Bearer abc.def', 'Authorization: ****'],
    ['https://host/simple/numpy/', 'https://host/simple/numpy/'],
    ['https://host/aB3dE5fG7hI9jK1l/simple/x/', 'https://host/****/simple/x/'],
    [
      `https://files.pythonhosted.org/packages/50/8e/${'b8'.repeat(30)}/numpy-2.4.0-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl`,
      `https://files.pythonhosted.org/packages/50/8e/${'b8'.repeat(30)}/numpy-2.4.0-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl`,
    ],
    ['name @ https://host/x.whl; mail me@host', 'name @ https://host/x.whl; mail me@host'],
  ])('%s', (text, expected) => {
    expect(new Secrets().hide(text)).toBe(expected);
  });
});

describe('what was learned is hidden wherever it stands', () => {
  test.each<[name: string, learn: (secrets: Secrets) => void, text: string, expected: string]>([
    [
      'a password in an address, raw, decoded and encoded in either case',
      (secrets) => secrets.read('--index-url https://me:in%2furl-9!@host/simple'),
      'in%2furl-9! in%2Furl-9! in/url-9! in%2Furl-9%21',
      '**** **** **** ****',
    ],
    [
      'a token in the path of an index',
      (s) => s.read('https://h/0123456789abcdef/simple'),
      'x 0123456789abcdef y',
      'x **** y',
    ],
    [
      'the header of a login',
      (s) => s.learnLogin('me', 'hunter-22'),
      `got ${btoa('me:hunter-22')}`,
      'got ****',
    ],
    [
      'what is left behind an unescaped /',
      (s) => s.read('https://me:pa/ssw0rd@host/'),
      'no host ssw0rd@host',
      'no host ****@host',
    ],
    [
      'letters beyond ASCII',
      (s) => s.read('https://me:pässwörd-ß@host/'),
      'pässwörd-ß p%C3%A4ssw%C3%B6rd-%C3%9F',
      '**** ****',
    ],
    ['within JSON', (s) => s.learn('a"b\\c-123'), JSON.stringify({ x: 'a"b\\c-123' }), '{"x":"****"}'],
    ['within HTML', (s) => s.learn('a<b&c-123'), 'a&lt;b&amp;c-123', '****'],
    ['a quotation mark in an address', (s) => s.read("x @ https://me:p'w-123@host/x.whl"), "p'w-123", '****'],
    [
      'a token in place of the user',
      (s) => s.read('https://ghp_0123456789abcdefghij@host/'),
      'user ghp_0123456789abcdefghij',
      'user ****',
    ],
    ['a parameter', (s) => s.read('https://h/x?token=abc-def-1'), 'abc-def-1', '****'],
    [
      'a proxy without a scheme',
      (s) => s.readVariables({ HTTPS_PROXY: 'me:pr0xy-pw@proxy:8080' }),
      'pr0xy-pw',
      '****',
    ],
  ])('%s', (_name, learn, text, expected) => {
    const secrets = new Secrets();
    learn(secrets);
    expect(secrets.hide(text)).toBe(expected);
  });

  test('values of variables whose names say that they are secret, and passwords inside others', () => {
    const secrets = new Secrets({
      UV_INDEX_COMPANY_PASSWORD: 'hunter-22',
      POETRY_HTTP_BASIC_COMPANY_PASSWORD: 'poet-77',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG',
      CODEARTIFACT_AUTH_TOKEN: 'eyJ.token',
      PIP_INDEX_URL: 'https://me:in%21url99@host/simple',
      HOME: '/home/someone',
      SOME_TOKEN: 'yes',
      SSH_AUTH_SOCK: '/tmp/ssh/agent',
      GOOGLE_APPLICATION_CREDENTIALS: '/home/someone/key.json',
    });
    expect(
      secrets.hide(
        'hunter-22 poet-77 wJalrXUtnFEMI/K7MDENG eyJ.token in%21url99 in!url99 /home/someone/key.json yes /tmp/ssh/agent',
      ),
    ).toBe('**** **** **** **** **** **** /home/someone/key.json yes /tmp/ssh/agent');
  });
});

test.each([
  ['git', 'git clones from git'],
  ['token', 'a token of 7'],
  ['abc', 'abc.py'],
  ['1234', '1234 bytes'],
  ['3.11', 'Python 3.11'],
  ['x1y2', 'sha256: 00x1y200'],
  ['numpy', 'numpy 2.4.0'],
])('the secret %s is too short or common to be hidden in %s', (secret, text) => {
  const secrets = new Secrets();
  secrets.learnLogin(secret, secret);
  expect(secrets.hide(text)).toBe(text);
  expect(secrets.hide(`https://me:${secret}@host/`)).toBe('https://****@host/');
});

test("a user's name stays in paths", () => {
  const secrets = new Secrets();
  secrets.read('https://jdoe42:hunter-22@host/simple');
  expect(secrets.hide('/home/jdoe42/work')).toBe('/home/jdoe42/work');
});

test('all texts of a value, and the names of its members', () => {
  const secrets = new Secrets();
  secrets.learn('hunter-22');
  expect(secrets.hideIn({ 'a hunter-22': ['hunter-22', 3, null, { deep: 'xhunter-22' }] })).toEqual({
    'a ****': ['****', 3, null, { deep: 'xhunter-22' }],
  });
});

test.each([
  ['my-company-python-packages', false],
  ['manylinux2014', false],
  ['artifactory', false],
  ['2024-01-01', false],
  ['aB3dE5fG7hI9', true],
  ['AbCdEfGhIjKlMnOpQrSt', true],
  ['7f3c2a90-1b2c-4d3e-8f90-a1b2c3d4e5f6', true],
])('%s looks like a token: %s', (text, expected) => {
  expect(looksRandom(text)).toBe(expected);
});

test('only the address of an index has tokens in its path', () => {
  expect(pathTokens('/aB3dE5fG7hI9/simple/?x=1')).toEqual(['aB3dE5fG7hI9']);
  expect(pathTokens('/aB3dE5fG7hI9/x-1-py3-none-any.whl#sha256=0')).toEqual([]);
});

test('a long hostile text takes no time', () => {
  const began = Date.now();
  const secrets = new Secrets();
  for (const text of [
    'a'.repeat(1e6),
    `://${'@'.repeat(2e4)}`,
    '://a/'.repeat(1e5),
    `://u:${'/@a.b'.repeat(2e4)}`,
  ]) {
    secrets.read(text);
    secrets.hide(text);
    loginEnd(text, 'https');
  }
  expect(Date.now() - began).toBeLessThan(5_000);
});

describe('what keys are made of', () => {
  const feed = (login: string, id: string, query = ''): string =>
    withoutLogins(`https://${login}pkgs.dev.azure.com/org/_packaging/${id}/pypi/simple/${query}`);
  const [one, other] = ['3f0c1e52-8f6f-4a43-9d0e-0b7a1c9d2e11', 'a9c1b2d3-1111-4c2d-8e0e-9d8c7b6a5f40'];

  test('two addresses that differ only in a random-looking part stay two', () => {
    expect(feed('', one)).not.toBe(feed('', other));
    expect(new Secrets().hide(`https://host/${one}/x`)).toBe(`https://host/${mask}/x`);
  });

  test('another login or signature makes no other key', () => {
    expect(feed('user:one@', one)).toBe(feed('user:two@', one));
    expect(feed('', one, '?sig=abcdefgh')).toBe(feed('', one, '?sig=ijklmnop'));
  });
});
