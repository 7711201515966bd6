/** Places and bytes of libraries, with numbers that a library makes up: what moves keeps its order, its pages and its bytes. */
import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { lastAtOrBefore, modulo, mover, place, roundUp, type KeptRange } from '../../src/elf/layout.js';
import { proveStrip } from '../../src/elf/prove.js';
import { readElf } from '../../src/elf/read.js';
import { bufferSource } from '../../src/elf/source.js';
import { planStrip } from '../../src/elf/strip.js';
import { apply, fixture, loadable } from './objects.js';

/** The same in every run. */
const options = { seed: 20261130, numRuns: 300 };

function always<Value>(one: fc.Arbitrary<Value>, rule: (value: Value) => void): void {
  fc.assert(
    fc.property(one, (value) => {
      rule(value);
    }),
    options,
  );
}

const align = fc.constantFrom(1, 8, 16, 64, 4096, 65_536, 1 << 21);
const range = fc
  .tuple(fc.nat(1 << 24), fc.nat(1 << 16), align, fc.boolean())
  .map(([from, bytes, step, mapped]): KeptRange => ({ from, to: from + bytes + 1, align: step, mapped }));

test('ranges keep their order and their bytes, move forward by whole alignments and never overlap', () => {
  always(fc.array(range, { minLength: 1, maxLength: 12 }), (ranges) => {
    const chunks = place(ranges);
    const move = mover(chunks);
    let end = 0;
    for (const chunk of chunks) {
      expect(chunk.newFrom).toBeGreaterThanOrEqual(end);
      expect(chunk.newFrom).toBeLessThanOrEqual(chunk.from);
      expect(modulo(chunk.from - chunk.newFrom, chunk.align)).toBe(0);
      end = chunk.newFrom + (chunk.to - chunk.from);
    }
    for (const { from, to, align: step } of ranges) {
      expect(move(to - 1) - move(from)).toBe(to - 1 - from);
      expect(modulo(from - move(from), step)).toBe(0);
    }
  });
});

test('what is rounded up is the next multiple', () => {
  always(fc.tuple(fc.nat(2 ** 40), align), ([value, step]) => {
    const up = roundUp(value, step);
    expect(modulo(up, step)).toBe(0);
    expect(up - value).toBeGreaterThanOrEqual(0);
    expect(up - value).toBeLessThan(step);
  });
});

test('the last that begins before a place is found', () => {
  always(fc.tuple(fc.array(fc.nat(50), { maxLength: 20 }), fc.nat(50)), ([values, at]) => {
    const sorted = values.toSorted((a, b) => a - b);
    expect(lastAtOrBefore(sorted, (one) => one, at)).toBe(sorted.findLastIndex((one) => one <= at));
  });
});

test('a library with any bytes changed is left alone, or stripped so that its proof and its facts hold', () => {
  const originals = loadable.map(fixture);
  const count = { skipped: 0, proven: 0, refused: 0 };
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999999, noNaN: true }), fc.nat(255)), {
    maxLength: 4,
  });
  always(fc.tuple(fc.nat(originals.length - 1), changes, fc.boolean()), ([which, all, heads]) => {
    const bytes = Uint8Array.from(originals[which] ?? []);
    // Half of them in the headers, where it hurts.
    for (const [at, value] of all) bytes[Math.floor(at * (heads ? 1024 : bytes.length))] = value;
    const source = bufferSource(bytes);
    const facts = readElf(source);
    const plan = planStrip(source);
    if ('skip' in plan) {
      count.skipped++;
      return;
    }
    const after = bufferSource(apply(bytes, plan));
    if (proveStrip(source, after) !== null) {
      count.refused++;
      return;
    }
    count.proven++;
    expect(readElf(after)).toEqual(facts);
    expect(after.size).toBeLessThan(bytes.length);
  });
  expect(count.proven).toBeGreaterThan(30);
  expect(count.skipped).toBeGreaterThan(30);
});
