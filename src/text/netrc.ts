/**
 * Reading a `.netrc` as Python's own module reads it, which is what pip asks: words, quoted or not, with `\` before a letter that
 * means itself. Pure.
 */

export interface NetrcEntry {
  /** Null for `default`, which stands for every other host. */
  readonly host: string | null;
  readonly login: string;
  readonly password: string;
}

/** What is not understood is left out, word by word, so that each secret in a damaged file is still known. */
export function parseNetrc(text: string): readonly NetrcEntry[] {
  const entries: { host: string | null; login: string; password: string }[] = [];
  const next = wordsOf(withoutMacros(text));
  for (let word = next(); word !== null; word = next()) {
    const entry = entries.at(-1);
    if (word === 'machine') entries.push({ host: next() ?? '', login: '', password: '' });
    else if (word === 'default') entries.push({ host: null, login: '', password: '' });
    else if (entry !== undefined && (word === 'login' || word === 'user')) entry.login = next() ?? '';
    else if (entry !== undefined && word === 'password') entry.password = next() ?? '';
    else if (word === 'account') next();
    else if (word.startsWith('#')) next('line');
  }
  return entries;
}

/** The entry for a host (without its port): its own, or the default; of several with one name the last. */
export function netrcEntry(entries: readonly NetrcEntry[], host: string): NetrcEntry | null {
  const found = (name: string | null): NetrcEntry | undefined =>
    entries.findLast((entry) => entry.host === name);
  return found(host) ?? found(null) ?? null;
}

/** A macro ends with an empty line. */
const withoutMacros = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/^[ \t]*macdef\b.*\n(?:.+\n?)*/gm, '\n');

/** A reader of words, which can also skip the rest of a line, as behind a `#` where no value is due. Null at the end. */
function wordsOf(text: string): (skip?: 'line') => string | null {
  const word = /[ \t\n]*(?:"((?:[^"\\]|\\.)*)(?:"|$)|((?:[^ \t\n\\]|\\.)+))/sy;
  let at = 0;
  return (skip) => {
    if (skip === 'line') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
      return null;
    }
    word.lastIndex = at;
    const [whole, quoted, bare = ''] = word.exec(text) ?? [];
    if (whole === undefined) return null;
    at += whole.length;
    return (quoted ?? bare).replace(/\\(.)/gs, '$1');
  };
}
