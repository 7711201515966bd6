/** Programs that end badly, and a process that has no time to listen to them. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
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
  const running = run(program, args, { ownGroup, signal: controller.signal, onOutputLine });
  await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  expect(Date.now() - stopped).toBeLessThan(2000);
});

test('one that is given up before it starts does not', async () => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'slim-run-')), 'started');
  const running = run('/usr/bin/touch', [file], { signal: AbortSignal.abort() });
  await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  expect(existsSync(file)).toBe(false);
});

/** A signal that is aborted while the program runs; `stopped`: when, 0 before. */
function stoppedSoon(): { readonly controller: AbortController; readonly stopped: () => number } {
  const controller = new AbortController();
  let at = 0;
  setTimeout(() => {
    at = Date.now();
    controller.abort();
  }, 1500);
  return { controller, stopped: () => at };
}

describe('a flood', () => {
  const floods: readonly (readonly [string, string])[] = [
    ['of lines', 'yes'],
    ['without a line break', "tr '\\0' x < /dev/zero"],
  ];
  test.each(floods)('%s on standard error ends nobody, and its end is kept', async (_name, flood) => {
    const [program, args] = shell(
      `(${flood}) 2>/dev/null | head -c 40000000 >&2; echo the end >&2; echo answer`,
    );
    const lengths = new Set<number>();
    let lines = 0;
    const onErrorLine = (line: string): void => {
      lines++;
      lengths.add(line.length);
    };
    const result = await run(program, args, { onErrorLine, signal: null });
    expect(result).toMatchObject({ ok: true, stdout: 'answer' });
    expect(result.stderr.endsWith('the end')).toBe(true);
    expect(result.stderr.length).toBeLessThanOrEqual(2 ** 20);
    expect(lines).toBeGreaterThan(300);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 16);
  });

  test.each(floods)('%s is given up within two seconds', async (_name, flood) => {
    const [program, args] = shell(`trap '' TERM; (${flood}) >&2 & (${flood}) >&2`);
    for (const ownGroup of [true, false]) {
      const { controller, stopped } = stoppedSoon();
      const onLine = (): void => {};
      const options = { ownGroup, signal: controller.signal, onOutputLine: onLine, onErrorLine: onLine };
      await expect(run(program, args, options)).rejects.toMatchObject({ code: 'interrupted' });
      expect(Date.now() - stopped()).toBeLessThan(2000);
    }
  });

  test('that others go on with when the program has ended is given up at once, too', async () => {
    const [program, args] = shell('(yes >&2 &); exit 0');
    const { controller, stopped } = stoppedSoon();
    const outcome = await run(program, args, { signal: controller.signal }).catch((error: unknown) => error);
    // On a busy machine the flood may have paused for so long that nobody waited for it any more.
    if (stopped() === 0) expect(outcome).toMatchObject({ ok: true });
    else {
      expect(outcome).toMatchObject({ code: 'interrupted' });
      expect(Date.now() - stopped()).toBeLessThan(2000);
    }
    controller.abort();
  });

  test('on standard output is no answer', async () => {
    const [program, args] = shell('yes');
    const result = await run(program, args, { ownGroup: true, signal: null });
    expect(result).toMatchObject({ ok: false, timedOut: false });
    expect(result.stdout.length).toBeLessThanOrEqual(2 ** 26);
  });
});
