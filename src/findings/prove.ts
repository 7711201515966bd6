/** Facts that the import proof finds: their arguments and words. Pure. */
import type { FindingTexts } from './row.js';

export interface ProofFindingKinds {
  'import-lost': { module: string; error: string };
  'import-failed-before': { module: string; error: string };
  'import-lacks-library': { module: string; libraries: readonly string[]; error: string };
  'libraries-not-hidden': { because: string };
  'import-lost-by-option': { what: string; error: string; option: string; path: string };
  'probe-failed': { recipe: string; error: string };
  'probe-failed-before': { recipe: string; error: string };
  'probe-not-run': { recipe: string; because: string };
  'nothing-proven': { modules: readonly string[] };
  'nothing-to-prove': Readonly<Record<string, never>>;
  'not-proven-here': { because: string };
  unconfined: { because: string };
  'changes-itself': { paths: readonly string[] };
}

/** A module; or what is tried as it is written: `from a import b`, `importlib.metadata.version("x")`. */
const importOf = (module: string): string => (/[( ]/.test(module) ? module : `import ${module}`);

/** Severity and words for each code. */
export const proofFindingTexts: FindingTexts<ProofFindingKinds> = {
  'import-lost': {
    severity: 'error',
    meaning: 'A module that imported before pruning does not any more.',
    more: 'It was imported from the untouched tree and from only what is kept, and the second failed, although files that were missed came back. That is a fault in a rule. Keep the file that the message names with --keep, and report it: it would fail in Lambda, too.',
    sentence: (a) => `${importOf(a.module)} worked before pruning and fails now: ${a.error}`,
    hint: () =>
      'This is a fault in a recipe. Keep the file with --keep GLOB, and please report it with the line above.',
  },
  'import-failed-before': {
    severity: 'warning',
    meaning: 'A module does not import even on the untouched tree.',
    more: 'Pruning is not the reason: the module fails with all files there, often because an optional dependency is not installed or because it needs another system. It is not proved, and nothing that it alone needs is kept for it. If your function imports it, add what is missing to your requirements; otherwise it is harmless.',
    sentence: (a) => `${importOf(a.module)} fails even on the untouched tree: ${a.error}`,
    hint: () =>
      'If your function needs this module, fix the requirements first; lambda-slim proves only what worked before.',
  },
  'import-lacks-library': {
    severity: 'warning',
    meaning: 'A module needs a library that this machine has and Lambda lacks, so it does not import there.',
    more: 'Some packages bring no copy of the library that they are made for and look for it in the system: libmagic, libcairo, an ODBC driver. Imports are tried with the libraries that Lambda has and no others, so this one fails, as it would there; with those of this machine it works. Put the library, built for Amazon Linux 2023, into a lib folder of a layer, which becomes /opt/lib, or take a package that brings it.',
    sentence: (a) =>
      `import ${a.module} fails: it needs ${a.libraries.join(', ')}, which Lambda lacks (${a.error})`,
    hint: (a) =>
      `Put ${a.libraries.join(', ')} in a lib/ folder of a layer (it becomes /opt/lib, which the loader searches), or take a package that brings it along.`,
  },
  'libraries-not-hidden': {
    severity: 'info',
    meaning: 'Imports were tried with libraries in sight that Lambda lacks.',
    more: 'Where package code is confined on this machine, libraries that Lambda lacks are hidden from it, so that no import is proved by one of them. In a container, without a sandbox, or with an interpreter that does not run without them, that is not done. A package that opens a library of the system by its name may then work here and not in Lambda: try it with "lambda-slim verify".',
    sentence: (a) => `Imports were tried with libraries in sight that Lambda may lack: ${a.because}.`,
    hint: () => 'Run "lambda-slim verify", which shows what Lambda has.',
  },
  'import-lost-by-option': {
    severity: 'error',
    meaning: 'A module does not import any more because an option took away what it needs.',
    more: 'You took something away with --exclude, --stub, --drop or --service that another package imports. lambda-slim does as it was told and says what no longer works. Take the path out of the option, or go on when your function never gets there.',
    sentence: (a) => `${a.what} fails because ${a.option} took ${a.path} away: ${a.error}`,
    hint: (a) => `Take ${a.path} out of ${a.option}, or make sure that your function does not use this.`,
  },
  'probe-failed': {
    severity: 'error',
    meaning: "A recipe's probe fails on what was kept.",
    more: "A recipe's probe is a small computation, such as training a model; it ran on the untouched tree and fails on what is kept. That is a fault in the recipe. Keep what the traceback names with --keep, and report it.",
    sentence: (a) => `The probe of recipe ${a.recipe} fails on what was kept: ${a.error}`,
    hint: () =>
      'This is a fault in a recipe. Keep the file with --keep GLOB, and please report it with the line above.',
  },
  'probe-failed-before': {
    severity: 'warning',
    meaning: "A recipe's probe does not run even on the untouched tree.",
    more: 'The computation of a recipe fails with all files there, mostly because this version of the package has another interface than those that the recipe knows. What the recipe dropped is then proved by imports alone. Run your own tests on the result.',
    sentence: (a) => `The probe of recipe ${a.recipe} fails even on the untouched tree: ${a.error}`,
    hint: () => 'The recipe may not know these versions; what it dropped is proved by imports alone.',
  },
  'probe-not-run': {
    severity: 'warning',
    meaning: "A recipe's probe had nothing to try.",
    more: 'The package needs something that is not installed before it can compute anything: Keras has no backend of its own, for one. So the computation did not run, and only the imports are proved. Add what is missing to your requirements, or set what the package reads, such as KERAS_BACKEND, with --env.',
    sentence: (a) => `The probe of recipe ${a.recipe} did not run: ${a.because}.`,
    hint: () => 'Add what is missing to your requirements; until then only imports are proved.',
  },
  'nothing-proven': {
    severity: 'error',
    meaning: 'Not one module of the packages imports.',
    more: 'Every import was tried and failed, each for the reason that another finding gives, so nothing of what was built is known to work. Often a library of the system or a package is missing that all of them need. With --no-proof nothing is imported, and nothing is promised.',
    sentence: (a) =>
      `Nothing is proven: ${a.modules.length === 1 ? 'the only module does not import' : `none of the ${a.modules.length} modules imports`} (${a.modules.slice(0, 3).join(', ')}${a.modules.length > 3 ? ', …' : ''}).`,
    hint: () => 'See the other findings for why; a function that imports them would fail in Lambda.',
  },
  'nothing-to-prove': {
    severity: 'info',
    meaning: 'The packages have no module that could be imported.',
    more: 'What travels holds data, libraries or programs alone, or there are no packages, so there was nothing to import, and nothing is proven. Try your function itself with "lambda-slim verify --handler".',
    sentence: () => 'Nothing is proven: the packages have no module to import.',
    hint: () => 'Try your function itself: lambda-slim verify --handler MODULE.FUNCTION.',
  },
  'not-proven-here': {
    severity: 'warning',
    meaning: 'There is no matching interpreter here, so imports were not tried.',
    more: 'To try imports lambda-slim runs the packages, which needs a CPython of the function\'s version on Linux of the function\'s architecture; --no-proof, a Mac, Windows or the other architecture have none. Only rules that were proved on exactly these versions are then applied, so the result is larger and no less safe. Install one ("uv python install 3.13"), or build with --resolver docker, whose image brings its own.',
    sentence: (a) => `Not proven here: ${a.because}`,
    hint: () =>
      'Only rules proved on these exact versions were applied. Install the matching Python (for example "uv python install") to prove the rest.',
  },
  unconfined: {
    severity: 'warning',
    meaning: 'Package code ran unconfined on this machine.',
    more: 'A proof imports the packages, and that runs their code. Where there is a sandbox (bubblewrap, or namespaces of the kernel) they see only what they need, without network, secrets or your files. Here there was none, so they ran on copies with your rights.',
    sentence: (a) => `Package code ran unconfined on this machine: ${a.because}.`,
    hint: () =>
      'It worked on copies, so your files and caches are as they were. To confine it install bubblewrap on Linux or build in a container (--resolver docker); --confine require refuses to run it otherwise.',
  },
  'changes-itself': {
    severity: 'warning',
    meaning: 'Package code changed files of packages when it was imported.',
    more: 'In Lambda the folders of packages are read-only, so the package cannot do that there: it may fail, or work more slowly. Nothing of it is in the artifacts, which are made from the files as they were installed.',
    sentence: (a) =>
      `When it was imported, package code changed ${a.paths.slice(0, 3).join(', ')}${a.paths.length > 3 ? ` and ${a.paths.length - 3} more` : ''}.`,
    hint: () =>
      'In Lambda these folders are read-only. Look whether the package has a setting for another folder, such as /tmp.',
  },
};
