/** HTTP by real clients, in front of functions that are TypeScript. */
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Pool } from '../../../src/verify/load/pool.js';
import type { HttpEvent } from '../../../src/verify/serve/event.js';
import type { ServedRequest } from '../../../src/verify/serve/model.js';
import { gateway, listen } from '../../../src/verify/serve/server.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

type Function = (event: HttpEvent) => unknown;

interface Gateway {
  readonly url: string;
  readonly told: readonly ServedRequest[];
  readonly events: readonly HttpEvent[];
}

async function open(answer: Function, gatewayMs = 5000): Promise<Gateway> {
  const told: ServedRequest[] = [];
  const events: HttpEvent[] = [];
  const serve: Pool['serve'] = async (given) => {
    const event = given as HttpEvent;
    events.push(event);
    try {
      const result = await answer(event);
      return { init: null, waitMs: 0, invocation: { ok: true, result, error: null, ms: 1 } };
    } catch (thrown) {
      const { name: errorType, message: errorMessage } = thrown as Error;
      const error = { errorType, errorMessage, stackTrace: ['  File "app.py", line 1\n    x\n'] };
      return { init: null, waitMs: 0, invocation: { ok: false, result: null, error, ms: 1 } };
    }
  };
  const server = gateway({ serve } as Pool, { gatewayMs }, (one) => told.push(one));
  const url = await listen(server, { host: '127.0.0.1', port: 0, concurrency: 1 });
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url, told, events };
}

const echo: Function = (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/octet-stream' },
  isBase64Encoded: event.isBase64Encoded,
  body: event.body ?? '',
});

test('binary bodies go there and come back as they are', async () => {
  const { url } = await open(echo);
  const body = Uint8Array.from({ length: 4_000_000 }, (_, index) => index % 256);
  const answer = await fetch(url, { method: 'POST', body });
  expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(body))).toBe(true);
});

test('several cookies and headers, there and back', async () => {
  const { url, events } = await open(() => ({
    statusCode: 200,
    cookies: ['a=1', 'b=2'],
    headers: { vary: 'a, b' },
  }));
  const headers = [
    ['x-a', '1'],
    ['x-a', '2'],
    ['cookie', 'c=3; d=4'],
  ] as [string, string][];
  const answer = await fetch(`${url}x?y=1&y=2`, { headers });
  expect([answer.headers.getSetCookie(), answer.headers.get('vary')]).toEqual([['a=1', 'b=2'], 'a, b']);
  expect(answer.headers.get('apigw-requestid')).toMatch(/^[\da-f-]{36}$/);
  expect(events[0]).toMatchObject({
    cookies: ['c=3', 'd=4'],
    headers: { 'x-a': '1, 2' },
    queryStringParameters: { y: '1,2' },
  });
});

/** One over a connection that stays. */
async function over(agent: Agent, url: string, method: string, body?: string): Promise<IncomingMessage> {
  const sent = httpRequest(url, { agent, method });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

test('HEAD and OPTIONS come to the function, and a connection stays for the next request', async () => {
  const { url, events } = await open(() => ({ statusCode: 200, body: 'twelve bytes' }));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  ends.unshift(() => {
    agent.destroy();
    return Promise.resolve();
  });
  const ports = new Set<number | undefined>();
  for (const [method, body] of [
    ['HEAD', ''],
    ['OPTIONS', 'twelve bytes'],
    ['DELETE', 'twelve bytes'],
    ['GET', 'twelve bytes'],
  ] as const) {
    const answer = await over(agent, url, method);
    ports.add(answer.socket.localPort);
    expect([method, answer.statusCode, answer.headers['content-length'], await text(answer)]).toEqual([
      method,
      200,
      '12',
      body,
    ]);
  }
  expect(events.map(({ requestContext }) => requestContext.http.method)).toEqual([
    'HEAD',
    'OPTIONS',
    'DELETE',
    'GET',
  ]);
  expect(ports.size).toBe(1);
});

describe('what the function does not answer', () => {
  test.each<readonly [string, Function, number, string, string | null]>([
    [
      'it raises',
      () => {
        throw new TypeError('no');
      },
      500,
      '{"message":"Internal Server Error"}',
      'TypeError: no',
    ],
    [
      'it returns what is no answer',
      () => ({ statusCode: 'x' }),
      500,
      '{"message":"Internal Server Error"}',
      'statusCode',
    ],
    ['it takes too long', () => sleep(300), 503, '{"message":"Service Unavailable"}', 'within the 0.1 s'],
  ])('%s', async (_what, answer, status, body, because) => {
    const { url, told } = await open(answer, 100);
    const answered = await fetch(url);
    expect([answered.status, await answered.text()]).toEqual([status, body]);
    expect(answered.headers.get('content-type')).toBe('application/json');
    expect(told[0]?.because).toContain(because);
  });

  test('a failure tells where it was', async () => {
    const { url, told } = await open(() => {
      throw new TypeError('no');
    });
    await fetch(url);
    expect(told[0]?.traceback).toEqual(['  File "app.py", line 1', '    x']);
  });
});

test.each([
  ['beyond what API Gateway takes', 11 * 2 ** 20, {}],
  ['with a client that asks first', 11 * 2 ** 20, { expect: '100-continue' }],
  ['beyond what Lambda takes', 5 * 2 ** 20, {}],
])('a body %s: 413, and the function hears nothing', async (_what, bytes, headers) => {
  const { url, told, events } = await open(echo);
  const sent = httpRequest(url, { method: 'POST', headers: { ...headers, 'content-length': bytes } });
  if (!('expect' in headers)) sent.end(Buffer.alloc(bytes));
  else sent.flushHeaders();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect([answer.statusCode, await text(answer)]).toEqual([413, '{"message":"Request Entity Too Large"}']);
  sent.destroy();
  expect([events.length, told[0]?.status, told[0]?.functionMs]).toEqual([0, 413, null]);
});

test('a client that asks before it sends is told to', async () => {
  const { url } = await open(echo);
  const sent = httpRequest(url, { method: 'POST', headers: { expect: '100-continue', 'content-length': 3 } });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.end('abc');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(await text(answer)).toBe('abc');
});

test('headers beyond 10,240 bytes: 431', async () => {
  const { url, events } = await open(echo);
  const answer = await fetch(url, { headers: { 'x-a': 'a'.repeat(10_240) } });
  expect([answer.status, events.length]).toEqual([431, 0]);
});

test('a client that leaves is told of, and the next one is served', async () => {
  const { url, told } = await open(async ({ rawPath }) =>
    rawPath === '/slow' ? sleep(100, 'late') : 'next',
  );
  await expect(fetch(`${url}slow`, { signal: AbortSignal.timeout(30) })).rejects.toThrow();
  expect(await (await fetch(url)).text()).toBe('next');
  await sleep(150);
  expect(told.map(({ path, status }) => [path, status])).toEqual([
    ['/', 200],
    ['/slow', null],
  ]);
});

test('a client that leaves in the middle of its body is nothing', async () => {
  const { url, told, events } = await open(echo);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
  await sleep(50);
  socket.destroy();
  expect(await (await fetch(url, { method: 'POST', body: 'z' })).text()).toBe('z');
  expect([events.length, told.length]).toEqual([1, 1]);
});

test('a body in pieces, without a length', async () => {
  const { url } = await open(echo);
  const sent = httpRequest(url, { method: 'POST' });
  sent.write('a');
  await sleep(10);
  sent.end('b');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(await text(answer)).toBe('ab');
});

test('no content has no body, whatever the function says', async () => {
  const { url } = await open(() => ({ statusCode: 204, body: 'x' }));
  const answer = await fetch(url);
  expect([answer.status, await answer.text(), answer.headers.get('content-length')]).toEqual([204, '', null]);
});

test('a port that is taken is named', async () => {
  const { url } = await open(echo);
  const port = Number(new URL(url).port);
  const server = gateway({} as Pool, { gatewayMs: 1 }, () => {});
  await expect(listen(server, { host: '127.0.0.1', port, concurrency: 1 })).rejects.toMatchObject({
    code: 'bad-option',
    message: `--serve: port ${port} is taken.`,
  });
});
