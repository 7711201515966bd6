import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { isShallow, parseJson } from '../../src/text/json.js';

describe('JSON', () => {
  test.each(['{"a":[1,"[[[\\"[",null]}', '[]', '"\\\\"', ' 1 '])('%s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
  test.each(['[', '{"a"', '', '"\\'])('damaged: %s', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
  test('nested without end, also one that is never closed', () => {
    const deep = (count: number): string => '['.repeat(count) + ']'.repeat(count);
    expect(() => parseJson(deep(100))).not.toThrow();
    expect(() => parseJson(deep(101))).toThrow(/nested more than 100 deep/);
    expect(() => parseJson('['.repeat(1_000_000))).toThrow(/nested more than 100 deep/);
  });
});

describe('values of other parsers', () => {
  test.each([
    ['a: {b: [1, 2, {c: null}]}', true],
    ['a: &x [1]\nb: *x', true],
    ['a: &x\n  b: *x', false],
    ['a: &x [*x]', false],
    [`a: ${'['.repeat(200)}${']'.repeat(200)}`, false],
  ])('%j: %s', (text, expected) => {
    expect(isShallow(parse(text))).toBe(expected);
  });
  test('more than anybody writes', () => {
    expect(isShallow(Array.from({ length: 1000 }, () => Array.from({ length: 200 }, () => 1)))).toBe(false);
  });
});
