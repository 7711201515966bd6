/** Zips of made-up files: everything travels once, and no layer is over its limit. */
import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { splitIntoLayers } from '../../../src/pack/plan/split.js';
import { centralHeader, endRecord, localHeader, orderEntries } from '../../../src/pack/zip/format.js';
import { emptyZipBytes, zippedEntryBytes, type ArchiveFile } from '../../../src/pack/zip/size.js';

/** The same in every run. */
const options = { seed: 20261130, numRuns: 200 };

function always<Value>(one: fc.Arbitrary<Value>, rule: (value: Value) => void): void {
  fc.assert(
    fc.property(one, (value) => {
      rule(value);
    }),
    options,
  );
}

const files = fc
  .uniqueArray(
    fc.tuple(
      fc.stringMatching(/^[a-d](?:\/[a-dé]{1,2}){0,2}\/[a-z]{1,4}\.py$/),
      fc.nat(3000),
      fc.constantFrom('one', 'two', null),
    ),
    { minLength: 1, maxLength: 25, selector: ([path]) => path },
  )
  .map((all) =>
    all.map(([path, bytes, distribution]): ArchiveFile => ({
      ...{ path, place: 'python', source: `/x/${path}`, bytes, mode: 0o644, distribution, origin: 'tree' },
      ...{
        sha256: 'a'.repeat(64),
        crc32: 1,
        packedBytes: bytes,
        method: 'store',
        packedSource: '/x',
        packedOffset: 0,
      },
      archivePath: `python/${path}`,
    })),
  );

test('each file is in one layer, and no layer is too large', () => {
  always(fc.tuple(files, fc.integer({ min: 1500, max: 20_000 })), ([all, limit]) => {
    const split = splitIntoLayers(all, 5, limit);
    if (!split.ok) {
      expect(split.rejection.actualBytes).toBeGreaterThan(0);
      return;
    }
    expect(split.layers.length).toBeLessThanOrEqual(5);
    expect(
      split.layers
        .flat()
        .map((one) => one.path)
        .sort(),
    ).toEqual(all.map((one) => one.path).sort());
    for (const layer of split.layers) {
      const sizes = layer.map((one) => zippedEntryBytes(one.archivePath, one.packedBytes));
      expect(sizes.reduce((sum, one) => sum + one, emptyZipBytes)).toBeLessThanOrEqual(limit);
    }
  });
});

test("a zip's records have the size that was planned", () => {
  always(files, (all) => {
    const sorted = orderEntries(all);
    expect(sorted.map((one) => one.archivePath)).toEqual(all.map((one) => one.archivePath).sort());
    let bytes = endRecord(sorted.length, 0, 0).length;
    for (const file of sorted)
      bytes += localHeader(file).length + file.packedBytes + centralHeader(file, 0).length;
    const planned = sorted.map((one) => zippedEntryBytes(one.archivePath, one.packedBytes));
    expect(bytes).toBe(planned.reduce((sum, one) => sum + one, emptyZipBytes));
  });
});
