/** Which functions of the code Lambda could call. Pure. */
import { near } from '../text/near.js';
import { dottedName } from './graph.js';
import type { CodeFacts, CodeFunction, CodeModule } from './read.js';

/** Tests, and what builds: Lambda imports none of them. */
const forDevelopers = /^(?:test_.*|.*_test|conftest|setup|noxfile)\.py$/;
/** By its name, wherever it lies. */
export const isForDevelopers = (path: string): boolean =>
  forDevelopers.test(path.slice(path.lastIndexOf('/') + 1));
/** Never a handler's file, either. */
const aside = /^(?:fabfile|tasks|__init__|__main__)\.py$/;
const eventName = /^_?(?:event|evt|ev|e|payload|request|req|body|message|data)s?$/i;
const contextName = /^_*(?:context|ctx|cxt|contxt|c|)$/i;
const usualName = /handler$|^(?:main|handle)$/i;
const usualFile = /^(?:app|main|index|handler|handlers|lambda_function|lambda|function)\.py$/;
const madeName = /^(?:lambda_)?handler$/;

interface Candidate {
  readonly handler: string;
  readonly file: string;
  readonly one: CodeFunction | null;
}

export interface FoundHandlers {
  /** As Lambda's setting names them, e.g. `app.handler`, sorted. */
  readonly handlers: readonly string[];
  /** False: they only could be, by the number of their arguments. */
  readonly sure: boolean;
}

/**
 * Functions of two arguments in modules at the top of the code. Where some say by their arguments (event, context), by their
 * name or by their file that they are a handler, only these.
 */
export function findHandlers({ modules }: CodeFacts): FoundHandlers {
  const candidates = modules.filter(isAtTop).flatMap(candidatesOf);
  const tests: readonly ((one: Candidate) => boolean)[] = [
    ({ one }) => one === null || takesEvent(one),
    ({ one }) => one !== null && usualName.test(one.name),
    ({ file }) => usualFile.test(file),
  ];
  for (const test of tests) {
    const found = candidates.filter(test);
    if (found.length > 0) return { handlers: found.map(({ handler }) => handler).sort(), sure: true };
  }
  return { handlers: candidates.map(({ handler }) => handler).sort(), sure: false };
}

const isAtTop = ({ path, error, vendored }: CodeModule): boolean =>
  error === null && !vendored && !path.includes('/') && !forDevelopers.test(path) && !aside.test(path);

const takesEvent = ({ arguments: [first = '', second = ''] }: CodeFunction): boolean =>
  eventName.test(first) && contextName.test(second);

function candidatesOf({ path, functions, names }: CodeModule): readonly Candidate[] {
  const module = path.replace(/\.py$/, '');
  const plain = functions
    .filter(({ takesTwo, name }) => takesTwo && !name.startsWith('_'))
    .map((one): Candidate => ({ handler: `${module}.${one.name}`, file: path, one }));
  // `handler = Mangum(app)`: made by a call, and named as one.
  const made = names
    .filter((name) => madeName.test(name) && !functions.some((one) => one.name === name))
    .map((name): Candidate => ({ handler: `${module}.${name}`, file: path, one: null }));
  return [...plain, ...made];
}

/** The dotted name of the module in a handler's setting: `src/app.handler` and `src.app.handler` are both `src.app`. */
export function moduleOf(handler: string): string {
  return handler.slice(0, handler.lastIndexOf('.')).replaceAll('/', '.');
}

/** Dotted names of the modules that Lambda could import first, when no handler is known. */
export function possibleRoots({ modules }: CodeFacts): readonly string[] {
  return (
    modules
      .filter(({ path, vendored }) => !vendored && !/(?:^|\/)tests?\//.test(path))
      .filter(({ path }) => !isForDevelopers(path))
      .map(({ path }) => dottedName(path))
      // Nobody imports the package that the code's folder would be.
      .filter((name) => name !== '')
  );
}

/** What is wrong with a handler's setting, as a clause, and the one that was meant; null when nothing can be said against it. */
export function refuteHandler(
  handler: string,
  facts: CodeFacts,
): { readonly because: string; readonly meant: string | null } | null {
  const name = handler.slice(handler.lastIndexOf('.') + 1);
  const file = moduleOf(handler).replaceAll('.', '/');
  const module = facts.modules.find(({ path }) => path === `${file}.py` || path === `${file}/__init__.py`);
  if (facts.because !== null || (module !== undefined && (module.error !== null || module.open))) return null;
  if (module?.names.includes(name) === true) return null;
  const because = module === undefined ? `your code has no ${file}.py` : `${module.path} defines no ${name}`;
  return { because, meant: near(handler, [...findHandlers(facts).handlers, ...namesOf(module)]) };
}

export interface UnfitHandler {
  readonly handler: string;
  readonly path: string;
  readonly line: number;
  /** A clause that follows its name. */
  readonly because: string;
  readonly awaits: boolean;
  readonly yields: boolean;
}

/**
 * Functions that Lambda cannot call although they are there.
 * @param handlers those that are known; where there are none, what is named as one or takes (event, context) is looked at
 */
export function unfitHandlers(
  handlers: readonly string[],
  { modules, because }: CodeFacts,
): readonly UnfitHandler[] {
  if (because !== null) return [];
  const known = handlers.length > 0;
  const names = new Set(handlers.map((one) => one.replaceAll('/', '.')));
  const meant = (module: CodeModule, one: CodeFunction): boolean =>
    known
      ? names.has(`${dottedName(module.path)}.${one.name}`)
      : isAtTop(module) && (madeName.test(one.name) || takesEvent(one));
  return modules.flatMap((module) =>
    module.functions
      .filter((one) => one.certain && (!one.takesTwo || one.yields) && meant(module, one))
      .map((one) => ({
        handler: `${dottedName(module.path)}.${one.name}`,
        ...{ path: module.path, line: one.line, awaits: one.awaits, yields: one.yields },
        because: one.awaits
          ? 'is async, and Lambda does not wait for it'
          : one.yields && one.takesTwo
            ? 'is a generator, which Lambda neither runs nor can turn into JSON'
            : 'cannot be called with two arguments, as Lambda does with (event, context)',
      })),
  );
}

function namesOf(module: CodeModule | undefined): readonly string[] {
  if (module === undefined) return [];
  return module.functions.map(({ name }) => `${dottedName(module.path)}.${name}`);
}
