/** What is left below the unzipped limit beside other layers, and what is kept free of it. */
import { describe, expect, test } from '@jest/globals';
import { renderFinding } from '../../../src/findings/findings.js';
import { defaultReserve, limits } from '../../../src/limits.js';
import type { Beside, PackPlan } from '../../../src/model.js';
import { planPack, willNest, type PackRequest } from '../../../src/pack/plan/plan.js';
import { reserveFindings, reserveFor, unreservedLimit, unzippedLimit } from '../../../src/pack/plan/room.js';
import { packed } from '../helpers.js';

const MIB = 2 ** 20;
const request: PackRequest = {
  ...{ format: null, prune: 'safe', strategy: 'auto', excludeRuntime: false, ephemeralStorage: 512 },
};
const beside = (layers: number, reserve = 0): Beside => ({ layers, layerCount: 1, reserve });

test.each<readonly [string, Parameters<typeof reserveFor>[0], number]>([
  ['without code', { reserve: null, code: null, format: null }, defaultReserve],
  ['with code, which is measured', { reserve: null, code: '/code', format: null }, 0],
  ['as told, with code', { reserve: 5, code: '/code', format: null }, 5],
  ['as told: nothing', { reserve: 0, code: null, format: null }, 0],
  ['of a folder for an image', { reserve: 5, code: null, format: 'directory' }, 0],
])('the reserve %s', (_what, given, expected) => {
  expect(reserveFor(given)).toBe(expected);
});

test('other layers and the reserve are taken off', () => {
  expect(unzippedLimit(beside(50 * MIB, 10 * MIB))).toBe(200 * MIB);
  expect(unreservedLimit(beside(50 * MIB, 10 * MIB))).toBe(190 * MIB);
  expect(unzippedLimit()).toBe(limits.unzipped);
});

describe('beside other layers', () => {
  const files = [packed('a/x.so', { bytes: 100 * MIB })];
  test.each<readonly [number, boolean]>([
    [150 * MIB - 1, false],
    // Equal is too much.
    [150 * MIB, true],
  ])('with %d bytes', (layers, tooMuch) => {
    const asked = { ...request, beside: beside(layers) };
    expect(willNest(files, asked)).toBe(tooMuch);
    const plan = (): PackPlan => planPack(files, { ...asked, strategy: 'layer' });
    if (!tooMuch) expect(plan().unzippedBytes).toBe(100 * MIB);
    else {
      expect(plan).toThrow(
        expect.objectContaining({
          code: 'does-not-fit',
          message: expect.stringMatching(/1 byte too much.*its other layers have 150\.0 MiB/),
        }),
      );
    }
  });
});

describe('a plan that needs the reserve says so', () => {
  const plan = planPack([packed('a/x.so', { bytes: 245 * MIB })], request);
  test.each<readonly [Beside, string | null]>([
    [beside(0, 10 * MIB), '5.0 MiB are left below the 250 MiB'],
    [beside(0, 5 * MIB), '5.0 MiB are left below the 250 MiB'],
    [beside(0, 5 * MIB - 1), null],
    [beside(4 * MIB, 2 * MIB), '1024.0 KiB are left below the 250 MiB'],
    [beside(0), null],
  ])('%j', (given, expected) => {
    const [found] = reserveFindings(plan, given).map((one) => renderFinding(one).sentence);
    if (expected === null) expect(found).toBeUndefined();
    else expect(found).toContain(expected);
  });
});
