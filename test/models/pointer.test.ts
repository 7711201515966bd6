/** Versions and pointers of models: what is written, what is read, and which of them may go. */
import { describe, expect, test } from '@jest/globals';
import type { StoredKey } from '../../src/models/bucket.js';
import { planCollection, youngMs, type ModelState } from '../../src/models/collect.js';
import {
  documentText,
  isSafe,
  keys,
  pointed,
  pointedBack,
  readDocument,
  versionOf,
  type ModelFile,
  type Pointer,
} from '../../src/models/pointer.js';
import { sha256 } from './contents.js';

const fileOf = (text: string, name = 'model.bin'): ModelFile => ({
  ...{ name, bytes: text.length, sha256: sha256(text), encoding: null, unpackedBytes: text.length },
});
const made = (text: string, at = '2026-01-01'): ReturnType<typeof versionOf> =>
  versionOf(null, [fileOf(text)], at);
const digestOf = (text: string): string => made(text).digest;

describe('versions', () => {
  test('the same files are the same version, in any order and at any time', () => {
    const files = [fileOf('a', 'a'), fileOf('b', 'b')];
    const { digest } = versionOf('onnx', files, '2026');
    expect(versionOf('onnx', [...files].reverse(), '2027').digest).toBe(digest);
    for (const other of [
      versionOf(null, files, '2026'),
      versionOf('onnx', [fileOf('a', 'c'), fileOf('b', 'b')], '2026'),
      versionOf('onnx', [fileOf('a', 'a')], '2026'),
      versionOf('onnx', [{ ...fileOf('a', 'a'), encoding: 'zstd' }, fileOf('b', 'b')], '2026'),
    ])
      expect(other.digest).not.toBe(digest);
  });

  test('an alias remembers what it named, each once, and forgets it on the way back', () => {
    const set = (before: Pointer | null, text: string): Pointer => pointed(made(text), 'prod', before, 'now');
    const third = ['a', 'b', 'a', 'c'].reduce<Pointer | null>(set, null)!;
    expect(third).toMatchObject({ digest: digestOf('c'), history: [digestOf('a'), digestOf('b')] });
    const back = pointedBack(made('a'), 'prod', third, 'later');
    expect(back).toMatchObject({ digest: digestOf('a'), history: [digestOf('b')], setAt: 'later' });
    expect(pointedBack(made('b'), 'prod', third, 'later').history).toEqual([]);
    // A version that it never named is a step forward.
    expect(pointedBack(made('x'), 'prod', third, 'later').history[0]).toBe(digestOf('c'));
    const many = Array.from({ length: 200 }, (_, at) => String(at)).reduce<Pointer | null>(set, null)!;
    expect(many.history).toHaveLength(50);
  });

  test('what is written is read again', () => {
    const pointer = pointed(versionOf('keras', [fileOf('a', 'w/ä.h5')], '2026'), 'dev', null, '2027');
    expect(readDocument(documentText(pointer), 's3://b/k')).toEqual(pointer);
    expect(JSON.parse(documentText(pointer))).not.toHaveProperty('source');
  });

  test.each([
    ['', 'Unexpected end'],
    ['[]', 'must be object'],
    ['{"format": 2, "digest": "x", "files": []}', '/format must be equal to constant'],
    ['{"format": 1, "digest": "x", "files": []}', '/files'],
    [
      `{"format": 1, "digest": "x", "files": [{"name": "../x", "bytes": 1, "sha256": "${sha256('a')}"}]}`,
      '"../x"',
    ],
    [
      '{"format": 1, "digest": "x", "files": [{"name": "x", "bytes": 1, "sha256": "../../y"}]}',
      '/files/0/sha256',
    ],
    ['{"format": 1, "digest": null, "files": 3, "__proto__": {"kind": "x"}}', '/digest'],
    ['['.repeat(100_000), 'nested more than'],
  ])('no pointer: %s', (text, because) => {
    let error: unknown;
    try {
      readDocument(text, 's3://b/n/prod.json');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'bad-pointer' });
    expect((error as Error).message).toContain(because);
  });

  test('names stay in their folder', () => {
    for (const name of ['a', 'a/b.c', 'ä b']) expect([name, isSafe(name)]).toEqual([name, true]);
    for (const name of ['', '/a', 'a/../b', '..', './a', 'a//b', 'a\\b', '\\a', 'a\0', 'a/'])
      expect([name, isSafe(name)]).toEqual([name, false]);
  });

  test('keys, with a prefix and without', () => {
    const at = { bucket: 'b', prefix: 'team/models' };
    expect(keys.pointer(at, 'm', 'prod')).toBe('team/models/m/prod.json');
    expect(keys.version({ bucket: 'b', prefix: '' }, 'm', 'd')).toBe('m/versions/d.json');
    expect(keys.file(at, 'abc')).toBe('team/models/sha256/abc');
    expect([keys.root(at), keys.root({ bucket: 'b', prefix: '' })]).toEqual(['team/models/', '']);
  });
});

describe('what may go', () => {
  const now = Date.parse('2026-06-01');
  const old = now - youngMs;
  const stored = (text: string, modified = old): StoredKey => ({
    ...{ key: `sha256/${sha256(text)}`, bytes: text.length, modified },
  });
  const state = (
    aliases: Readonly<Record<string, readonly string[]>>,
    versions: readonly string[],
    modified = old,
  ): ModelState => ({
    model: 'm',
    pointers: Object.entries(aliases).map(([alias, [first = '', ...history]]) => ({
      ...pointed(made(first), alias, null, 'now'),
      history: history.map(digestOf),
    })),
    versions: versions.map((text) => ({ ...made(text), key: `m/versions/${text}`, modified })),
  });
  const all = ['e', 'd', 'c', 'b', 'a'];

  test.each<[string, ModelState[], number, readonly string[], string]>([
    ['what aliases name stays', [state({ prod: ['a'], dev: ['c'] }, all)], 0, all, 'edb'],
    ['the newest stay', [state({ prod: ['a'] }, all)], 2, all, 'cb'],
    ['what an alias named before stays', [state({ prod: ['e', 'a', 'b', 'c'] }, all)], 1, all, 'dcb'],
    ['what is young stays', [state({ prod: ['a'] }, all, now - 1000)], 0, all, ''],
    [
      'what another model names stays',
      [state({ prod: ['a'] }, all), state({ prod: ['e'] }, [])],
      0,
      all,
      'dcb',
    ],
    ['without a model everything goes', [], 3, all, 'edcba'],
  ])('%s', (_, models, keep, files, gone) => {
    const plan = planCollection(
      models,
      files.map((text) => stored(text)),
      keep,
      now,
    );
    expect(plan.files.map(({ key }) => key)).toEqual(gone.split('').map((text) => stored(text).key));
    expect(plan.left.files).toBe(files.length - gone.length);
  });

  test('a version goes with its files; the file of a push that is under way does not', () => {
    const plan = planCollection(
      [state({ prod: ['a'] }, ['b', 'a'])],
      [stored('a'), stored('b'), stored('x', now - 1)],
      0,
      now,
    );
    expect(plan).toMatchObject({
      versions: ['m/versions/b'],
      files: [{ key: stored('b').key }],
      young: 1,
      left: { versions: 1, files: 2, bytes: 2 },
    });
  });
});
