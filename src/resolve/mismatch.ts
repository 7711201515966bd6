/** A file whose hash is another than the requirements give: one sentence, whoever found it. Pure. */
import { SlimError } from '../errors.js';
import { fileName } from './inputs/pylock.js';

export interface Mismatch {
  /** A file's name, else `name==version`; null when it is not told. */
  readonly what: string | null;
  /** With their kinds, e.g. `sha256:…`. */
  readonly expected: readonly string[];
  readonly got: string | null;
}

/** @param places who asks for it, in which file and line */
export function hashMismatch({ what, expected, got }: Mismatch, places: readonly string[] = []): SlimError {
  const sentence = `${what ?? 'A downloaded package'} does not have a hash that the requirements allow.`;
  return new SlimError('hash-mismatch', sentence, {
    hint: 'If the package was published again, write the requirements anew with their hashes; otherwise someone may have changed it.',
    details: [
      ...places,
      ...(expected.length === 0
        ? []
        : [`expected ${expected.slice(0, 4).join(' or ')}${expected.length > 4 ? ' …' : ''}`]),
      ...(got === null ? [] : [`got      ${got}`]),
    ],
  });
}

/** What pip or uv tell of one; null when they tell of something else. @param text both streams */
export function mismatchIn(text: string): Mismatch | null {
  return byPip(text) ?? byUv(text);
}

const aboutHashes = /DO NOT MATCH THE HASHES|hash(?:es)? mismatch/i;

/** `toolz==1.0.0 from https://…/toolz-1.0.0-py3-none-any.whl (from -r …):`, then `Expected sha256 …`, `or …`, `Got …`. */
function byPip(text: string): Mismatch | null {
  const [, list] = /DO NOT MATCH THE HASHES[^\n]*\n([\s\S]*)/i.exec(text) ?? [];
  if (list === undefined) return null;
  const [head = '', ...rows] = list.split(/\r?\n/);
  const [, url = ''] = / from (\S+?)(?: \(from .*\))?:$/.exec(head.trimEnd()) ?? [];
  const expected: string[] = [];
  let kind = '';
  for (const row of rows) {
    const [, word = '', hash = ''] = /^\s+Expected\s+(\S+)\s+([0-9a-f]+)\s*$/i.exec(row) ?? [];
    if (hash === '') break;
    if (word !== 'or') kind = word;
    expected.push(`${kind}:${hash}`);
  }
  const [, got = null] = /^\s+Got\s+([0-9a-f]+)\s*$/im.exec(list) ?? [];
  return { what: fileName(url) || null, expected, got: got === null ? null : `${kind}:${got}` };
}

/** Hash mismatch for `toolz==1.0.0`, then both lists. */
function byUv(text: string): Mismatch | null {
  if (!aboutHashes.test(text)) return null;
  const [, what = null, expected = '', got = null] =
    /Hash mismatch for `([^`]+)`\s+Expected:\s+((?:\w+:[0-9a-f]+\s+)+)Computed:\s+(\w+:[0-9a-f]+)/i.exec(
      text,
    ) ?? [];
  return { what, expected: expected.split(/\s+/).filter((hash) => hash !== ''), got };
}
