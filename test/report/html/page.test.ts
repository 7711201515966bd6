import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parse, type DefaultTreeAdapterMap } from 'parse5';
import { pageParts } from '../../../src/io/page-parts.js';
import { pageData, type PageData } from '../../../src/report/html/data.js';
import { assemblePage } from '../../../src/report/html/page.js';
import { exampleManifest } from '../example.js';
import { madeManifest } from './made.js';

const { html, parts } = await pageParts();
const data = pageData(exampleManifest());
const page = assemblePage(html, parts, data);

interface Found {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Elements of a page as a browser would see them. */
function elements(text: string): readonly Found[] {
  const all: Found[] = [];
  const visit = (parent: DefaultTreeAdapterMap['parentNode']): void => {
    for (const child of parent.childNodes) {
      if (!('tagName' in child)) continue;
      const attributes = Object.fromEntries(child.attrs.map((one) => [one.name, one.value]));
      const texts = child.childNodes.map((one) => ('value' in one ? one.value : ''));
      all.push({ name: child.tagName, attributes, text: texts.join('') });
      visit(child);
    }
  };
  visit(parse(text));
  return all;
}

const dataOf = (text: string): unknown =>
  JSON.parse(elements(text).find(({ attributes }) => attributes['id'] === 'data')?.text ?? '');

test('nothing is linked: all is in it', () => {
  const linked = elements(page).filter(({ attributes }) => 'src' in attributes || 'href' in attributes);
  expect(linked).toEqual([]);
  expect(elements(page).filter(({ name }) => name === 'script').length).toBeGreaterThan(5);
});

test('the policy allows exactly the scripts and styles that are there', () => {
  const policy = elements(page).find(({ attributes }) => 'http-equiv' in attributes)?.attributes['content'];
  const hashes = (name: string): string =>
    elements(page)
      .filter((one) => one.name === name && one.attributes['type'] !== 'application/json')
      .map(({ text }) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
      .join(' ');
  expect(policy).toBe(
    `default-src 'none'; base-uri 'none'; form-action 'none'; style-src ${hashes('style')}; script-src ${hashes('script')}`,
  );
});

test('equal manifests make equal pages', () => {
  expect(assemblePage(html, parts, pageData(exampleManifest()))).toBe(page);
});

test('the data is in it as it is printed', () => {
  expect(dataOf(page)).toEqual(data);
});

test.each(['</script><script>alert(1)</script>', '<!--<script>', '\u2028\u2029', '&lt;', '"\\'])(
  'a path with %j stays data',
  (name) => {
    const hostile = pageData(madeManifest({ packages: { evil: [[`evil/${name}`, 'keep', 5, 5]] } }));
    const made = assemblePage(html, parts, hostile);
    expect((dataOf(made) as PageData).packages[0]?.files[0]?.[0]).toBe(`evil/${name}`);
    expect(elements(made).length).toBe(elements(page).length);
  },
);

describe('a page that is not whole is an error', () => {
  test.each([
    ['a part that is missing', html.replace('page.js', 'other.js'), parts, 'other.js, which is not there'],
    ['no policy', html.replace('Content-Security-Policy', 'refresh'), parts, 'no policy'],
    [
      'a script that ends itself',
      html,
      new Map([...parts, ['page.js', '"</script>"']]),
      'end its own script',
    ],
  ])('%s', (_name, text, given, message) => {
    expect(() => assemblePage(text, given, data)).toThrow(message);
  });
});

test('the copy of d3-hierarchy carries its licence', () => {
  expect(parts.get('d3-hierarchy.js')).toContain('Permission to use, copy, modify, and/or distribute');
});
