/** A request over HTTP as API Gateway hands it to a function. */
import { describe, expect, test } from '@jest/globals';
import { eventOf, refusalOf, tooLarge } from '../../../src/verify/serve/event.js';
import type { HttpRequest } from '../../../src/verify/serve/model.js';

const request = (change: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  target: '/',
  rawHeaders: ['Host', 'localhost:8080', 'User-Agent', 'test/1'],
  protocol: 'HTTP/1.1',
  body: new Uint8Array(),
  sourceIp: '127.0.0.1',
  port: 8080,
  requestId: 'id',
  traceId: 'Root=1-0',
  time: Date.UTC(2020, 2, 12, 19, 3, 58),
  ...change,
});

test('a request with nothing in it has no members for what it lacks', () => {
  expect(eventOf(request())).toEqual({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: {
      host: 'localhost:8080',
      'user-agent': 'test/1',
      'x-amzn-trace-id': 'Root=1-0',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '8080',
      'x-forwarded-proto': 'http',
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'lambda-slim',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test/1' },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1584039838000,
    },
    isBase64Encoded: false,
  });
});

test.each([
  ['/a%20b/%C3%A4?x=1', '/a b/ä', 'x=1', { x: '1' }],
  ['/a?x=1&x=2&y=&z', '/a', 'x=1&x=2&y=&z', { x: '1,2', y: '', z: '' }],
  ['/a?x=a%20b+c%2C', '/a', 'x=a%20b+c%2C', { x: 'a b c,' }],
  ['/a?b=c?d', '/a', 'b=c?d', { b: 'c?d' }],
  ['/%zz', '/%zz', '', undefined],
  ['/?', '/', '', undefined],
  ['http://other.example/a?b=1', '/a', 'b=1', { b: '1' }],
  ['*', '*', '', undefined],
  ['/__proto__?__proto__=1', '/__proto__', '__proto__=1', Object.fromEntries([['__proto__', '1']])],
])('%s', (target, rawPath, rawQueryString, queryStringParameters) => {
  const event = eventOf(request({ target }));
  expect([event.rawPath, event.requestContext.http.path]).toEqual([rawPath, rawPath]);
  expect([event.rawQueryString, event.queryStringParameters]).toEqual([
    rawQueryString,
    queryStringParameters,
  ]);
});

test('headers in small letters, joined when they come twice; cookies are none', () => {
  const rawHeaders = [
    'X-A',
    '1',
    'x-a',
    '2',
    'Cookie',
    'a=1; b=2',
    'cookie',
    'c=3',
    'Connection',
    'close',
    'X-Forwarded-For',
    '9.9.9.9',
  ];
  const { headers, cookies } = eventOf(request({ rawHeaders }));
  expect(cookies).toEqual(['a=1', 'b=2', 'c=3']);
  expect(headers).toMatchObject({ 'x-a': '1,2', 'x-forwarded-for': '9.9.9.9, 127.0.0.1' });
  expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['cookie']));
  expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['connection']));
});

// As measured against live APIs.
test.each([
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['text/plain', true],
  ['text/csv;header=present', true],
  ['application/xml', true],
  ['application/javascript', true],
  ['Application/JSON', true],
  ['application/vnd.api+json', false],
  ['application/x-www-form-urlencoded', false],
  ['multipart/form-data; boundary=x', false],
  ['application/octet-stream', false],
  ['', false],
])('a body of type "%s" is text: %p', (type, isText) => {
  const body = Buffer.from('{"ä":1}');
  const rawHeaders = type === '' ? [] : ['Content-Type', type];
  const event = eventOf(request({ body, rawHeaders }));
  expect(event.isBase64Encoded).toBe(!isText);
  expect(event.body).toBe(body.toString(isText ? 'utf8' : 'base64'));
});

describe('too large', () => {
  test.each([
    [431, ['X', 'a'.repeat(10_240)], 0],
    [413, [], 10 * 2 ** 20 + 1],
    [null, ['X', 'a'.repeat(10_000)], 10 * 2 ** 20],
  ])('%p', (status, rawHeaders, bytes) => {
    expect(refusalOf(request({ rawHeaders }), bytes)?.answer.status ?? null).toBe(status);
  });

  // Base64 makes four of three.
  test.each([
    ['application/octet-stream', 4.8, 413],
    ['application/octet-stream', 4.2, null],
    ['text/plain', 5.5, null],
    ['text/plain', 6.1, 413],
  ])('an event with %s of %p MiB: %p', (type, mib, status) => {
    const body = Buffer.alloc(mib * 2 ** 20, 'a');
    const event = eventOf(request({ body, rawHeaders: ['content-type', type] }));
    expect(tooLarge(event)?.answer.status ?? null).toBe(status);
  });
});
