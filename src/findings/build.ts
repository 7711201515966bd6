/** Facts that a build finds: their arguments and words. Pure. */
import { bytesText } from '../text/units.js';
import type { FindingTexts } from './row.js';

export interface BuildFindingKinds {
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
  'older-version': {
    distribution: string;
    version: string;
    newest: string;
    because: string;
    /** What to do, as a whole sentence. */
    remedy: string;
  };
  'built-from-source': { distributions: readonly string[] };
  'requirements-taken': { source: string; others: readonly string[] };
  'import-slower': { because: string };
}

const of = (distribution: string | null): string => (distribution === null ? '' : ` (of ${distribution})`);

/** 0 means that the index did not tell. */
const cudaSize = (bytes: number): string => (bytes === 0 ? '' : `${bytesText(bytes)} of `);

/** Severity and words for each code. */
export const buildFindingTexts: FindingTexts<BuildFindingKinds> = {
  'foreign-binary': {
    severity: 'error',
    meaning: 'A binary of another operating system (Mach-O, PE) is in the tree.',
    more: '',
    sentence: (a) =>
      `${a.path}${of(a.distribution)} is a ${a.format} file: Lambda runs Linux and cannot load it.`,
    hint: () =>
      'Build with --resolver uv, pip or docker, which take Linux wheels only, or leave the package out with --exclude.',
  },
  'wrong-architecture': {
    severity: 'error',
    meaning: 'A shared object is for another processor.',
    more: '',
    sentence: (a) => `${a.path}${of(a.distribution)} is for ${a.machine}, but the target is ${a.wanted}.`,
    hint: (a) =>
      `Build with --arch ${a.machine === 'arm64' ? 'arm64' : 'x86_64'} if that is your function's architecture; otherwise resolve again for ${a.wanted}.`,
  },
  'musl-binary': {
    severity: 'error',
    meaning: 'A shared object needs musl, the C library of Alpine Linux.',
    more: '',
    sentence: (a) => `${a.path}${of(a.distribution)} needs musl (Alpine Linux); Lambda has glibc.`,
    hint: () => 'Use the manylinux wheel of the package: build with --resolver uv, pip or docker.',
  },
  'symbol-too-new': {
    severity: 'error',
    meaning: 'A shared object needs symbol versions that the runtime does not have.',
    more: '',
    sentence: (a) =>
      `${a.path}${of(a.distribution)} needs ${a.version}; the runtime has ${a.ceiling} at most, so it cannot load there.`,
    hint: () =>
      'Build for a newer runtime (--python 3.12 or later has glibc 2.34), or pin an older version of the package.',
  },
  'library-missing': {
    severity: 'error',
    meaning: 'A needed library is neither in the package nor in Lambda.',
    more: '',
    sentence: (a) =>
      `${a.path}${of(a.distribution)} needs ${a.library}, which is neither in the package nor in Lambda.`,
    hint: (a) =>
      `Put ${a.library} in a lib/ folder of a layer (it becomes /opt/lib, which the loader searches), or use a headless variant of the package.`,
  },
  'import-lost': {
    severity: 'error',
    meaning: 'A module that imported before pruning does not any more.',
    more: '',
    sentence: (a) => `import ${a.module} worked before pruning and fails now: ${a.error}`,
    hint: () =>
      'This is a fault in a recipe. Keep the file with --keep GLOB, and please report it with the line above.',
  },
  'import-failed-before': {
    severity: 'warning',
    meaning: 'A module does not import even on the untouched tree.',
    more: '',
    sentence: (a) => `import ${a.module} fails even on the untouched tree: ${a.error}`,
    hint: () =>
      'If your function needs this module, fix the requirements first; lambda-slim proves only what worked before.',
  },
  'probe-failed': {
    severity: 'error',
    meaning: "A recipe's probe fails on what was kept.",
    more: '',
    sentence: (a) => `The probe of recipe ${a.recipe} fails on what was kept: ${a.error}`,
    hint: () =>
      'This is a fault in a recipe. Keep the file with --keep GLOB, and please report it with the line above.',
  },
  'import-lost-by-option': {
    severity: 'error',
    meaning: 'A module does not import any more because an option took away what it needs.',
    more: '',
    sentence: (a) => `${a.what} fails because ${a.option} took ${a.path} away: ${a.error}`,
    hint: (a) => `Take ${a.path} out of ${a.option}, or make sure that your function does not use this.`,
  },
  'probe-failed-before': {
    severity: 'warning',
    meaning: "A recipe's probe does not run even on the untouched tree.",
    more: '',
    sentence: (a) => `The probe of recipe ${a.recipe} fails even on the untouched tree: ${a.error}`,
    hint: () => 'The recipe may not know these versions; what it dropped is proved by imports alone.',
  },
  'not-proven-here': {
    severity: 'warning',
    meaning: 'There is no matching interpreter here, so imports were not tried.',
    more: '',
    sentence: (a) => `Not proven here: ${a.because}`,
    hint: () =>
      'Only rules proved on these exact versions were applied. Install the matching Python (for example "uv python install") to prove the rest.',
  },
  'no-bytecode': {
    severity: 'info',
    meaning: 'No bytecode was added.',
    more: '',
    sentence: (a) => `No bytecode was added: ${a.because}`,
    hint: () => 'Without it each cold start compiles every imported module.',
  },
  'cuda-build': {
    severity: 'warning',
    meaning: 'CUDA packages were resolved; Lambda has no GPU.',
    more: '',
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
    more: '',
    sentence: (a) => `Lambda's python${a.python} runtime is deprecated since ${a.since}.`,
    hint: () => 'Build for a newer runtime with --python.',
  },
  'runtime-ends': {
    severity: 'info',
    meaning: 'AWS will block this runtime soon.',
    more: '',
    sentence: (a) => `Lambda blocks new functions on python${a.python} from ${a.on}.`,
    hint: () => 'Build for a newer runtime with --python.',
  },
  'excluded-but-needed': {
    severity: 'warning',
    meaning: 'A package that stays needs one that was left out.',
    more: '',
    sentence: (a) => `${a.distribution} is excluded, but ${a.neededBy.join(', ')} needs it.`,
    hint: () => 'Make sure that another layer or the runtime brings it.',
  },
  'runtime-has-it': {
    severity: 'info',
    meaning: "Packages that Lambda's own Python runtime also has.",
    more: '',
    sentence: (a) =>
      `${bytesText(a.bytes)} are packages that Lambda's runtime has, too (${a.distributions.join(', ')}).`,
    hint: () =>
      "--exclude-runtime leaves them out. AWS advises to bundle your own: the runtime's versions change without notice.",
  },
  'via-s3': {
    severity: 'info',
    meaning: 'An artifact is too large for direct upload.',
    more: '',
    sentence: (a) =>
      `${a.artifact} is ${bytesText(a.bytes)}: over the limit of 50 MiB for direct upload, so upload it through S3.`,
    hint: () => null,
  },
  'ephemeral-storage-needed': {
    severity: 'warning',
    meaning: 'The payload needs more /tmp than a function has by default.',
    more: '',
    sentence: (a) =>
      `At start ${bytesText(a.bytes)} are unpacked into /tmp: set the function's ephemeral storage to at least ${a.setting} MB (the default is 512).`,
    hint: (a) =>
      `aws lambda update-function-configuration --function-name NAME --ephemeral-storage Size=${a.setting}. SnapStart takes no function with more than 512 MB, so it is not possible then.`,
  },
  'payload-in-s3': {
    severity: 'warning',
    meaning: 'The payload is not in the package: the function reads it from a bucket at start.',
    more: '',
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
    more: '',
    sentence: (a) =>
      `The folder is ${bytesText(a.bytes)}: as a zip or as layers it must be smaller than ${bytesText(a.limit)}.`,
    hint: () => 'It still works in a container image, which may be 10 GB.',
  },
  'strip-skipped': {
    severity: 'info',
    meaning: 'A shared object was left as it was.',
    more: '',
    sentence: (a) => `${a.path} was not stripped: ${a.because}`,
    hint: () => null,
  },
  'record-missing': {
    severity: 'warning',
    meaning: 'A distribution has no RECORD.',
    more: '',
    sentence: (a) =>
      `${a.distribution} has no RECORD: its files have no known owner, so no rule for it applies to them.`,
    hint: () => 'Install it as a wheel.',
  },
  'drop-matched-nothing': {
    severity: 'warning',
    meaning: 'A glob of --keep or --drop matched no file.',
    more: '',
    sentence: (a) => `${a.option} ${a.glob} matched no file.`,
    hint: () => 'Paths start at the package, for example "torch/bin/**".',
  },
  'wheels-not-seen': {
    severity: 'info',
    meaning: 'The resolver could not look at all wheels that would fit.',
    more: '',
    sentence: (a) => a.because,
    hint: () => null,
  },
  'older-version': {
    severity: 'warning',
    meaning: 'An older version was taken because the newest one has no wheel that fits.',
    more: '',
    sentence: (a) =>
      `${a.distribution} ${a.version} was taken, although ${a.newest} is the newest: ${a.because}.`,
    hint: (a) => a.remedy,
  },
  'built-from-source': {
    severity: 'info',
    meaning: 'Packages without a wheel were built from their source on this machine, which runs their code.',
    more: '',
    sentence: (a) =>
      `Built from source on this machine, which ran their code: ${a.distributions.join(', ')}.`,
    hint: () => '--no-build forbids it: only wheels are then taken.',
  },
  'requirements-taken': {
    severity: 'info',
    sentence: (a) => `Requirements were taken from ${a.source}; ${a.others.join(', ')} was not read.`,
    meaning: 'The folder holds several files that name requirements; a lock file comes before the others.',
    more: '',
    hint: () => 'Name the files that count with -r.',
  },
  'import-slower': {
    severity: 'info',
    meaning: 'Measured import times.',
    more: '',
    sentence: (a) => a.because,
    hint: () => null,
  },
};
