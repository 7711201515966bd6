/**
 * Puts the page's parts into one file that needs nothing else: what `page.html` links is inlined where the link stands,
 * and a policy with the hash of each part allows exactly these and no request at all. Pure: texts in, text out.
 */
import { createHash } from 'node:crypto';
import { defaultTreeAdapter as tree, parse, serialize } from 'parse5';
import { attributes, elements, type Element, type Parent } from '../../io/html.js';
import { dataForPage, type Html } from '../../text/html.js';
import type { PageData } from './data.js';

/** The name under which `page.html` links the data. */
export const dataName = 'data.json';

/**
 * @param html the text of `page.html`
 * @param parts text by the name under which `page.html` links it: style sheets and scripts
 * @throws Error when the page links what is not among the parts
 */
export function assemblePage(html: string, parts: ReadonlyMap<string, string>, data: PageData): Html {
  const document = parse(html);
  const all = new Map([...parts, [dataName, dataForPage(data)]]);
  const part = (name: string): string => {
    const text = all.get(name);
    if (text === undefined) throw new Error(`page.html links ${name}, which is not there.`);
    return text;
  };
  const hashes = { 'style-src': [] as string[], 'script-src': [] as string[] };
  let policy: Element | undefined;
  for (const element of [...elements(document)]) {
    const { href, src, type } = attributes(element);
    if (element.tagName === 'link' && href !== undefined) {
      hashes['style-src'].push(
        hash(inlined(tree.createElement('style', element.namespaceURI, []), part(href), element)),
      );
    } else if (element.tagName === 'script' && src !== undefined) {
      const kept = element.attrs.filter((one) => one.name !== 'src');
      const script = tree.createElement('script', element.namespaceURI, kept);
      const text = inlined(script, part(src), element);
      if (type !== 'application/json') hashes['script-src'].push(hash(text));
    } else if (attributes(element)['http-equiv'] === 'Content-Security-Policy') {
      policy = element;
    }
  }
  const content = policy?.attrs.find((one) => one.name === 'content');
  if (content === undefined) throw new Error('page.html has no policy.');
  const sources = Object.entries(hashes).map(([directive, list]) => `${directive} ${list.join(' ')}`);
  content.value = [content.value, ...sources].join('; ');
  return `${serialize(document)}\n` as Html;
}

/** Put an element with this text in place of another. */
function inlined(element: Element, text: string, instead: Element): string {
  if (new RegExp(`</${element.tagName}|<!--`, 'i').test(text))
    throw new Error(`A part of the page would end its own ${element.tagName} element.`);
  tree.insertText(element, text);
  tree.insertBefore(instead.parentNode as Parent, element, instead);
  tree.detachNode(instead);
  return text;
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
