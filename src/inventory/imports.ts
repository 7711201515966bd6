/**
 * Which modules a Python source imports, exactly and fast. Text in, names out.
 *
 * `import` is a keyword, so outside strings and comments it is always an import statement, wherever it stands
 * (`if x: import y`, after a semicolon, after a continuation). So the scan only has to tell strings and comments
 * from code: no grammar, no tree. `if TYPE_CHECKING:` imports count too; that keeps too much, never too little. Pure.
 */
import { folders, names as wholeNames, suffixes, templateSuffixes } from '../recipes/names.js';

export interface ImportedName {
  /** Absolute dotted name, e.g. `numpy._core.tests`. */
  readonly module: string;
  /** For `from module import a, b`: names that may be submodules. Empty for `import module` and `import *`. */
  readonly names: readonly string[];
}

export interface SourceFacts {
  readonly imports: readonly ImportedName[];
  /** It may open a library by its name. */
  readonly opensLibraries: boolean;
  /** Base names of files that short string literals spell, of those that rules know by name, e.g. `driver.c`. Sorted. */
  readonly fileNames: readonly string[];
  /**
   * Paths that short string literals spell, as far as they are constant, with a folder that rules know by name:
   * `docs/index.html`; `docs` of `join(here, "docs")`, `here / "docs"` and `f"docs/{name}"`. Sorted.
   */
  readonly paths: readonly string[];
}

const newline = 0x0a;
const hash = 0x23;
const doubleQuote = 0x22;
const singleQuote = 0x27;
const backslash = 0x5c;
const dot = 0x2e;

/** 1 for characters of identifiers. Others beyond ASCII count as identifier characters. */
const wordTable = new Uint8Array(128);
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')
  wordTable[char.charCodeAt(0)] = 1;

/** `from … import`: module, with white space and continuations anywhere. */
const fromStatement =
  /from(?:[ \t\f]|\\\r?\n)*([.\s\\]*[\p{L}\p{N}_.]*(?:\s*\.\s*[\p{L}_][\p{L}\p{N}_]*)*)(?:[ \t\f]|\\\r?\n)*import(?![\p{L}\p{N}_])/uy;
const constantCall =
  /[ \t]*\(\s*[rRuU]?(["'])([\p{L}\p{N}_.]+)\1\s*(?:\)|,\s*(?:package\s*=\s*)?(?:__package__|__name__)\s*\))/uy;
const escaped = (texts: readonly string[]): string =>
  texts.map((text) => text.replace(/[.+]/g, '\\$&')).join('|');
const fileName = new RegExp(
  `^(?:.*/)?((?:[\\w.+-]+\\.(?:${escaped(Object.values(suffixes).flat())})(?:\\.(?:${escaped(templateSuffixes)}))?)|` +
    `${escaped(Object.values(wholeNames).flat())})$`,
);
const folderNames: ReadonlySet<string> = new Set<string>(Object.values(folders).flat());
const folderInside = new RegExp(`(?:^|[/.])(?:${[...folderNames].join('|')})(?:$|[/.])`);
const longestFileName = 120;
const opensLibraries = /CDLL|PyDLL|LoadLibrary|find_library|dlopen/;

/**
 * @param text Python source, any version
 * @param path where the file lies in the tree, e.g. `numpy/testing/__init__.py`: relative imports are resolved against it
 */
export function scanSource(text: string, path: string): SourceFacts {
  const own = packageOf(path);
  const imports: ImportedName[] = [];
  const names = new Set<string>();
  const paths = new Set<string>();
  const end = text.length;
  let at = 0;
  while (at < end) {
    const char = text.charCodeAt(at);
    if (char === hash) {
      at = lineEnd(text, at);
    } else if (char === doubleQuote || char === singleQuote) {
      const from = at;
      at = stringEnd(text, at, char);
      if (at - from < longestFileName) {
        const literal = text.slice(from + 1, at - 1);
        addFileName(literal, names);
        addPath(literal, text, from, paths);
      }
    } else if (char > 127 || wordTable[char] === 1) {
      const from = at;
      do at++;
      while (at < end && isWord(text.charCodeAt(at)));
      at = readWord(text, from, at, own, imports);
    } else at++;
  }
  return {
    imports,
    opensLibraries: opensLibraries.test(text),
    fileNames: [...names].sort(),
    paths: [...paths].sort(),
  };
}

/** The imports alone. See `scanSource`. */
export function scanImports(text: string, path: string): readonly ImportedName[] {
  return scanSource(text, path).imports;
}

/** Handles one identifier in code; returns where to go on. */
function readWord(
  text: string,
  from: number,
  to: number,
  own: readonly string[],
  imports: ImportedName[],
): number {
  switch (text.charCodeAt(from)) {
    case 0x66: // f
      if (to - from === 4 && text.startsWith('from', from)) return readFrom(text, from, to, own, imports);
      return to;
    case 0x69: // i
      if (to - from === 6 && text.startsWith('import', from)) return readImport(text, to, imports);
      if (to - from === 13 && text.startsWith('import_module', from)) readCall(text, to, own, imports);
      return to;
    case 0x5f: // _
      if (to - from === 10 && text.startsWith('__import__', from)) readCall(text, to, own, imports);
      return to;
    default:
      return to;
  }
}

function readFrom(
  text: string,
  from: number,
  to: number,
  own: readonly string[],
  imports: ImportedName[],
): number {
  // `from` is a keyword too, but `raise … from` and `yield from` have no `import` behind the name.
  if (text.charCodeAt(from - 1) === dot) return to;
  fromStatement.lastIndex = from;
  const match = fromStatement.exec(text);
  if (!match) return to;
  const base = resolveModule((match[1] ?? '').replace(/[\s\\]+/g, ''), own);
  const [items, next] = readItems(text, fromStatement.lastIndex);
  const names = items
    .map((item) => item.replace(/\s[^]*$/, ''))
    .filter((name) => name !== '' && name !== '*');
  if (base !== null) imports.push({ module: base, names });
  return next;
}

function readImport(text: string, to: number, imports: ImportedName[]): number {
  const [items, next] = readItems(text, to);
  for (const item of items) {
    // `import a . b as c`
    const module = item.replace(/\sas\s[^]*$/, '').replace(/\s+/g, '');
    if (/^[\p{L}_]/u.test(module)) imports.push({ module, names: [] });
  }
  return next;
}

/** The comma-separated rest of an import statement, comments and continuations removed. */
function readItems(text: string, from: number): readonly [items: readonly string[], next: number] {
  const end = lineEnd(text, from);
  const line = text.slice(from, end);
  if (!/[#\\();"'\r]/.test(line)) return [splitItems(line), end];
  let at = from;
  let clean = '';
  let nested = false;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === hash) {
      at = lineEnd(text, at) - 1;
    } else if (char === backslash) {
      if (text.charCodeAt(at + 1) === 0x0d) at++;
      at++;
      clean += ' ';
    } else if (char === 0x28) {
      nested = true;
    } else if (char === 0x29) {
      at++;
      break;
    } else if (!nested && (char === newline || char === 0x0d || char === 0x3b)) {
      break;
    } else if (char === doubleQuote || char === singleQuote) {
      break; // No import statement holds a string: the text is not what it seemed.
    } else clean += text[at] ?? '';
  }
  return [splitItems(clean), at];
}

function splitItems(list: string): readonly string[] {
  return list.split(',').map((item) => item.trim());
}

function readCall(text: string, to: number, own: readonly string[], imports: ImportedName[]): void {
  constantCall.lastIndex = to;
  const match = constantCall.exec(text);
  const module = match?.[2] === undefined ? null : resolveModule(match[2], own);
  if (module !== null && module !== '') imports.push({ module, names: [] });
}

/** `..a` seen from package `x.y` is `x.a`; null when it climbs out of the tree. */
function resolveModule(written: string, own: readonly string[]): string | null {
  const dots = /^\.*/.exec(written)?.[0].length ?? 0;
  const rest = written.slice(dots);
  if (dots === 0) return rest === '' ? null : rest;
  if (dots > own.length) return null;
  const base = own.slice(0, own.length - dots + 1).join('.');
  return rest === '' ? base : `${base}.${rest}`;
}

function packageOf(path: string): readonly string[] {
  return path.split('/').slice(0, -1);
}

function isWord(char: number): boolean {
  return char > 127 || wordTable[char] === 1;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}

/** Index behind the string that begins at `from`. A prefix (`r`, `f`, `b`) changes nothing: a backslash never lets a quote end it. */
function stringEnd(text: string, from: number, quote: number): number {
  const end = text.length;
  const triple = text.charCodeAt(from + 1) === quote && text.charCodeAt(from + 2) === quote;
  if (!triple) {
    for (let at = from + 1; at < end; at++) {
      const char = text.charCodeAt(at);
      if (char === quote) return at + 1;
      if (char === backslash) at++;
      else if (char === newline) return at; // Not closed: go on with the next line.
    }
    return end;
  }
  const mark = quote === doubleQuote ? '"""' : "'''";
  for (let at = text.indexOf(mark, from + 3); at >= 0; at = text.indexOf(mark, at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash && at - 1 - slashes >= from + 3) slashes++;
    if (slashes % 2 === 0) return at + 3;
  }
  return end;
}

function addFileName(literal: string, names: Set<string>): void {
  if (!literal.includes('.') && !literal.endsWith('akefile')) return;
  const name = fileName.exec(literal)?.[1];
  if (name !== undefined) names.add(name);
}

/** Module-like names (`pkg.docs`) are places to `importlib.resources`. */
function addPath(literal: string, text: string, from: number, paths: Set<string>): void {
  if (!folderInside.test(literal) || /[\s:]/.test(literal)) return;
  const isModule = /^[\w.]+$/.test(literal) && folderNames.has(literal.slice(literal.lastIndexOf('.') + 1));
  const written = isModule ? literal.replaceAll('.', '/') : literal;
  const parts = written.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  const hole = parts.findIndex((part) => /[{}%*$?]/.test(part));
  const constant = hole < 0 ? parts : parts.slice(0, hole);
  if (!constant.some((part) => folderNames.has(part))) return;
  // The word alone is often no path: `split="test"`, `type="doc"`.
  if (constant.length === 1 && !written.includes('/') && !isJoined(text, from)) return;
  paths.add(constant.join('/'));
}

const joins = /(?:^|\W)(?:join|joinpath|Path|PurePath|files|path)\s*$/;
const farthestCall = 300;

/** True behind the operator `/`, and as an argument of a call that makes a path. */
function isJoined(text: string, from: number): boolean {
  const before = text
    .slice(Math.max(0, from - farthestCall), from)
    .trimEnd()
    .replace(/[rRuUbBfF]{1,2}$/, '');
  if (before.trimEnd().endsWith('/')) return true;
  let depth = 0;
  for (let at = before.length - 1; at >= 0; at--) {
    const char = before[at];
    if (char === ')') depth++;
    if (char === '(' && depth-- === 0) return joins.test(before.slice(0, at));
  }
  return false;
}
