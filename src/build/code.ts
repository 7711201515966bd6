/** The function's own code: what it says, which of its functions Lambda calls, and what is wrong with it. */
import {
  distributionFor,
  leftStandardLibrary,
  notInLambda,
  ofOtherSystems,
} from '../code/distribution-names.js';
import { findHandlers, moduleOf, possibleRoots, refuteHandler, unfitHandlers } from '../code/handlers.js';
import { failingImports } from '../code/failing.js';
import { dottedName } from '../code/graph.js';
import { missingImports, type MissingImport } from '../code/missing.js';
import { readCode, type CodeFacts, type When } from '../code/read.js';
import { handlersFor, setHandlers } from '../code/settings.js';
import { syntaxFaults } from '../code/syntax.js';
import { twins } from '../code/twins.js';
import { unusedDistributions } from '../code/unused.js';
import { SlimError } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import type { Interpreter } from '../io/interpreter.js';
import { runtimeModules } from '../limits.js';
import type { HeldLayer } from '../layers/layers.js';
import { modelsModule } from '../pack/model-files.js';
import { firstPart, loadsOn, moduleOf as moduleAt } from '../python/modules.js';
import { pathsIn } from './other-layers.js';
import type {
  BuildRequest,
  Inventory,
  PackPlan,
  Proof,
  PrunePlan,
  Resolution,
  StagedFile,
  Target,
} from '../model.js';

export interface OwnCode {
  readonly facts: CodeFacts;
  /** What Lambda calls: as the build was told, as the project's files set it, or as it was found. Sorted. */
  readonly handlers: readonly string[];
  /** Own modules that Lambda imports first, dotted → how surely. */
  readonly roots: ReadonlyMap<string, When>;
  /** Somebody said what Lambda calls: the build's options, or the project's files. */
  readonly told: boolean;
}

/**
 * Read the code and find its handlers.
 * @throws SlimError `bad-option` when `--handler` names what the code does not have
 */
export async function readOwnCode(
  request: BuildRequest,
  files: readonly StagedFile[],
  interpreter: Interpreter | null,
  target: Target,
  signal: AbortSignal,
): Promise<OwnCode> {
  const facts = await readCode(files, interpreter, { python: target.python, own: true, signal });
  const { handler, code, folder } = request;
  if (code === null) return { facts, handlers: [], roots: new Map(), told: false };
  if (handler !== null) refuseHandler(handler, facts, code);
  const paths = new Set(files.map(({ path }) => path));
  const set =
    handler === null
      ? handlersFor(await setHandlers(folder), folder, code, (file) => paths.has(file))
      : [handler];
  const found = findHandlers(facts);
  const handlers = set.length > 0 ? set : found.handlers;
  // A handler of a package (Datadog's, for one) calls one of the code, which nobody has named.
  const own = set.some((one) => !isElsewhere(one, facts)) ? set : found.handlers;
  const told = own === set && set.length > 0;
  const surely = told || found.sure ? 'always' : 'perhaps';
  const roots = new Map<string, When>(
    own.length > 0
      ? own.map((one) => [moduleOf(one), surely])
      : // Nobody knows what Lambda calls: then it may be any of them.
        possibleRoots(facts).map((name) => [name, 'perhaps']),
  );
  return { facts, handlers, roots, told };
}

/** One that no file of the code has may be a package's, as those that wrap handlers have one of their own: the tree will tell. */
function refuseHandler(handler: string, facts: CodeFacts, code: string): void {
  const refuted = refuteHandler(handler, facts);
  if (refuted === null || isElsewhere(handler, facts)) return;
  throw refusalOf(handler, refuted, code);
}

const isElsewhere = (handler: string, { modules }: CodeFacts): boolean =>
  !modules.some(({ path }) => firstPart(dottedName(path)) === firstPart(moduleOf(handler)));

/**
 * @param has whether a package or a layer has a file
 * @throws SlimError `bad-option` when neither the code nor a package has the module that `--handler` names
 */
export function refuseUnknownHandler(
  { handler, code, provided }: Pick<BuildRequest, 'handler' | 'code' | 'provided'>,
  { facts }: OwnCode,
  has: (path: string) => boolean,
): void {
  if (handler === null || code === null || facts.because !== null || !isElsewhere(handler, facts)) return;
  const refuted = refuteHandler(handler, facts);
  const file = moduleOf(handler).replaceAll('.', '/');
  if (refuted === null || provided.includes(firstPart(moduleOf(handler)))) return;
  if (has(`${file}.py`) || has(`${file}/__init__.py`)) return;
  throw refusalOf(handler, { ...refuted, because: `${refuted.because}, nor has any package` }, code);
}

function refusalOf(
  handler: string,
  { because, meant }: NonNullable<ReturnType<typeof refuteHandler>>,
  code: string,
): SlimError {
  return new SlimError('bad-option', `--handler ${handler}: ${because}.`, {
    hint:
      meant === null
        ? `The handler is the file without .py, a dot and the function, seen from ${code}.`
        : `Did you mean ${meant}?`,
  });
}

/** What there is around the code when it runs. */
export interface CodeSurroundings {
  readonly request: BuildRequest;
  readonly target: Target;
  readonly functionFiles: readonly StagedFile[];
  readonly resolution: Resolution;
  readonly inventory: Inventory;
  /** The function's other layers. */
  readonly layers: readonly HeldLayer[];
  /** After everything that took files away or brought them back. */
  readonly plan: PrunePlan;
  /** What did not import before anything was left out. */
  readonly failedBefore: Proof['failedBefore'];
  /** Names that the code takes and that its packages turned out not to have, dotted. */
  readonly namesLacking: readonly string[];
}

/** What is wrong with the code, or could be. */
export function codeFindings(own: OwnCode, around: CodeSurroundings): readonly Finding[] {
  const { facts } = own;
  const { request, target } = around;
  if (request.code === null || facts.modules.length === 0) return [];
  if (facts.because !== null) return [finding('code-not-checked', { because: facts.because })];
  return [
    ...syntaxFaults(facts, own.roots, own.told).map(({ sure, ...one }) => {
      const said = { ...one, python: target.python };
      return sure ? finding('code-syntax', said) : finding('code-syntax-unsure', said);
    }),
    ...unfitHandlers(own.handlers, facts).map((one) => finding('handler-unfit', one)),
    ...missingFindings(own, around),
    ...failingFindings(own, around),
    ...unusedFindings(own, around),
  ];
}

function missingFindings({ facts, roots }: OwnCode, around: CodeSurroundings): readonly Finding[] {
  const { request, target, functionFiles, plan, layers, failedBefore, namesLacking } = around;
  const kept = plan.decisions.filter(({ action }) => action !== 'drop').map(({ path }) => path);
  // An image may have a Python of its own.
  const absent = facts.absent.filter((name) => hasRuntime(request, target) || notInLambda(name) === null);
  const missing = missingImports({ ...facts, absent }, roots, {
    code: functionFiles.map(({ path }) => path).filter((path) => loadsOn(path, target)),
    tree: [...kept, ...pathsIn(layers)],
    runtime: [
      ...(hasRuntime(request, target) ? [...runtimeModules, ...runtimeOwn] : []),
      ...(request.models === null ? [] : [modelsModule]),
      // Its .pth file brings the module back that left the standard library.
      ...(kept.includes('distutils-precedence.pth') ? ['distutils'] : []),
    ],
    declared: request.provided,
    notFound: [...failedBefore.filter(isNotFound).map(({ module }) => module), ...namesLacking],
  });
  return missing.map((one) => {
    const { path, line, module, sure } = one;
    const said = { path, line, module, ...explain(one, around) };
    return sure ? finding('code-import-missing', said) : finding('code-import-unsure', said);
  });
}

type Failed = Proof['failedBefore'][number];

const isNotFound = ({ module, error }: Failed): boolean => error.includes(`No module named '${module}'`);

/** What is missing for it; a setting that its code looks for, for one, may be there on Lambda. */
const lacksSomething =
  /^(?:it needs|ImportError:|ModuleNotFoundError:|OSError: .*cannot open shared object file)/;

/** Of the standard library what a Python lacks that was built without a library of the system; Lambda's has them. */
const builtWith = '_bz2 _ctypes _curses _dbm _gdbm _hashlib _lzma _sqlite3 _ssl _uuid readline zlib'.split(
  ' ',
);

/** Packages that are there and do not import, where the code cannot do without them. */
function failingFindings({ facts, roots }: OwnCode, around: CodeSurroundings): readonly Finding[] {
  const { request, target, failedBefore } = around;
  // An image has libraries and packages of its own.
  if (!hasRuntime(request, target)) return [];
  const elsewhere = new Set([...runtimeModules, ...runtimeOwn, ...builtWith, ...request.provided]);
  const failed = failedBefore
    .filter((one) => !isNotFound(one) && lacksSomething.test(one.error))
    .filter(({ module, error }) => {
      const [, lacking = module] = /No module named '([\w.]+)'/.exec(error) ?? [];
      return !elsewhere.has(firstPart(module)) && !elsewhere.has(firstPart(lacking));
    });
  return failingImports(facts, roots, new Map(failed.map(({ module, error }) => [module, error]))).map(
    (one) => finding('code-import-fails', one),
  );
}

/** Whether the function runs in Lambda's own runtime: a custom one, or an image, may have none of its parts. */
export const hasRuntime = (
  { format }: Pick<BuildRequest, 'format'>,
  { custom }: Pick<Target, 'custom'>,
): boolean => !custom && format !== 'directory';

/** Lambda's own parts, beside the distributions that it brings. */
const runtimeOwn: readonly string[] = ['awslambdaric', 'snapshot_restore_py', 'lambda_slim_boot'];

interface Words {
  readonly because: string;
  readonly remedy: string;
}

/** Own files and packages of one name. */
export const twinFindings = ({ bundles }: PackPlan): readonly Finding[] =>
  twins(bundles).map(({ ownWins, ...said }) =>
    ownWins ? finding('code-hides-package', said) : finding('code-hidden', said),
  );

/** Where it is known who should have it. */
function fromMaker(
  { path, module, from, definedIn }: MissingImport,
  { request, target, inventory, functionFiles }: CodeSurroundings,
): Words | null {
  const top = firstPart(module);
  if (from === 'above') {
    return {
      because: `and there is no package above ${path}: Lambda imports by the folder that holds it`,
      remedy: 'Leave the dots out, or name the folder above with --code and the handler with its package.',
    };
  }
  if (from === 'stdlib') {
    return {
      because: `which the standard library of Python ${target.python} does not have`,
      remedy:
        'Look up what took its place, or build for the Python that the code is written for with --python.',
    };
  }
  if (from === 'package') {
    const maker = inventory.distributions.find(({ modules }) => modules.includes(top));
    return {
      because: `which ${maker === undefined ? top : `${maker.name} ${maker.version}`} does not have`,
      remedy: 'Mend the name, or require a version that has it.',
    };
  }
  const foreign = functionFiles.find(({ path: own }) => moduleAt(own) === module && !loadsOn(own, target));
  if (foreign !== undefined) {
    return {
      because: `and ${foreign.path} is for another Python, processor or system`,
      remedy: `Compile it for Python ${target.python} on Linux (${target.architecture}), or require the package that brings it.`,
    };
  }
  if (from === 'code' && definedIn !== null) {
    return {
      because: `which ${definedIn} does not define`,
      remedy: `Mend the name, or define it in ${definedIn}.`,
    };
  }
  if (from === 'code') {
    return {
      because: `and your code has no ${module.replaceAll('.', '/')}.py`,
      remedy: `Add the file to ${request.code ?? 'your code'}, or mend the import.`,
    };
  }
  return null;
}

function explain(missing: MissingImport, around: CodeSurroundings): Words {
  const { module, written, elsewhere } = missing;
  const { request, target, inventory } = around;
  if (module === modelsModule) {
    return {
      because: 'which travels when the config names models',
      remedy: 'Name them in the config file as [models.NAME] with a url, or build with --models.',
    };
  }
  const lacking = notInLambda(module) ?? ofOtherSystems(module);
  if (lacking !== null) return lacking;
  const left = leftStandardLibrary(module);
  if (left !== null) {
    return {
      because: `which left Python's standard library in ${left.since}`,
      remedy:
        left.distribution === null
          ? `Use what took its place, or build for a Python before ${left.since} with --python.`
          : `Add ${left.distribution} to your requirements, which brings it.`,
    };
  }
  const place = module.replaceAll('.', '/');
  const owner = inventory.entries.find(({ path }) => path.startsWith(`${place}/`) || path === `${place}.py`);
  if (owner !== undefined) {
    const distribution = owner.distribution ?? module;
    return {
      because: `which ${distribution} has and this build leaves out`,
      remedy: `Take the option that leaves it out away, or keep it with --keep "${place}/**".`,
    };
  }
  if (elsewhere !== null) {
    return {
      because: `and Python does not search the folder of ${elsewhere}`,
      remedy: `Import it by its whole name, or make that folder the one that --code names.`,
    };
  }
  const known = fromMaker(missing, around);
  if (known !== null) return known;
  return {
    because: hasRuntime(request, target)
      ? "which neither your requirements, your own files nor Lambda's runtime provide"
      : 'which neither your requirements nor your own files provide',
    remedy: `Add ${distributionFor(written)} to your requirements; if another layer of the function brings it, say --provided ${firstPart(module)}.`,
  };
}

function unusedFindings({ facts, handlers }: OwnCode, around: CodeSurroundings): readonly Finding[] {
  const { inventory, resolution, target, plan } = around;
  const kept = new Map(plan.decisions.map((one) => [one.path, one.kept]));
  return unusedDistributions(
    { facts, handlers },
    inventory,
    resolution.requested,
    target,
    (path) => kept.get(path) ?? 0,
  ).map((one) => finding('code-not-imported', one));
}
