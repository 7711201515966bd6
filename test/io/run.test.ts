/** Programs that end badly, and a process that has no time to listen to them. */
import { expect, test } from '@jest/globals';
import { run } from '../../src/io/run.js';

const shell = (script: string): readonly [string, readonly string[]] => ['/bin/sh', ['-c', script]];

/** Hold the event loop for most of the time, as a busy machine does. */
function beBusy(ms: number): () => void {
  const timer = setInterval(() => {
    const until = Date.now() + ms;
    while (Date.now() < until);
  }, 1);
  return () => clearInterval(timer);
}

test('what a program wrote before it ended is read, however late', async () => {
  const bytes = 1_500_000;
  const rest = beBusy(700);
  const [program, args] = shell(`head -c ${bytes} /dev/zero | tr '\\0' x`);
  const result = await run(program, args, { ownGroup: true, signal: null });
  rest();
  expect({ ok: result.ok, bytes: result.stdout.length }).toEqual({ ok: true, bytes });
}, 60_000);

test.each([
  ['in a group of its own', true],
  ['in ours', false],
])('what goes on in its pipes is not waited for: %s', async (_name, ownGroup) => {
  const [program, args] = shell('(setsid sleep 20 &) ; echo said');
  const began = Date.now();
  const result = await run(program, args, { ownGroup, signal: null });
  expect(result).toMatchObject({ ok: true, stdout: 'said' });
  expect(Date.now() - began).toBeLessThan(5000);
});

test('nor who goes on writing', async () => {
  const [program, args] = shell('(setsid sh -c "sleep 0.2; timeout 15 yes" &) ; echo said');
  const began = Date.now();
  const result = await run(program, args, { ownGroup: true, signal: null });
  expect(result.stdout.startsWith('said')).toBe(true);
  expect(Date.now() - began).toBeLessThan(14_000);
}, 30_000);

test.each([
  ['in a group of its own', true],
  ['in ours', false],
])('one that ignores SIGTERM ends when the work is given up: %s', async (_name, ownGroup) => {
  const [program, args] = shell('trap "" TERM INT; echo ready; while :; do sleep 0.1; done');
  const controller = new AbortController();
  let stopped = 0;
  const onOutputLine = (): void => {
    stopped = Date.now();
    controller.abort();
  };
  const result = await run(program, args, { ownGroup, signal: controller.signal, onOutputLine });
  expect(result.ok).toBe(false);
  expect(Date.now() - stopped).toBeLessThan(2000);
});

test('one that is given up before it starts', async () => {
  const began = Date.now();
  const result = await run('/bin/sleep', ['20'], { signal: AbortSignal.abort() });
  expect(result.ok).toBe(false);
  expect(Date.now() - began).toBeLessThan(2000);
});
