/** The one way to XML: texts of others in it are text, and nothing else. Pure. */

declare const quoted: unique symbol;
/** Text that may stand in an XML document; only this file makes it. */
export type Xml = string & { readonly [quoted]: true };

/** XML of ours around texts of anybody, which are quoted for elements and attributes alike. */
export function xml(ours: TemplateStringsArray, ...texts: readonly (string | number)[]): Xml {
  return String.raw({ raw: ours.map((one) => one) }, ...texts.map((one) => quotedXml(String(one)))) as Xml;
}

/** Lines of a document, with the last line break. */
export function xmlLines(lines: readonly Xml[]): Xml {
  return `${lines.join('\n')}\n` as Xml;
}

/** XML 1.0 has no way to write most control characters. */
function quotedXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
