/**
 * Facts about the artifact. One union of codes with typed arguments; severity is data, words are in one table, so that
 * text, JSON and Markdown say the same.
 */
import { checkFindingTexts, type CheckFindingKinds } from './check.js';
import { publishFindingTexts, type PublishFindingKinds } from './publish.js';
import { bytesText } from '../text/units.js';

export type Severity = 'error' | 'warning' | 'info';

interface FindingKinds extends CheckFindingKinds, PublishFindingKinds {
  'foreign-binary': { path: string; format: string; distribution: string | null };
  'wrong-architecture': { path: string; machine: string; wanted: string; distribution: string | null };
  'musl-binary': { path: string; distribution: string | null };
  'symbol-too-new': { path: string; version: string; ceiling: string; distribution: string | null };
  'library-missing': { path: string; library: string; distribution: string | null };
  'import-lost': { module: string; error: string };
  'import-failed-before': { module: string; error: string };
  'import-lost-by-option': { what: string; error: string; option: string; path: string };
  'probe-failed': { recipe: string; error: string };
  'probe-failed-before': { recipe: string; error: string };
  'not-proven-here': { because: string };
  'no-bytecode': { because: string };
  'cuda-build': { distributions: readonly string[]; bytes: number; resolved: 'cpu' | 'kept' };
  'runtime-deprecated': { python: string; since: string };
  'runtime-ends': { python: string; on: string };
  'excluded-but-needed': { distribution: string; neededBy: readonly string[] };
  'runtime-has-it': { distributions: readonly string[]; bytes: number };
  'via-s3': { artifact: string; bytes: number };
  'ephemeral-storage-needed': { bytes: number; setting: number };
  'payload-in-s3': { key: string; bucket: string | null };
  'directory-over-limit': { bytes: number; limit: number };
  'strip-skipped': { path: string; because: string };
  'record-missing': { distribution: string };
  'drop-matched-nothing': { option: string; glob: string };
  'wheels-not-seen': { because: string };
  'requirements-taken': { source: string; others: readonly string[] };
  'import-slower': { because: string };
  'verify-import-failed': { module: string; error: string; culprit: FindingCulprit | null };
  'verify-probe-failed': { recipe: string; error: string; culprit: FindingCulprit | null };
  'verify-not-known': { what: string; error: string; because: string };
  'verify-handler-failed': {
    handler: string;
    phase: 'initialization' | 'invocation';
    error: string;
    culprit: FindingCulprit | null;
    hasCode: boolean;
  };
  'init-too-slow': { ms: number; limitMs: number; unpackMs: number | null };
  'memory-exceeded': { memory: number; what: string };
  'memory-tight': { memory: number };
  'tmp-full': { bytes: number; limit: number };
  /** `seen`: the layer's folder is in it. `nested`: the layer has a payload that nothing opens. */
  'python-path-set': { value: string; seen: boolean; nested: boolean };
}

/** The decision of the build that took away what is missing. */
interface FindingCulprit {
  readonly path: string;
  readonly rule: string;
  readonly because: string;
  /** For `--keep`; null when that does not bring it back. */
  readonly keep: string | null;
}

export type FindingCode = keyof FindingKinds;

/** One fact: its code, and the arguments that its sentence needs. */
export type Finding = {
  [Code in FindingCode]: { readonly code: Code; readonly args: Readonly<FindingKinds[Code]> };
}[FindingCode];

export interface FindingText<Code extends FindingCode> {
  readonly severity: Severity;
  /** For the README: what the code stands for. */
  readonly meaning: string;
  readonly sentence: (args: FindingKinds[Code]) => string;
  /** What to do about it; null when nothing needs doing. */
  readonly hint: (args: FindingKinds[Code]) => string | null;
}

const of = (distribution: string | null): string => (distribution === null ? '' : ` (of ${distribution})`);

/** 0 means that the index did not tell. */
const cudaSize = (bytes: number): string => (bytes === 0 ? '' : `${bytesText(bytes)} of `);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What the build did that explains a failure. */
const blame = (culprit: FindingCulprit | null): string =>
  culprit === null ? '' : ` ${culprit.path} was left out by ${culprit.rule}: ${culprit.because}`;

function bringBack(culprit: FindingCulprit | null): string {
  if (culprit === null)
    return 'The build has dropped nothing that this names: look at the traceback with --verbose.';
  if (culprit.keep !== null) return `Build again with --keep "${culprit.keep}".`;
  return culprit.rule.startsWith('option/')
    ? `Take it out of ${culprit.rule.replace('option/', '')}, or do without it.`
    : 'Name the package in your requirements: then it travels.';
}

/** Severity and words for each code. */
export const findingTexts: { readonly [Code in FindingCode]: FindingText<Code> } = {
  'foreign-binary': {
    severity: 'error',
    meaning: 'A binary of another operating system (Mach-O, PE) is in the tree.',
    sentence: (a) =>
      `${a.path}${of(a.distribution)} is a ${a.format} file: Lambda runs Linux and cannot load it.`,
    hint: () =>
      'Build with --resolver uv, pip or docker, which take Linux wheels only, or leave the package out with --exclude.',
  },
  'wrong-architecture': {
    severity: 'error',
    meaning: 'A shared object is for another processor.',
    sentence: (a) => `${a.path}${of(a.distribution)} is for ${a.machine}, but the target is ${a.wanted}.`,
    hint: (a) =>
      `Build with --arch ${a.machine === 'arm64' ? 'arm64' : 'x86_64'} if that is your function's architecture; otherwise resolve again for ${a.wanted}.`,
  },
  'musl-binary': {
    severity: 'error',
    meaning: 'A shared object needs musl, the C library of Alpine Linux.',
    sentence: (a) => `${a.path}${of(a.distribution)} needs musl (Alpine Linux); Lambda has glibc.`,
    hint: () => 'Use the manylinux wheel of the package: build with --resolver uv, pip or docker.',
  },
  'symbol-too-new': {
    severity: 'error',
    meaning: 'A shared object needs symbol versions that the runtime does not have.',
    sentence: (a) =>
      `${a.path}${of(a.distribution)} needs ${a.version}; the runtime has ${a.ceiling} at most, so it cannot load there.`,
    hint: () =>
      'Build for a newer runtime (--python 3.12 or later has glibc 2.34), or pin an older version of the package.',
  },
  'library-missing': {
    severity: 'error',
    meaning: 'A needed library is neither in the package nor in Lambda.',
    sentence: (a) =>
      `${a.path}${of(a.distribution)} needs ${a.library}, which is neither in the package nor in Lambda.`,
    hint: (a) =>
      `Put ${a.library} in a lib/ folder of a layer (it becomes /opt/lib, which the loader searches), or use a headless variant of the package.`,
  },
  'import-lost': {
    severity: 'error',
    meaning: 'A module that imported before pruning does not any more.',
    sentence: (a) => `import ${a.module} worked before pruning and fails now: ${a.error}`,
    hint: () =>
      'This is a fault in a recipe. Keep the file with --keep GLOB, and please report it with the line above.',
  },
  'import-failed-before': {
    severity: 'warning',
    meaning: 'A module does not import even on the untouched tree.',
    sentence: (a) => `import ${a.module} fails even on the untouched tree: ${a.error}`,
    hint: () =>
      'If your function needs this module, fix the requirements first; lambda-slim proves only what worked before.',
  },
  'probe-failed': {
    severity: 'error',
    meaning: "A recipe's probe fails on what was kept.",
    sentence: (a) => `The probe of recipe ${a.recipe} fails on what was kept: ${a.error}`,
    hint: () =>
      'This is a fault in a recipe. Keep the file with --keep GLOB, and please report it with the line above.',
  },
  'import-lost-by-option': {
    severity: 'error',
    meaning: 'A module does not import any more because an option took away what it needs.',
    sentence: (a) => `${a.what} fails because ${a.option} took ${a.path} away: ${a.error}`,
    hint: (a) => `Take ${a.path} out of ${a.option}, or make sure that your function does not use this.`,
  },
  'probe-failed-before': {
    severity: 'warning',
    meaning: "A recipe's probe does not run even on the untouched tree.",
    sentence: (a) => `The probe of recipe ${a.recipe} fails even on the untouched tree: ${a.error}`,
    hint: () => 'The recipe may not know these versions; what it dropped is proved by imports alone.',
  },
  'not-proven-here': {
    severity: 'warning',
    meaning: 'There is no matching interpreter here, so imports were not tried.',
    sentence: (a) => `Not proven here: ${a.because}`,
    hint: () =>
      'Only rules proved on these exact versions were applied. Install the matching Python (for example "uv python install") to prove the rest.',
  },
  'no-bytecode': {
    severity: 'info',
    meaning: 'No bytecode was added.',
    sentence: (a) => `No bytecode was added: ${a.because}`,
    hint: () => 'Without it each cold start compiles every imported module.',
  },
  'cuda-build': {
    severity: 'warning',
    meaning: 'CUDA packages were resolved; Lambda has no GPU.',
    sentence: (a) =>
      a.resolved === 'cpu'
        ? `Lambda has no GPU: the CPU build was taken instead of ${cudaSize(a.bytes)}CUDA packages (${a.distributions.join(', ')}).`
        : `Lambda has no GPU, but ${cudaSize(a.bytes)}CUDA packages were resolved (${a.distributions.join(', ')}).`,
    hint: (a) =>
      a.resolved === 'cpu'
        ? null
        : 'Take the CPU build: --torch-backend cpu with https://download.pytorch.org/whl/cpu reachable, or pin torch==X.Y.Z+cpu.',
  },
  'runtime-deprecated': {
    severity: 'warning',
    meaning: 'AWS has deprecated this runtime.',
    sentence: (a) => `Lambda's python${a.python} runtime is deprecated since ${a.since}.`,
    hint: () => 'Build for a newer runtime with --python.',
  },
  'runtime-ends': {
    severity: 'info',
    meaning: 'AWS will block this runtime soon.',
    sentence: (a) => `Lambda blocks new functions on python${a.python} from ${a.on}.`,
    hint: () => 'Build for a newer runtime with --python.',
  },
  'excluded-but-needed': {
    severity: 'warning',
    meaning: 'A package that stays needs one that was left out.',
    sentence: (a) => `${a.distribution} is excluded, but ${a.neededBy.join(', ')} needs it.`,
    hint: () => 'Make sure that another layer or the runtime brings it.',
  },
  'runtime-has-it': {
    severity: 'info',
    meaning: "Packages that Lambda's own Python runtime also has.",
    sentence: (a) =>
      `${bytesText(a.bytes)} are packages that Lambda's runtime has, too (${a.distributions.join(', ')}).`,
    hint: () =>
      "--exclude-runtime leaves them out. AWS advises to bundle your own: the runtime's versions change without notice.",
  },
  'via-s3': {
    severity: 'info',
    meaning: 'An artifact is too large for direct upload.',
    sentence: (a) =>
      `${a.artifact} is ${bytesText(a.bytes)}: over the limit of 50 MiB for direct upload, so upload it through S3.`,
    hint: () => null,
  },
  'ephemeral-storage-needed': {
    severity: 'warning',
    meaning: 'The payload needs more /tmp than a function has by default.',
    sentence: (a) =>
      `At start ${bytesText(a.bytes)} are unpacked into /tmp: set the function's ephemeral storage to at least ${a.setting} MB (the default is 512).`,
    hint: (a) =>
      `aws lambda update-function-configuration --function-name NAME --ephemeral-storage Size=${a.setting}. SnapStart takes no function with more than 512 MB, so it is not possible then.`,
  },
  'payload-in-s3': {
    severity: 'warning',
    meaning: 'The payload is not in the package: the function reads it from a bucket at start.',
    sentence: (a) =>
      a.bucket === null
        ? `The payload ${a.key} must lie in a bucket in the function's Region: upload it there.`
        : `The payload lies in s3://${a.bucket}/${a.key}.`,
    hint: (a) =>
      a.bucket === null
        ? "Build again with --upload s3://BUCKET/PREFIX, or upload the file yourself and set the function's variable LAMBDA_SLIM_PAYLOAD=s3://BUCKET/PREFIX. The function's role needs s3:GetObject for it."
        : "The function's role needs s3:GetObject for it.",
  },
  'directory-over-limit': {
    severity: 'warning',
    meaning: 'A folder (--format directory) is larger than Lambda takes unzipped.',
    sentence: (a) =>
      `The folder is ${bytesText(a.bytes)}: as a zip or as layers it must be smaller than ${bytesText(a.limit)}.`,
    hint: () => 'It still works in a container image, which may be 10 GB.',
  },
  'strip-skipped': {
    severity: 'info',
    meaning: 'A shared object was left as it was.',
    sentence: (a) => `${a.path} was not stripped: ${a.because}`,
    hint: () => null,
  },
  'record-missing': {
    severity: 'warning',
    meaning: 'A distribution has no RECORD.',
    sentence: (a) =>
      `${a.distribution} has no RECORD: its files have no known owner, so no rule for it applies to them.`,
    hint: () => 'Install it as a wheel.',
  },
  'drop-matched-nothing': {
    severity: 'warning',
    meaning: 'A glob of --keep or --drop matched no file.',
    sentence: (a) => `${a.option} ${a.glob} matched no file.`,
    hint: () => 'Paths start at the package, for example "torch/bin/**".',
  },
  'wheels-not-seen': {
    severity: 'info',
    meaning: 'The resolver could not look at all wheels that would fit.',
    sentence: (a) => a.because,
    hint: () => null,
  },
  'requirements-taken': {
    severity: 'info',
    sentence: (a) => `Requirements were taken from ${a.source}; ${a.others.join(', ')} was not read.`,
    meaning: 'The folder holds several files that name requirements; a lock file comes before the others.',
    hint: () => 'Name the files that count with -r.',
  },
  'import-slower': {
    severity: 'info',
    meaning: 'Measured import times.',
    sentence: (a) => a.because,
    hint: () => null,
  },
  'verify-import-failed': {
    severity: 'error',
    meaning: 'A module does not import in the sandbox that is like Lambda.',
    sentence: (a) => `import ${a.module} fails: ${a.error}.${blame(a.culprit)}`,
    hint: (a) => bringBack(a.culprit),
  },
  'verify-probe-failed': {
    severity: 'error',
    meaning: "A recipe's probe fails in the sandbox that is like Lambda.",
    sentence: (a) => `The probe of recipe ${a.recipe} fails: ${a.error}.${blame(a.culprit)}`,
    hint: (a) => bringBack(a.culprit),
  },
  'verify-not-known': {
    severity: 'warning',
    meaning:
      'Something fails in the sandbox, and it is not sure that it would in Lambda or that it ever worked.',
    sentence: (a) => `${a.what} fails: ${a.error}. ${a.because}`,
    hint: () => 'If your function needs it, verify with --handler, or in a container with --sandbox docker.',
  },
  'verify-handler-failed': {
    severity: 'error',
    meaning: 'The handler fails in the sandbox, when it is loaded or when it is invoked.',
    sentence: (a) => `${a.handler} fails at ${a.phase}: ${a.error}.${blame(a.culprit)}`,
    hint: (a) =>
      a.culprit !== null
        ? bringBack(a.culprit)
        : a.hasCode
          ? 'The lines that it wrote are shown with --verbose.'
          : 'The build is a layer and has no code of yours: name its folder with --code.',
  },
  'init-too-slow': {
    severity: 'warning',
    meaning: 'Initialization takes longer here than Lambda gives it.',
    sentence: (a) =>
      `Initialization takes ${seconds(a.ms)}${a.unpackMs === null ? '' : ` (${seconds(a.unpackMs)} of them unpacking)`}; after ${seconds(a.limitMs)} Lambda stops it and starts again, on the time of the first invocation.`,
    hint: () =>
      'Give the function more memory (it gets more CPU with it), import less before the first invocation, or use SnapStart.',
  },
  'memory-exceeded': {
    severity: 'error',
    meaning: 'The function needs more memory than it has, and was stopped.',
    sentence: (a) => `${a.what} was stopped for using more than the function's ${a.memory} MB of memory.`,
    hint: () => 'Give the function more memory: verify again with a larger --memory to see what it needs.',
  },
  'memory-tight': {
    severity: 'warning',
    meaning: 'All modules and probes together need more memory than the function has; each alone does not.',
    sentence: (a) =>
      `Importing and probing everything in one process needs more than the function's ${a.memory} MB of memory.`,
    hint: () => 'Your function may need less: verify with --handler, or with a larger --memory.',
  },
  'tmp-full': {
    severity: 'error',
    meaning: "The function's /tmp is too small.",
    sentence: (a) =>
      `/tmp was full: ${bytesText(a.bytes)} of ${bytesText(a.limit)} were used when something more was to be written.`,
    hint: () => "Set the function's ephemeral storage higher, and verify again with --ephemeral-storage.",
  },
  'python-path-set': {
    severity: 'warning',
    meaning:
      'PYTHONPATH is among the settings, so Lambda leaves the folders of layers and their .pth files out.',
    sentence: (a) =>
      `PYTHONPATH is set to "${a.value}": Lambda's runtime takes it in place of the layers' folders and runs none of their .pth files${a.nested ? ', so nothing opens the payload' : ''}.`,
    hint: (a) => {
      const steps = [
        ...(a.seen ? [] : ['add /opt/python to it']),
        ...(a.nested
          ? [
              'open the payload yourself: make "import lambda_slim_boot" the first line of your handler (and verify with --handler), or set AWS_LAMBDA_EXEC_WRAPPER=/opt/lambda-slim-wrapper',
            ]
          : []),
      ];
      return `Do without PYTHONPATH if you can. If not, ${steps.join(', and ')}.`;
    },
  },
  ...checkFindingTexts,
  ...publishFindingTexts,
};

/** Make a finding; the compiler checks its arguments. */
export function finding<Code extends FindingCode>(code: Code, args: FindingKinds[Code]): Finding {
  return { code, args } as unknown as Finding;
}

export interface RenderedFinding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly sentence: string;
  readonly hint: string | null;
}

/** The words for one finding. */
export function renderFinding(given: Finding): RenderedFinding {
  const text = findingTexts[given.code] as FindingText<FindingCode>;
  return {
    code: given.code,
    severity: text.severity,
    sentence: text.sentence(given.args),
    hint: text.hint(given.args),
  };
}
