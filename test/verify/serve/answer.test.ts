/** What a function returned, as API Gateway answers it. */
import { expect, test } from '@jest/globals';
import { answerOf } from '../../../src/verify/serve/answer.js';

const of = (result: unknown): readonly unknown[] => {
  const { answer, because } = answerOf({ ok: true, result, error: null, ms: 1 });
  return [
    answer.status,
    Object.fromEntries(answer.headers),
    Buffer.from(answer.body).toString('latin1'),
    because,
  ];
};

const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain;charset=UTF-8' };

test.each([
  ['a text is the body', 'Hello', [200, json, 'Hello', null]],
  ['an object is the body', { a: 1 }, [200, json, '{"a":1}', null]],
  ['a list', [1, 2], [200, json, '[1,2]', null]],
  ['nothing', null, [200, json, 'null', null]],
  ['a number', 0, [200, json, '0', null]],
  ['an object that has a body, but no status', { body: 'x' }, [200, json, '{"body":"x"}', null]],
  ['a status alone', { statusCode: 204 }, [204, {}, '', null]],
  ['a status as text', { statusCode: '201', body: 'x' }, [201, text, 'x', null]],
  [
    'its own type',
    { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: 'x' },
    [200, { 'content-type': 'text/html' }, 'x', null],
  ],
  [
    'numbers and truths as headers',
    { statusCode: 200, headers: { 'X-A': 1, 'x-b': true, 'x-c': null }, body: 'x' },
    [200, { ...text, 'x-a': '1', 'x-b': 'true' }, 'x', null],
  ],
  ['base64', { statusCode: 200, isBase64Encoded: true, body: 'AP8=' }, [200, text, '\x00\xff', null]],
  [
    'base64 that is switched off',
    { statusCode: 200, isBase64Encoded: false, body: 'AP8=' },
    [200, text, 'AP8=', null],
  ],
  [
    'members that are null',
    { statusCode: 200, headers: null, cookies: null, body: null },
    [200, {}, '', null],
  ],
  [
    'what the gateway makes itself',
    { statusCode: 200, headers: { 'Content-Length': '99', Connection: 'close' }, body: 'x' },
    [200, text, 'x', null],
  ],
])('%s', (_what, result, expected) => {
  expect(of(result)).toEqual(expected);
});

test('each cookie is a header of its own', () => {
  const result = { statusCode: 200, cookies: ['a=1; Path=/', 'b=2'], body: '' };
  expect(answerOf({ ok: true, result, error: null, ms: 1 }).answer.headers).toEqual([
    ['set-cookie', 'a=1; Path=/'],
    ['set-cookie', 'b=2'],
  ]);
});

test.each([
  [{ statusCode: 'abc' }, 'statusCode is "abc"'],
  [{ statusCode: 99 }, 'statusCode is 99'],
  [{ statusCode: 200.5 }, 'statusCode is 200.5'],
  [{ statusCode: null }, 'statusCode is null'],
  [{ statusCode: 200, body: { a: 1 } }, 'body is {"a":1}, not a text'],
  [{ statusCode: 200, headers: ['a'] }, 'headers is ["a"]'],
  [{ statusCode: 200, headers: { a: ['b'] } }, 'the header a is ["b"]'],
  [{ statusCode: 200, headers: { 'a b': 'c' } }, '"a b" is no name of a header'],
  [{ statusCode: 200, headers: { a: 'b\r\nset-cookie: evil=1' } }, 'the header a holds a letter'],
  [{ statusCode: 200, cookies: 'a=1' }, 'cookies is "a=1"'],
  [{ statusCode: 200, cookies: ['a\nb'] }, 'a cookie holds a letter'],
  [{ statusCode: 200, isBase64Encoded: true, body: 'ä!' }, 'no base64'],
])('%j is refused as API Gateway does, and it is said why', (result, because) => {
  const [status, headers, body, why] = of(result);
  expect([status, headers, body]).toEqual([500, json, '{"message":"Internal Server Error"}']);
  expect(why).toContain(because);
});

test('a function that fails is an internal error, and the client hears no more', () => {
  const error = { errorType: 'KeyError', errorMessage: "'secret'", stackTrace: ['  File "app.py"'] };
  const { answer, because } = answerOf({ ok: false, result: null, error, ms: 1 });
  expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([
    500,
    '{"message":"Internal Server Error"}',
  ]);
  expect(because).toBe("KeyError: 'secret'");
});
