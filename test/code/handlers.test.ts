import { describe, expect, test } from '@jest/globals';
import { findHandlers, moduleOf, refuteHandler, unfitHandlers } from '../../src/code/handlers.js';
import { facts } from './helper.js';

describe('handlers that are found', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[], boolean]>([
    ['by their arguments', { 'x.py': 'def go(event, context): ...\ndef add(a, b): ...' }, ['x.go'], true],
    ['by other spellings of them', { 'x.py': 'def go(evt, _): ...\ndef add(a, b): ...' }, ['x.go'], true],
    [
      'by their name',
      { 'x.py': 'def lambda_handler(a, b): ...\ndef add(a, b): ...' },
      ['x.lambda_handler'],
      true,
    ],
    ['by their file', { 'app.py': 'def go(a, b): ...', 'util.py': 'def add(a, b): ...' }, ['app.go'], true],
    ['by two arguments alone', { 'x.py': 'def go(a, b): ...' }, ['x.go'], false],
    ['with defaults', { 'x.py': 'def handler(event, context=None, more=1): ...' }, ['x.handler'], true],
    ['with *args', { 'x.py': 'def handler(*args): ...' }, ['x.handler'], true],
    ['made by a call', { 'x.py': 'from mangum import Mangum\nhandler = Mangum(1)' }, ['x.handler'], true],
    [
      'several',
      { 'a.py': 'def handler(event, context): ...', 'b.py': 'def handler(event, context): ...' },
      ['a.handler', 'b.handler'],
      true,
    ],
    ['not with three', { 'x.py': 'def handler(event, context, more): ...' }, [], false],
    ['not with a needed keyword', { 'x.py': 'def handler(event, context, *, key): ...' }, [], false],
    [
      'not async, which Lambda does not wait for',
      { 'x.py': 'async def handler(event, context): ...' },
      [],
      false,
    ],
    [
      'not in tests',
      { 'test_x.py': 'def handler(event, context): ...', 'conftest.py': 'def handler(event, context): ...' },
      [],
      false,
    ],
    ['not below the top', { 'pkg/x.py': 'def handler(event, context): ...' }, [], false],
    ['not private ones', { 'x.py': 'def _handler(event, context): ...' }, [], false],
  ])('%s', async (_name, files, handlers, sure) => {
    const { facts: read } = await facts(files);
    const found = findHandlers(read);
    expect(found.handlers).toEqual(handlers);
    if (handlers.length > 0) expect(found.sure).toBe(sure);
  });
});

describe('a handler that Lambda cannot call', () => {
  test.each<readonly [string, string, readonly string[], readonly string[]]>([
    ['takes two', 'def handler(event, context): ...', ['x.handler'], []],
    ['is async', 'async def handler(event, context): ...', ['x.handler'], ['x.handler:1 is async']],
    ['yields', 'def handler(event, context):\n  yield 1', ['x.handler'], ['x.handler:1 is a generator']],
    [
      'holds what yields',
      'def handler(event, context):\n  def inner():\n    yield 1\n  return list(inner())',
      ['x.handler'],
      [],
    ],
    ['takes one', '\ndef run(event): ...', ['x.run'], ['x.run:2 cannot be called with two arguments']],
    ['takes three', 'def run(a, b, c): ...', ['x.run'], ['x.run:1 cannot be called']],
    ['nobody named it', 'async def go(event, context): ...', [], ['x.go:1 is async']],
    ['nobody named it, but its name tells', 'def lambda_handler(): ...', [], ['x.lambda_handler:1 cannot']],
    ['something else', 'async def go(a, b): ...\ndef main(): ...', [], []],
    ['another one is the handler', 'async def go(event, context): ...', ['y.run'], []],
    ['a decorator', 'import d\n@d.sync\nasync def handler(event, context): ...', ['x.handler'], []],
    ['made into another', 'async def handler(e, c): ...\nhandler = wrap(handler)', ['x.handler'], []],
  ])('%s', async (_name, text, handlers, expected) => {
    const { facts: read } = await facts({ 'x.py': text });
    const found = unfitHandlers(handlers, read).map(
      ({ handler, line, because }) => `${handler}:${line} ${because}`,
    );
    expect(found).toEqual(expected.map((one) => expect.stringContaining(one)));
  });

  test('in a folder', async () => {
    const { facts: read } = await facts({ 'pkg/x.py': 'def run(event): ...' });
    expect(unfitHandlers(['pkg/x.run'], read)).toHaveLength(1);
  });
});

describe('a setting that is wrong', () => {
  const files = {
    'app.py': 'def handler(event, context): ...\n',
    'open.py': 'from x import *\n',
    'pkg/fn.py': 'def run(event, context): ...\n',
    'broken.py': 'def f(:\n',
  };
  test.each<readonly [string, string | null, string | null]>([
    ['app.handler', null, null],
    ['pkg/fn.run', null, null],
    ['pkg.fn.run', null, null],
    ['open.anything', null, null],
    // That it is no Python is said in another way.
    ['broken.f', null, null],
    ['app.hander', 'app.py defines no hander', 'app.handler'],
    ['apps.handler', 'your code has no apps.py', 'app.handler'],
    ['pkg.fn.rum', 'pkg/fn.py defines no rum', 'pkg.fn.run'],
    ['entirely.different', 'your code has no entirely.py', null],
  ])('%s', async (handler, because, meant) => {
    const { facts: read } = await facts(files);
    const refuted = refuteHandler(handler, read);
    expect([refuted?.because ?? null, refuted?.meant ?? null]).toEqual([because, meant]);
  });

  test('nothing is said of code that was not read', async () => {
    const { facts: read } = await facts(files, false);
    expect(refuteHandler('app.hander', read)).toBeNull();
  });
});

test.each([
  ['app.handler', 'app'],
  ['src/app.handler', 'src.app'],
  ['a.b.c', 'a.b'],
])('the module of %s', (handler, module) => {
  expect(moduleOf(handler)).toBe(module);
});
