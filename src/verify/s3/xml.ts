/** S3's documents: written and read by the SDK's own library. Pure. */
import { parseXML, XmlNode } from '@aws-sdk/xml-builder';
import { refusals } from './model.js';

/** What an element holds: text, or elements in their order. */
export type Content = string | readonly (readonly [name: string, content: Content])[];

/** A whole document. */
export function document(name: string, content: Content): string {
  const root = node(name, content).addAttribute('xmlns', 'http://s3.amazonaws.com/doc/2006-03-01/');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.toString()}`;
}

/** An error has no name space. */
export function errorDocument(content: Content): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${node('Error', content).toString()}`;
}

function node(name: string, content: Content): XmlNode {
  if (typeof content === 'string') return XmlNode.of(name, content);
  return content.reduce(
    (parent, [child, inner]) => parent.addChildNode(node(child, inner)),
    new XmlNode(name),
  );
}

/**
 * The elements of a name in a document's root, each with the texts in it.
 * @throws S3Refusal `MalformedXML`
 */
export function elementsIn(
  text: string,
  root: string,
  name: string,
): readonly Readonly<Record<string, string>>[] {
  let parsed: unknown;
  try {
    parsed = parseXML(text);
  } catch {
    throw refusals.badXml();
  }
  const held = memberOf(memberOf(parsed, root), name);
  const some: readonly unknown[] = Array.isArray(held) ? held : held === undefined ? [] : [held];
  return some.map((one) => {
    if (typeof one !== 'object' || one === null) throw refusals.badXml();
    return Object.fromEntries(
      Object.entries(one).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    );
  });
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw refusals.badXml();
  return (value as Readonly<Record<string, unknown>>)[name];
}
