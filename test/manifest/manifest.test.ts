/** A manifest may come from anybody: each member that a reader uses is there, or it is refused with a sentence. */
import { describe, expect, test } from '@jest/globals';
import { measuredManifest } from '../../src/check/manifest-sizes.js';
import { finding } from '../../src/findings/findings.js';
import { explain } from '../../src/manifest/why.js';
import { manifestText, parseManifest } from '../../src/manifest/manifest.js';
import type { Manifest } from '../../src/model.js';
import { pageData } from '../../src/report/html/data.js';
import { textReport } from '../../src/report/build-text.js';
import { plainPaint } from '../../src/text/paint.js';
import { exampleManifest } from '../report/example.js';

const whole = exampleManifest({
  findings: [finding('not-proven-here', { because: 'x' })],
  probes: [{ recipe: 'numpy', code: 'import numpy' }],
  proof: { ...exampleManifest().proof, failedBefore: [{ module: 'x', error: 'y' }] },
});

type Path = readonly (string | number)[];

/** Every place in a document. */
function places(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

/** The text with another value there; JSON leaves `undefined` out of tables, and has null for it in lists. */
function changed(place: Path, value: unknown): string {
  const copy = structuredClone(whole) as unknown as Record<string | number, unknown>;
  let at = copy;
  for (const key of place.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = place.at(-1)!;
  at[last] = value;
  return JSON.stringify(copy);
}

/** Everything that reads a manifest without running it. */
function readAll(manifest: Manifest): void {
  measuredManifest(manifest, 'x');
  pageData(manifest);
  textReport(manifest, {
    paint: plainPaint,
    width: 120,
    wrapAt: 80,
    verbose: true,
    times: manifest.times,
    out: '/x',
  });
  explain(manifest, 'numpy');
  manifestText(manifest);
}

const all = places(whole).filter((place) => place.length > 0);

test('what is written is read', () => {
  expect(parseManifest(manifestText(whole), 'x')).toEqual(whole);
});

describe.each([
  ['left out', undefined],
  ['null', null],
  ['a negative number', -1],
  ['half a number', 0.5],
  ['text', 'x\u0000/../y'],
  ['a list', [[]]],
  ['a table', { toString: null }],
])('each member %s', (_name, value) => {
  test('is refused, or every reader takes it', () => {
    let refused = 0;
    for (const place of all) {
      let manifest: Manifest;
      try {
        manifest = parseManifest(changed(place, value), 'some.json');
      } catch (error) {
        expect(error).toMatchObject({ name: 'SlimError', code: 'bad-manifest' });
        refused++;
        continue;
      }
      expect(() => readAll(manifest)).not.toThrow();
    }
    expect(refused).toBeGreaterThan(value === 'x\u0000/../y' ? 40 : all.length / 2);
  });
});

test.each<[string, Partial<Record<keyof Manifest, unknown>>, RegExp]>([
  [
    'a finding that nobody knows',
    { findings: [{ code: 'no-such', args: {} }] },
    /"no-such" that nobody knows/,
  ],
  ['a finding named as a method', { findings: [{ code: 'toString', args: {} }] }, /nobody knows/],
  ['a finding about nothing', { findings: [{ code: 'over-limit', args: {} }] }, /lacks what it is about/],
  [
    'an artifact elsewhere',
    { artifacts: [{ ...whole.artifacts[0], file: '../x.zip' }] },
    /artifacts\/0\/file/,
  ],
  ['an artifact from the root', { artifacts: [{ ...whole.artifacts[0], file: '/etc/passwd' }] }, /file/],
  ['an artifact that is the folder', { artifacts: [{ ...whole.artifacts[0], file: '..' }] }, /file/],
  ['an artifact that ends early', { artifacts: [{ ...whole.artifacts[0], file: 'a\u0000b' }] }, /file/],
])('%s', (_name, change, detail) => {
  const text = JSON.stringify({ ...whole, ...change });
  expect(() => parseManifest(text, 'some.json')).toThrow(
    expect.objectContaining({ code: 'bad-manifest', details: [expect.stringMatching(detail)] }),
  );
});

test.each(['', 'null', '[]', '{}', '"x"', '{"manifestVersion":2}', '['.repeat(100_000)])(
  'no manifest: %.20s',
  (text) => {
    expect(() => parseManifest(text, 'some.json')).toThrow(expect.objectContaining({ code: 'bad-manifest' }));
  },
);
