import { expect, test } from '@jest/globals';
import { redact } from '../../src/resolve/secrets.js';

test.each([
  ['Looking in https://user:s3cret@host/simple', 'Looking in https://****@host/simple'],
  ['https://__token__:pypi-AgEI@host', 'https://****@host'],
  ['https://only-a-token@host/simple', 'https://****@host/simple'],
  ['"https://u:p%40ss@host/x"', '"https://****@host/x"'],
  ['https://u:p@ss@host/x', 'https://****@host/x'],
  ['git+https://u:t@host/r.git', 'git+https://****@host/r.git'],
  ['git+ssh://git@host/r.git', 'git+ssh://git@host/r.git'],
  [
    'https://b.s3/x.whl?X-Amz-Signature=abc&X-Amz-Date=1',
    'https://b.s3/x.whl?X-Amz-Signature=****&X-Amz-Date=1',
  ],
  ['https://h/x.whl?sig=a%2Bb&v=1', 'https://h/x.whl?sig=****&v=1'],
  ['Authorization: Bearer abc.def', 'Authorization: ****'],
  ['https://host/simple/numpy/', 'https://host/simple/numpy/'],
  ['name @ https://host/x.whl; mail me@host', 'name @ https://host/x.whl; mail me@host'],
])('%s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test('values of secret variables and passwords inside other variables are masked wherever they appear', () => {
  const environment = {
    UV_INDEX_COMPANY_PASSWORD: 'hunter-22',
    CODEARTIFACT_AUTH_TOKEN: 'eyJ.token',
    PIP_INDEX_URL: 'https://me:in%21url99@host/simple',
    HOME: '/home/someone',
    SOME_TOKEN: 'yes',
  };
  expect(redact('a hunter-22 b eyJ.token c in%21url99 d in!url99 e /home/someone yes', environment)).toBe(
    'a **** b **** c **** d **** e /home/someone yes',
  );
});
