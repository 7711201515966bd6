import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { LayerInventory } from '../../src/layers/inventory.js';
import { leaveToLayers } from '../../src/layers/leave.js';
import { providesName, providesText, recordDigest } from '../../src/layers/provides.js';
import { heldPackages } from '../../src/layers/read.js';
import type { Action, Decision, Entry, Inventory } from '../../src/model.js';

const target = { python: '3.13', architecture: 'x86_64' } as const;
type Files = Readonly<Record<string, string>>;

const hashOf = (text: string): string => `sha256=${createHash('sha256').update(text).digest('base64url')}`;
const recordOf = (files: Files): string =>
  Object.entries(files)
    .map(([path, text]) => `${path},${hashOf(text)},${Buffer.byteLength(text)}\n`)
    .join('');

const one: Files = { 'one/__init__.py': 'value = 1\n', 'one/more.py': 'value = 2\n' };

interface LayerChanges {
  readonly record?: string;
  readonly folder?: string;
  readonly more?: Files;
}

interface Kept {
  readonly actions?: Readonly<Record<string, readonly [Action, string]>>;
  readonly record?: string;
}

/** A layer that holds `one`, as files and as RECORD says. */
function layer(
  version: string,
  files: Files,
  { record = recordOf(files), folder = 'python/', more = {} }: LayerChanges = {},
): LayerInventory {
  const info = `${folder}one-${version}.dist-info`;
  const texts = {
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: one\nVersion: ${version}\n`,
    [`${info}/RECORD`]: record,
    ...more,
  };
  const own = Object.fromEntries(Object.entries(files).map(([path, text]) => [folder + path, text]));
  return {
    zipped: 1,
    files: Object.entries({ ...own, ...texts }).map(([path, text]) => ({
      path,
      bytes: Buffer.byteLength(text),
    })),
    texts,
  };
}

/** What a layer of ours says of itself. */
function told(record: string): Files {
  const distributions = [{ name: 'one', version: '1.0', record: recordDigest(record) }];
  const text = providesText({ format: 1, ...target, distributions });
  return { [providesName(text)]: text };
}

async function leaving(
  layers: readonly LayerInventory[],
  { actions = {}, record = recordOf(one) }: Kept = {},
) {
  const entries = Object.keys(one).map((path): Entry => ({
    ...{ path, bytes: one[path]?.length ?? 0, mode: 0o644, kind: 'python', distribution: 'one' },
  }));
  const decisions = entries.map(({ path, bytes }): Decision => {
    const [action, rule] = actions[path] ?? ['keep', 'kept/default'];
    return { path, action, rule, because: '', bytes, kept: action === 'drop' ? 0 : bytes };
  });
  const distributions: Inventory['distributions'] = [
    {
      ...{ name: 'one', normalized: 'one', version: '1.0', folder: 'one-1.0.dist-info' },
      ...{ requires: [], modules: ['one'] },
    },
  ];
  const held = await Promise.all(
    layers.map(async (given, index) => ({
      name: `layer ${index + 1}`,
      held: await heldPackages(given, target),
    })),
  );
  const records = new Map([['one', record]]);
  const { left, copies } = leaveToLayers({ entries, distributions }, { decisions }, records, held);
  return { left: left.get('one') ?? null, copies: copies.map((copy) => copy.because ?? copy.other) };
}

const site = 'python/lib/python3.13/site-packages/';
const stripped = { ...one, 'one/more.py': '2\n' };

test.each<readonly [string, readonly LayerInventory[], string | null, readonly (string | RegExp)[]]>([
  ['the very same', [layer('1.0', one)], 'layer 1', []],
  ['the very same in site-packages', [layer('1.0', one, { folder: site })], 'layer 1', []],
  ['another version', [layer('1.1', one)], null, ['1.1']],
  ['a part of it', [layer('1.0', { 'one/__init__.py': 'value = 1\n' })], null, [/lacks one\/more\.py/]],
  ['other contents', [layer('1.0', { ...one, 'one/more.py': 'value = 3\n' })], null, [/another one\/more/]],
  ['not what RECORD says', [layer('1.0', stripped, { record: recordOf(one) })], null, [/another size/]],
  ['stripped by us, which it says', [layer('1.0', stripped, { more: told(recordOf(one)) })], 'layer 1', []],
  [
    'by us from another wheel',
    [layer('1.0', one, { more: told(recordOf(stripped)) })],
    null,
    [/another wheel/],
  ],
  ['only for another Python', [layer('1.0', one, { folder: site.replace('13', '12') })], null, []],
  ['an older one below', [layer('0.9', one), layer('1.0', one)], 'layer 2', ['0.9']],
  ['an older one over it', [layer('1.0', one), layer('0.9', one)], null, ['0.9']],
  [
    'an older one over it, which site-packages comes before',
    [layer('1.0', one, { folder: site }), layer('0.9', one)],
    'layer 1',
    ['0.9'],
  ],
  ['no layer', [], null, []],
])('%s', async (_what, layers, left, copies) => {
  const found = await leaving(layers);
  expect(found.left).toBe(left);
  expect(found.copies).toHaveLength(copies.length);
  for (const [index, copy] of copies.entries()) expect(found.copies[index]).toMatch(copy);
});

test('a file that this build leaves out is not asked of the layer', async () => {
  const actions = { 'one/more.py': ['drop', 'base/tests'] } as const;
  const part = layer('1.0', { 'one/__init__.py': 'value = 1\n' });
  expect(await leaving([part], { actions })).toEqual({ left: 'layer 1', copies: [] });
});

test.each<readonly [string, readonly [Action, string]]>([
  ['kept by hand', ['keep', 'option/--keep']],
  ['stubbed', ['stub', 'option/--stub']],
])('what is %s stays in the build', async (_what, action) => {
  const { left } = await leaving([layer('1.0', one)], { actions: { 'one/more.py': action } });
  expect(left).toBeNull();
});

test('without hashes nothing is known to be the same', async () => {
  const record = Object.keys(one)
    .map((path) => `${path},,\n`)
    .join('');
  expect((await leaving([layer('1.0', one, { record })], { record })).left).toBeNull();
});
