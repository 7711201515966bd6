/** Every link of every document leads somewhere, and every page can be reached. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { errorTexts } from '../../src/error-texts.js';
import { findingTexts } from '../../src/findings/findings.js';
import { anchors, documents, pages, prose, read } from './documents.js';

/** `npm run bench` writes it, in minutes; a fresh clone may not have it yet. */
const madeLater = ['BENCHMARKS.md'];

const links = documents.flatMap((document) =>
  [...prose(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ document, target })),
);
const local = links.filter(({ target }) => !/^[a-z]+:/.test(target));

const placeOf = ({ document, target }: { document: string; target: string }): string => {
  const [file = ''] = target.split('#');
  return file === '' ? document : path.posix.join(path.posix.dirname(document), file);
};

test('there are some', () => {
  expect(local.length).toBeGreaterThan(100);
});

describe.each(documents)('%s', (document) => {
  const own = local.filter((one) => one.document === document);

  test('every link leads to a file, and to an anchor in it', () => {
    const broken = own.filter((link) => {
      const place = placeOf(link);
      const [, anchor] = link.target.split('#');
      if (!existsSync(place)) return !madeLater.includes(place);
      return anchor !== undefined && !anchors(read(place)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('no anchor is there twice', () => {
    const all = anchors(read(document));
    expect(all.filter((one, index) => all.indexOf(one) !== index)).toEqual([]);
  });
});

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const document of reached)
    for (const link of local.filter((one) => one.document === document)) reached.add(placeOf(link));
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

test('every guide and concept stands in docs/README.md', () => {
  const named = local.filter((one) => one.document === 'docs/README.md').map(placeOf);
  const wanted = pages.filter((page) => /^docs\/(?:guides|concepts)\//.test(page));
  expect(wanted.filter((page) => !named.includes(page))).toEqual([]);
});

test('links from before there were pages still arrive: a code, or a section that has its own page now', () => {
  const moved = [
    'double-zip-more-than-250-mb',
    'verify',
    'check-sizes-in-ci',
    'publish-a-layer',
    'lambdas-limits',
    'what-naive-rules-break',
    'configuration',
    'recipes',
  ];
  const there = [...read('README.md').matchAll(/<a id=([\w-]+)>/g)].map(([, id = '']) => id);
  expect(there).toEqual(expect.arrayContaining(moved));
  // A code that is gone may keep its anchor: the section says where to look.
  const codes = there.filter((id) => id in findingTexts || id in errorTexts);
  expect(codes.length).toBeGreaterThan(80);
});

test('the README is short', () => {
  const readme = read('README.md');
  expect(readme.split('\n').length).toBeLessThanOrEqual(200);
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(12 * 1024);
});
