/** What the function's own sources say, read by the target's Python without running them. I/O around templates/read_code.py. */
import { readFile } from 'node:fs/promises';
import type { Interpreter } from '../io/interpreter.js';
import { scanImports } from '../inventory/imports.js';
import { parseRecord } from '../python/metadata.js';
import { firstPart } from '../python/modules.js';
import { templatePath } from '../io/templates.js';
import type { StagedFile } from '../model.js';

/**
 * When an import happens. `always`: with the import of its module; `lazy`: in a call; `perhaps`: under a condition that
 * only a run can answer; `weak`: its failure is expected (`try`/`except ImportError`, `TYPE_CHECKING`).
 */
export type When = 'always' | 'lazy' | 'perhaps' | 'weak';

export interface CodeImport {
  /** Absolute dotted name; as written, with its dots (`.orders`), where it leads out of the code's folder. */
  readonly module: string;
  /** What `from module import …` takes: attributes or modules. */
  readonly names: readonly string[];
  /** From 1. */
  readonly line: number;
  readonly when: When;
  /** It stands in for others (`except ImportError: import b`): of each group, one of these must be missing. */
  readonly unless?: readonly (readonly Pick<CodeImport, 'module' | 'names'>[])[];
  /** When it happens then. */
  readonly otherwise?: When;
}

export interface CodeFunction {
  readonly name: string;
  readonly line: number;
  /** The first two at most. */
  readonly arguments: readonly string[];
  /** Whether Lambda's (event, context) can be given. */
  readonly takesTwo: boolean;
  /** It is async, and Lambda does not wait for it. */
  readonly awaits: boolean;
  /** It is a generator, and what Lambda gets of it is no answer. */
  readonly yields: boolean;
  /** Nothing else is made of it (a decorator, an assignment): it is what Lambda calls. */
  readonly certain: boolean;
}

/** A library that a call opens or looks for by its name: `CDLL("libmagic.so.1")`, `find_library("magic")`. */
export interface OpenedLibrary {
  /** Any of these would do; file names, or names without `lib` and `.so`. */
  readonly names: readonly string[];
  readonly line: number;
  /** `weak`: the code goes on without it. */
  readonly when: When;
}

/** One source file of the function's code. */
export interface CodeModule {
  /** Path in the package, e.g. `app.py`, `shop/orders.py`. */
  readonly path: string;
  /** Why it is no Python of this version; then the rest is empty. */
  readonly error: { readonly line: number; readonly text: string } | null;
  readonly imports: readonly CodeImport[];
  /** At the top of the module. */
  readonly functions: readonly CodeFunction[];
  /** Everything that is bound at the top. */
  readonly names: readonly string[];
  /** Everything that could be bound when it runs, in whatever way. */
  readonly bindable: readonly string[];
  /** More may be bound than can be seen (`from x import *`, `globals()`). */
  readonly open: boolean;
  /** It changes `sys.path`, so that modules may be found where nobody can see it. */
  readonly pathChanges: boolean;
  /** Libraries that it opens by name. */
  readonly libraries: readonly OpenedLibrary[];
  /** Words of its short strings, some of which may name modules. */
  readonly mentions: readonly string[];
  /** It is part of an installed distribution that lies in the code's folder: not the user's to mend. */
  readonly vendored: boolean;
}

export interface CodeFacts {
  /** Sorted by path. */
  readonly modules: readonly CodeModule[];
  /** Top-level modules of the target's standard library; empty when it was not asked. */
  readonly stdlib: readonly string[];
  /** Dotted names that the code imports from it, and that this version has not, e.g. `collections.Mapping`. */
  readonly absent: readonly string[];
  /** Null: read by the target's Python. Else why only names of imports are known, as a clause. */
  readonly because: string | null;
}

/** Larger files are tables. */
const mostBytes = 4 * 2 ** 20;
/** Bytes of source in one run of the interpreter. */
const batchBytes = 16 * 2 ** 20;

export interface ReadOptions {
  /** The target's version. */
  readonly python: string;
  /** False for code of packages: what the standard library lacks is then not asked for. */
  readonly own: boolean;
  readonly signal: AbortSignal;
}

/**
 * Read every Python file of the function's own code.
 * @param files from `codeFiles`
 * @param interpreter the target's Python; null: only the imports' names are read, all of them as `perhaps`
 * @throws the file system's error when a file cannot be read; the signal's reason
 */
export async function readCode(
  files: readonly StagedFile[],
  interpreter: Interpreter | null,
  { python, own, signal }: ReadOptions,
): Promise<CodeFacts> {
  const sources = files.filter(
    ({ link, path, bytes }) => link === undefined && path.endsWith('.py') && bytes <= mostBytes,
  );
  if (sources.length === 0) return { modules: [], stdlib: [], absent: [], because: null };
  const vendored = await vendoredPaths(files);
  if (interpreter === null)
    return namesOnly(sources, vendored, `no CPython ${python} was found on this machine`);
  const modules: CodeModule[] = [];
  let stdlib: readonly string[] = [];
  const absent = new Set<string>();
  for (const batch of batches(sources)) {
    const answer = await ask(batch, interpreter, own, signal);
    if (answer === null)
      return namesOnly(sources, vendored, `${interpreter.description} could not read your code`);
    modules.push(...answer.modules.map((one) => named(one, vendored)));
    stdlib = answer.stdlib;
    for (const name of answer.absent) absent.add(name);
  }
  modules.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { modules, stdlib, absent: [...absent], because: null };
}

/** As templates/read_code.py answers. */
interface Answer {
  readonly modules: readonly AnsweredModule[];
  readonly stdlib: readonly string[];
  readonly absent: readonly string[];
}

interface AnsweredModule extends Omit<CodeModule, 'pathChanges' | 'functions' | 'vendored'> {
  readonly path_changes: boolean;
  readonly functions: readonly (Omit<CodeFunction, 'takesTwo'> & { readonly takes_two: boolean })[];
}

function named(
  { path_changes, functions, ...module }: AnsweredModule,
  vendored: ReadonlySet<string>,
): CodeModule {
  return {
    ...module,
    pathChanges: path_changes,
    functions: functions.map(({ takes_two, ...one }) => ({ ...one, takesTwo: takes_two })),
    vendored: vendored.has(module.path),
  };
}

function batches(sources: readonly StagedFile[]): readonly (readonly StagedFile[])[] {
  const all: StagedFile[][] = [];
  let room = 0;
  for (const file of sources) {
    if (file.bytes > room) {
      all.push([]);
      room = batchBytes;
    }
    all.at(-1)?.push(file);
    room -= file.bytes;
  }
  return all;
}

async function ask(
  sources: readonly StagedFile[],
  interpreter: Interpreter,
  own: boolean,
  signal: AbortSignal,
): Promise<Answer | null> {
  const files = await Promise.all(
    sources.map(async ({ path, source }) => ({ path, source: (await readFile(source)).toString('base64') })),
  );
  const script = await readFile(templatePath('read_code.py'), 'utf8');
  // -I -S: nothing of the user's site or environment takes part.
  const input = JSON.stringify({ files, own });
  const result = await interpreter.run(['-I', '-S', '-c', script], { input, signal });
  return result.ok ? (JSON.parse(result.stdout) as Answer) : null;
}

/** Paths that a RECORD in the code's folder lists: somebody installed packages beside the code. */
async function vendoredPaths(files: readonly StagedFile[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { path, source, link } of files) {
    const place = /^(.*?)[^/]+\.dist-info\/RECORD$/.exec(path);
    if (place === null || link !== undefined) continue;
    for (const listed of parseRecord(await readFile(source, 'utf8')))
      found.add(`${place[1] ?? ''}${listed.path}`);
  }
  return found;
}

async function namesOnly(
  sources: readonly StagedFile[],
  vendored: ReadonlySet<string>,
  because: string,
): Promise<CodeFacts> {
  const modules: CodeModule[] = [];
  for (const { path, source } of sources) {
    const imports = scanImports(await readFile(source, 'utf8'), path).map((one): CodeImport => ({
      ...one,
      line: 0,
      when: 'perhaps',
    }));
    modules.push({
      path,
      error: null,
      imports,
      functions: [],
      names: [],
      bindable: [],
      open: true,
      pathChanges: true,
      libraries: [],
      mentions: [],
      vendored: vendored.has(path),
    });
  }
  return { modules, stdlib: [], absent: [], because };
}

/**
 * Absolute dotted names that the code imports, sorted; the function's own modules are not among them. The proof tries
 * each, and nothing that they name is dropped.
 */
export function importedModules({ modules }: CodeFacts): readonly string[] {
  return others(
    modules,
    modules.flatMap(({ imports }) => imports.map(({ module }) => module)),
  );
}

/** `a.b.c` for each `from a.b import c` of the user's own files whose failure is not expected, sorted. */
export function importedNames({ modules }: CodeFacts): readonly string[] {
  const needed = modules.flatMap(({ vendored, imports }) =>
    vendored ? [] : imports.filter(({ when }) => when !== 'weak'),
  );
  return others(
    modules,
    needed.flatMap(({ module, names }) => names.map((name) => `${module}.${name}`)),
  );
}

/** Without the function's own modules. */
function others(modules: readonly CodeModule[], names: readonly string[]): readonly string[] {
  const own = new Set(modules.map(({ path }) => (path.split('/', 1)[0] ?? '').replace(/\.py$/, '')));
  return [...new Set(names)].filter((name) => !name.startsWith('.') && !own.has(firstPart(name))).sort();
}
