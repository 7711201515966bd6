/**
 * Options in a requirements file as pip reads them: words as a shell splits them, then optparse, with its abbreviations.
 * Pure.
 */

/** What pip's parser of a line knows: the long name, whether a value follows, and other spellings. */
const known: readonly (readonly [name: string, takesValue: boolean, others: readonly string[]])[] = [
  ['--index-url', true, ['-i', '--pypi-url']],
  ['--extra-index-url', true, []],
  ['--no-index', false, []],
  ['--constraint', true, ['-c']],
  ['--requirement', true, ['-r']],
  ['--editable', true, ['-e']],
  ['--find-links', true, ['-f']],
  ['--no-binary', true, []],
  ['--only-binary', true, []],
  ['--prefer-binary', false, []],
  ['--require-hashes', false, []],
  ['--no-require-hashes', false, []],
  ['--pre', false, []],
  ['--all-releases', true, []],
  ['--only-final', true, []],
  ['--trusted-host', true, []],
  ['--use-feature', true, []],
  ['--global-option', true, []],
  ['--hash', true, []],
  ['--config-settings', true, ['-C', '--config-setting']],
];

interface Known {
  readonly name: string;
  readonly takesValue: boolean;
}

const bySpelling: ReadonlyMap<string, Known> = new Map(
  known.flatMap(([name, takesValue, others]) =>
    [name, ...others].map((spelling) => [spelling, { name, takesValue }] as const),
  ),
);

export interface GivenOption {
  /** The long name, e.g. `--requirement`. */
  readonly name: string;
  /** Empty for a flag. */
  readonly value: string;
}

export type GivenOptions =
  | {
      readonly options: readonly GivenOption[];
      /** Words that belong to no option. */ readonly rest: readonly string[];
    }
  | { readonly because: string };

/** @returns the options in their order; else why pip refuses them, as a clause */
export function readOptions(text: string): GivenOptions {
  const words = shellWords(text);
  if (words === null) return { because: 'a quotation mark is not closed' };
  const options: GivenOption[] = [];
  const rest: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') return { options, rest: [...rest, ...left] };
    if (!/^-./.test(word)) {
      rest.push(word);
      continue;
    }
    const parsed = word.startsWith('--') ? longOption(word, left) : shortOption(word, left);
    if (typeof parsed === 'string') return { because: parsed };
    options.push(parsed);
  }
  const bad = options.find(({ name, value }) => name === '--hash' && !/^sha(256|384|512):./.test(value));
  if (bad) return { because: `--hash ${bad.value} is not sha256:…, sha384:… or sha512:…` };
  return { options, rest };
}

/** `--name=value`, `--name value`; any beginning that only one option has will do. */
function longOption(word: string, left: string[]): GivenOption | string {
  const equals = word.indexOf('=');
  const spelling = equals === -1 ? word : word.slice(0, equals);
  const exact = bySpelling.get(spelling);
  const found = [...bySpelling.keys()].filter((one) => one.startsWith(spelling));
  const option = exact ?? (found.length === 1 ? bySpelling.get(found[0] ?? '') : undefined);
  if (option === undefined) {
    return found.length === 0
      ? `pip has no option ${spelling} in requirements files`
      : `${spelling} could be ${found.join(', ')}`;
  }
  if (!option.takesValue) {
    return equals === -1 ? { name: option.name, value: '' } : `${option.name} takes no value`;
  }
  const value = equals === -1 ? left.shift() : word.slice(equals + 1);
  return value === undefined ? `${option.name} needs a value` : { name: option.name, value };
}

/** `-r file`, `-rfile`. All short ones take a value. */
function shortOption(word: string, left: string[]): GivenOption | string {
  const option = bySpelling.get(word.slice(0, 2));
  if (option === undefined) return `pip has no option ${word.slice(0, 2)} in requirements files`;
  const value = word.length > 2 ? word.slice(2) : left.shift();
  return value === undefined ? `${option.name} needs a value` : { name: option.name, value };
}

/** Words as Python's `shlex.split` makes them: quotes and backslashes as in a POSIX shell. Null: a quote stays open. */
function shellWords(text: string): string[] | null {
  const words: string[] = [];
  const piece = /[^ \t\r\n"'\\]+|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*'|[ \t\r\n]+/y;
  let word: string | null = null;
  while (piece.lastIndex < text.length) {
    const part = piece.exec(text)?.[0];
    if (part === undefined) return null;
    if (/^[ \t\r\n]/.test(part)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + unquoted(part);
    }
  }
  return word === null ? words : [...words, word];
}

function unquoted(part: string): string {
  if (part.startsWith('"')) return part.slice(1, -1).replace(/\\(["\\])/g, '$1');
  if (part.startsWith("'")) return part.slice(1, -1);
  return part.startsWith('\\') ? part.slice(1) : part;
}

/**
 * What `--no-binary` names and no later `--only-binary` takes back, as pip counts them: `:all:`, or names as written.
 * `:none:` takes back all of its own kind.
 */
export function compiledNames(options: readonly GivenOption[]): ReadonlySet<string> {
  const compiled = new Set<string>();
  for (const { name, value } of options) {
    if (name !== '--no-binary' && name !== '--only-binary') continue;
    for (const one of value.split(',')) {
      const all = one === (name === '--no-binary' ? ':none:' : ':all:');
      if (all) compiled.clear();
      else if (name === '--no-binary') compiled.add(one);
      else compiled.delete(one);
    }
  }
  return compiled;
}

/** Whether pre-releases of every package may be taken, as pip counts these options: `--pre` is `--all-releases :all:`. */
export function takesPrereleases(options: readonly GivenOption[]): boolean {
  let takes = false;
  for (const { name, value } of options) {
    if (name === '--pre') takes = true;
    for (const one of value.split(',')) {
      if (name === '--all-releases' && /^:(all|none):$/.test(one)) takes = one === ':all:';
      if (name === '--only-final' && one === ':all:') takes = false;
    }
  }
  return takes;
}
