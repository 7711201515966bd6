// The Runtime API against a small client: what Lambda answers, and what it refuses.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RuntimeApi } from '../../../src/verify/runtime/api.js';

const arn = 'arn:aws:lambda:us-east-1:123456789012:function:one';
const patience = 5_000;

let api: RuntimeApi;
let base: string;

beforeEach(async () => {
  api = new RuntimeApi(arn);
  api.server.listen(0, '127.0.0.1');
  await once(api.server, 'listening');
  base = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  api.over({ errorType: 'Test.Over', errorMessage: '', stackTrace: [] });
  api.server.closeAllConnections();
  api.server.close();
  await once(api.server, 'close');
});

const call = (
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${base}/2018-06-01/runtime/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });

const next = (): Promise<Response> => call('GET', 'invocation/next');

const idOf = (response: Response): string => response.headers.get('Lambda-Runtime-Aws-Request-Id') ?? '';

const error = { errorMessage: 'no', errorType: 'Bad', requestId: '', stackTrace: ['  File "app.py"'] };

test('the first poll ends initialization', async () => {
  api.started();
  const poll = next();
  expect(await api.initialized).toMatchObject({ ok: true, error: null });
  const invocation = api.invoke(null, patience);
  await call('POST', `invocation/${idOf(await poll)}/response`, 'null');
  expect((await invocation).ok).toBe(true);
});

test('an event goes out with Lambda’s headers, and the answer comes back', async () => {
  const before = Date.now();
  const invocation = api.invoke({ a: [1, 'ä'] }, patience);
  const event = await next();
  expect(event.status).toBe(200);
  const header = (name: string): string => event.headers.get(name) ?? '';
  expect(idOf(event)).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/);
  expect(Number(header('Lambda-Runtime-Deadline-Ms'))).toBeGreaterThanOrEqual(before + patience);
  expect(Number(header('Lambda-Runtime-Deadline-Ms'))).toBeLessThanOrEqual(Date.now() + patience);
  expect(header('Lambda-Runtime-Invoked-Function-Arn')).toBe(arn);
  expect(header('Lambda-Runtime-Trace-Id')).toMatch(
    /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/,
  );
  expect(header('Content-Type')).toBe('application/json');
  expect(await event.json()).toEqual({ a: [1, 'ä'] });
  const answer = await call('POST', `invocation/${idOf(event)}/response`, '{"b":2}');
  expect([answer.status, await answer.json()]).toEqual([202, { status: 'OK' }]);
  expect(await invocation).toMatchObject({ ok: true, result: { b: 2 }, error: null });
});

test('a client that waits already gets the event', async () => {
  const poll = next();
  await api.initialized;
  const invocation = api.invoke('late', patience);
  const event = await poll;
  expect(await event.json()).toBe('late');
  await call('POST', `invocation/${idOf(event)}/response`, '1');
  expect((await invocation).result).toBe(1);
});

test('one after the other, each with its own id', async () => {
  const ids: string[] = [];
  for (const event of [1, 2, 3]) {
    const invocation = api.invoke(event, patience);
    const given = await next();
    ids.push(idOf(given));
    await call('POST', `invocation/${idOf(given)}/response`, await given.text());
    expect((await invocation).result).toBe(event);
  }
  expect(new Set(ids).size).toBe(3);
});

test('an error of the handler is handed on as it was posted', async () => {
  const invocation = api.invoke({}, patience);
  const id = idOf(await next());
  expect((await call('POST', `invocation/${id}/error`, JSON.stringify(error))).status).toBe(202);
  expect(await invocation).toMatchObject({
    ok: false,
    result: null,
    error: { errorType: 'Bad', errorMessage: 'no', stackTrace: ['  File "app.py"'] },
  });
});

test('an error whose body is no JSON takes its type from the header', async () => {
  const invocation = api.invoke({}, patience);
  const id = idOf(await next());
  await call('POST', `invocation/${id}/error`, 'words', {
    'Lambda-Runtime-Function-Error-Type': 'Runtime.X',
  });
  expect((await invocation).error).toEqual({ errorType: 'Runtime.X', errorMessage: 'words', stackTrace: [] });
});

test('an error of initialization ends it', async () => {
  const answer = await call('POST', 'init/error', JSON.stringify(error));
  expect(answer.status).toBe(202);
  expect(await api.initialized).toMatchObject({ ok: false, error: { errorType: 'Bad' } });
  expect(await api.invoke({}, patience)).toMatchObject({ ok: false, error: { errorType: 'Bad' } });
  expect((await next()).status).toBe(403);
});

test('SnapStart: a snapshot and its restoring come before the first poll', async () => {
  expect((await call('GET', 'restore/next')).status).toBe(200);
  const invocation = api.invoke({}, patience);
  const event = await next();
  expect(await api.initialized).toMatchObject({ ok: true });
  await call('POST', `invocation/${idOf(event)}/response`, '{}');
  expect((await invocation).ok).toBe(true);
});

test('SnapStart: an error while restoring ends initialization', async () => {
  await call('GET', 'restore/next');
  expect((await call('POST', 'restore/error', JSON.stringify(error))).status).toBe(202);
  expect(await api.initialized).toMatchObject({ ok: false, error: { errorType: 'Bad' } });
});

/** Each row: what was done before, the call, and how it is refused. */
test.each<readonly [string, 'nothing' | 'event' | 'answered', string, string, number, string]>([
  ['an answer before any event', 'nothing', 'POST', 'invocation/x/response', 400, 'InvalidRequestID'],
  ['an answer with a wrong id', 'event', 'POST', 'invocation/x/response', 400, 'InvalidRequestID'],
  ['an error with a wrong id', 'event', 'POST', 'invocation/x/error', 400, 'InvalidRequestID'],
  ['a second answer', 'answered', 'POST', 'invocation/ID/response', 400, 'InvalidRequestID'],
  ['an error after the answer', 'answered', 'POST', 'invocation/ID/error', 400, 'InvalidRequestID'],
  ['a poll without an answer', 'event', 'GET', 'invocation/next', 403, 'InvalidStateTransition'],
  ['init/error after initialization', 'event', 'POST', 'init/error', 403, 'InvalidStateTransition'],
  ['restore/next after initialization', 'event', 'GET', 'restore/next', 403, 'InvalidStateTransition'],
  ['restore/error after initialization', 'event', 'POST', 'restore/error', 403, 'InvalidStateTransition'],
])('refused: %s', async (_, before, method, path, status, errorType) => {
  let id = '';
  if (before !== 'nothing') {
    void api.invoke({}, patience);
    id = idOf(await next());
    if (before === 'answered') await call('POST', `invocation/${id}/response`, '1');
  }
  const answer = await call(method, path.replace('ID', id), method === 'POST' ? '{}' : undefined);
  expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ errorType })]);
});

test.each(['GET invocation/x', 'DELETE invocation/next', 'GET nothing', 'POST invocation/x/y/response'])(
  'not there: %s',
  async (line) => {
    const [method = '', path = ''] = line.split(' ');
    expect((await call(method, path)).status).toBe(404);
  },
);

test('an answer of more than 6 MiB fails as in Lambda', async () => {
  const invocation = api.invoke({}, patience);
  const id = idOf(await next());
  const answer = await call('POST', `invocation/${id}/response`, JSON.stringify('x'.repeat(6_291_556)));
  expect(answer.status).toBe(413);
  expect(await invocation).toMatchObject({
    ok: false,
    error: { errorType: 'Function.ResponseSizeTooLarge' },
  });
});

test('an answer of 6 MiB is taken', async () => {
  const invocation = api.invoke({}, patience);
  const id = idOf(await next());
  expect(
    (await call('POST', `invocation/${id}/response`, JSON.stringify('x'.repeat(6_291_554)))).status,
  ).toBe(202);
  expect((await invocation).ok).toBe(true);
});

test('a function that takes too long is over', async () => {
  const invocation = api.invoke({}, 30);
  const id = idOf(await next());
  expect(await invocation).toMatchObject({
    ok: false,
    error: {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${id} Error: Task timed out after 0.03 seconds`,
    },
  });
  expect((await call('POST', `invocation/${id}/response`, '1')).status).toBe(400);
  expect(await api.invoke({}, patience)).toMatchObject({
    ok: false,
    error: { errorType: 'Sandbox.Timedout' },
  });
});

test('an environment that ends answers whoever waits', async () => {
  const invocation = api.invoke({}, patience);
  const id = idOf(await next());
  api.over({ errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited', stackTrace: [] });
  expect(await invocation).toMatchObject({
    ok: false,
    error: { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${id} Error: Runtime exited` },
  });
});

test('a client that went away while it waited is not given the event', async () => {
  const gone = new AbortController();
  const poll = fetch(`${base}/2018-06-01/runtime/invocation/next`, { signal: gone.signal });
  await api.initialized;
  gone.abort();
  await expect(poll).rejects.toThrow();
  while ((await connections()) > 0) await sleep(5);
  const invocation = api.invoke('again', patience);
  const event = await next();
  expect(await event.json()).toBe('again');
  await call('POST', `invocation/${idOf(event)}/response`, '1');
  expect((await invocation).ok).toBe(true);
});

const connections = (): Promise<number> => promisify(api.server.getConnections.bind(api.server))();

test('two events at once are our mistake', async () => {
  void api.invoke({}, patience);
  await expect(api.invoke({}, patience)).rejects.toThrow('busy');
});
