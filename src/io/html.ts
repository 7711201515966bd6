/** Reading HTML as browsers do. A door to parse5; the report's page, which is put together from parts, has its own. */
import { parse, type DefaultTreeAdapterMap } from 'parse5';

export type Element = DefaultTreeAdapterMap['element'];
export type Parent = DefaultTreeAdapterMap['parentNode'];
export type Attributes = Readonly<Partial<Record<string, string>>>;

/** The attributes of every link (`<a>`) of a page, in order, with character references resolved. */
export function linksOf(html: string): readonly Attributes[] {
  return [...elements(parse(html))].filter(({ tagName }) => tagName === 'a').map(attributes);
}

/** All elements below a node, in the order of the text. */
export function* elements(parent: Parent): Generator<Element> {
  for (const child of parent.childNodes) {
    if (!('tagName' in child)) continue;
    yield child;
    yield* elements(child);
  }
}

/** Names in lower case. */
export function attributes(element: Element): Attributes {
  return Object.fromEntries(element.attrs.map((one) => [one.name, one.value]));
}
