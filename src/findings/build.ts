/** Facts that a build finds: their arguments and words. Pure. */
import { bytesText } from '../text/units.js';
import type { FindingTexts } from './row.js';

/** An option that took a file away. */
type Taken = { readonly option: string; readonly path: string };

export interface BuildFindingKinds {
  'foreign-binary': { path: string; format: string; distribution: string | null };
  'wrong-architecture': { path: string; machine: string; wanted: string; distribution: string | null };
  'musl-binary': { path: string; distribution: string | null };
  'symbol-too-new': { path: string; version: string; ceiling: string; distribution: string | null };
  'library-missing': { path: string; library: string; distribution: string | null; taken?: Taken };
  'no-bytecode': { because: string };
  'cuda-build': { distributions: readonly string[]; bytes: number; resolved: 'cpu' | 'kept' };
  'custom-runtime': { python: string; glibc: string; has: string };
  'runtime-deprecated': { python: string; since: string };
  'runtime-ends': { python: string; on: string };
  'excluded-but-needed': { distribution: string; neededBy: readonly string[] };
  'runtime-has-it': { distributions: readonly string[]; bytes: number };
  'via-s3': { artifact: string; bytes: number };
  'ephemeral-storage-needed': { bytes: number; setting: number };
  'model-over-tmp': { model: string; bytes: number; payload: number; storage: number };
  'payload-in-s3': { key: string; bucket: string | null };
  'directory-over-limit': { bytes: number; limit: number };
  'strip-skipped': { path: string; because: string };
  'record-missing': { distribution: string };
  'differs-from-record': { distribution: string; version: string; paths: readonly string[] };
  'drop-matched-nothing': { option: '--keep' | '--drop'; glob: string };
  /** `meant`: the nearest name that there is; null when none is near. */
  'name-matched-nothing': {
    option: '--exclude' | '--stub' | '--service';
    name: string;
    meant: string | null;
  };
  'wheels-not-seen': { because: string };
  'older-version': {
    distribution: string;
    version: string;
    newest: string;
    because: string;
    /** What to do, as a whole sentence. */
    remedy: string;
  };
  'vendored-lacks': {
    folder: string;
    distribution: string;
    version: string;
    missing: readonly string[];
  };
  'patch-unused': { path: string; patches: readonly string[]; rule: string };
  'built-from-source': { distributions: readonly string[] };
  'requirements-taken': { source: string; others: readonly string[] };
  'python-chosen': { python: string; because: string };
  'wheel-in-place-of-source': { what: string; file: string };
  'requirement-ignored': { text: string; place: string; because: string };
}

const of = (distribution: string | null): string => (distribution === null ? '' : ` (of ${distribution})`);

/** Packages that are published without their windows, too. */
const headless: Readonly<Record<string, string>> = {
  'opencv-python': 'opencv-python-headless',
  'opencv-contrib-python': 'opencv-contrib-python-headless',
};

function headlessOf(distribution: string | null): string {
  const name = distribution ?? '';
  const other = Object.hasOwn(headless, name) ? headless[name] : undefined;
  return other === undefined
    ? ''
    : `, or take ${other} instead of ${distribution ?? ''}, which needs no such library`;
}

/** 0 means that the index did not tell. */
const cudaSize = (bytes: number): string => (bytes === 0 ? '' : `${bytesText(bytes)} of `);

/** MB of /tmp that hold so many bytes. */
const settingFor = (bytes: number): number => Math.ceil(bytes / 2 ** 20 / 64 + 1) * 64;

/** Severity and words for each code. */
export const buildFindingTexts: FindingTexts<BuildFindingKinds> = {
  'foreign-binary': {
    severity: 'error',
    meaning: 'A binary of another operating system (Mach-O, PE) is in the tree.',
    more: "It was installed by this machine's pip for this machine: a Mac's or Windows' wheel, or a folder given with --from that was made there. Python finds the module in Lambda and fails with \"invalid ELF header\". Let lambda-slim resolve (--resolver uv or pip takes Linux wheels on any system), or leave the package out with --exclude when your function does not use it.",
    sentence: (a) =>
      `${a.path}${of(a.distribution)} is a ${a.format} file: Lambda runs Linux and cannot load it.`,
    hint: () =>
      'Build with --resolver uv, pip or docker, which take Linux wheels only, or leave the package out with --exclude.',
  },
  'wrong-architecture': {
    severity: 'error',
    meaning: 'A shared object is for another processor.',
    more: 'Lambda runs x86_64 or arm64, and a wheel is compiled for one of them. It happens with --from, when a folder was installed on a Mac with Apple silicon or in a container of the other kind. Build with the --arch of your function, and let lambda-slim resolve instead of taking the folder.',
    sentence: (a) => `${a.path}${of(a.distribution)} is for ${a.machine}, but the target is ${a.wanted}.`,
    hint: (a) =>
      `Build with --arch ${a.machine === 'arm64' ? 'arm64' : 'x86_64'} if that is your function's architecture; otherwise resolve again for ${a.wanted}.`,
  },
  'musl-binary': {
    severity: 'error',
    meaning: 'A shared object needs musl, the C library of Alpine Linux.',
    more: 'Alpine Linux has another C library than Lambda, and what is compiled for one does not load with the other. The folder was made in an Alpine container, or a requirement names a musllinux wheel. Resolve with --resolver uv, pip or docker, which take manylinux wheels.',
    sentence: (a) => `${a.path}${of(a.distribution)} needs musl (Alpine Linux); Lambda has glibc.`,
    hint: () => 'Use the manylinux wheel of the package: build with --resolver uv, pip or docker.',
  },
  'symbol-too-new': {
    severity: 'error',
    meaning: 'A shared object needs symbol versions that the runtime does not have.',
    more: 'It was compiled on a system newer than Lambda\'s, and the loader would stop with "version GLIBC_2.x not found". A wheel says less than it needs, or the file was compiled on this machine. Build for a newer runtime (Python 3.12 and later have glibc 2.34), pin an older version of the package, or compile it with --resolver docker.',
    sentence: (a) =>
      `${a.path}${of(a.distribution)} needs ${a.version}; the runtime has ${a.ceiling} at most, so it cannot load there.`,
    hint: () =>
      'Build for a newer runtime (--python 3.12 or later has glibc 2.34), or pin an older version of the package.',
  },
  'library-missing': {
    severity: 'error',
    meaning: 'A needed library is neither in the package nor in Lambda.',
    more: 'A manylinux wheel may count on a few libraries of a desktop, such as libGL or libX11, which Lambda does not have; others are lost when a package was taken apart by hand. The module that needs it fails with "cannot open shared object file". Take the headless variant of the package (opencv-python-headless), or put the library into a lib folder of a layer, which becomes /opt/lib.',
    sentence: (a) =>
      a.taken
        ? `${a.path}${of(a.distribution)} needs ${a.library}, and ${a.taken.option} took ${a.taken.path} away.`
        : `${a.path}${of(a.distribution)} needs ${a.library}, which is neither in the package nor in Lambda.`,
    hint: (a) =>
      a.taken
        ? `Take ${a.taken.path} out of ${a.taken.option}, or deploy with a layer that brings ${a.library} in lib/.`
        : `Put ${a.library} in a lib/ folder of a layer (it becomes /opt/lib, which the loader searches)${headlessOf(a.distribution)}.`,
  },
  'no-bytecode': {
    severity: 'info',
    meaning: 'No bytecode was added.',
    more: "Bytecode is made by a CPython of the function's version, and put in as far as there is room below the limits. Without it each cold start compiles every module that it imports, as Lambda's disk is read-only: the function works and starts more slowly. Install such a Python, or make room.",
    sentence: (a) => `No bytecode was added: ${a.because}`,
    hint: () => 'Without it each cold start compiles every imported module.',
  },
  'cuda-build': {
    severity: 'warning',
    meaning: 'CUDA packages were resolved; Lambda has no GPU.',
    more: 'On x86_64 the usual index gives torch with CUDA, gigabytes that Lambda cannot use. When the index of CPU builds can be reached, that build is taken and this is only a note. If CUDA was kept, allow https://download.pytorch.org/whl/cpu, name it in your requirements with --extra-index-url, or pin torch==X.Y.Z+cpu.',
    sentence: (a) =>
      a.resolved === 'cpu'
        ? `Lambda has no GPU: the CPU build was taken instead of ${cudaSize(a.bytes)}CUDA packages (${a.distributions.join(', ')}).`
        : `Lambda has no GPU, but ${cudaSize(a.bytes)}CUDA packages were resolved (${a.distributions.join(', ')}).`,
    hint: (a) =>
      a.resolved === 'cpu'
        ? null
        : 'Take the CPU build: --torch-backend cpu with https://download.pytorch.org/whl/cpu reachable, or pin torch==X.Y.Z+cpu.',
  },
  'custom-runtime': {
    severity: 'warning',
    meaning: "What was built is for a newer glibc than Lambda's own runtime has.",
    more: 'With --glibc wheels are taken that ask for a newer C library. In the runtime that Lambda manages they fail to load. Such a build needs a container image with that glibc, or, up to 2.34, the runtime provided.al2023 with a Python of yours; "lambda-slim init" names what it needs. Without --glibc the build is for the managed runtime.',
    sentence: (a) =>
      `Built for glibc ${a.glibc}, and Lambda's own python${a.python} has ${a.has}: it does not run there.`,
    hint: (a) =>
      `Deploy it in a container image with glibc ${a.glibc}${Number(a.glibc.split('.')[1]) <= 34 ? ', or on provided.al2023 with a Python of yours' : ''}; or build without --glibc.`,
  },
  'runtime-deprecated': {
    severity: 'warning',
    meaning: 'AWS has deprecated this runtime.',
    more: "AWS no longer patches this Python, and later forbids to create and to update functions with it. Packages also stop making wheels for it. Build for a newer one with --python, and change the function's runtime with it.",
    sentence: (a) => `Lambda's python${a.python} runtime is deprecated since ${a.since}.`,
    hint: () => 'Build for a newer runtime with --python.',
  },
  'runtime-ends': {
    severity: 'info',
    meaning: 'AWS will block this runtime soon.',
    more: 'From that day on new functions cannot be created with this Python; existing ones go on running for a while. Plan the change: build with a newer --python and run "lambda-slim verify" on the result.',
    sentence: (a) => `Lambda blocks new functions on python${a.python} from ${a.on}.`,
    hint: () => 'Build for a newer runtime with --python.',
  },
  'excluded-but-needed': {
    severity: 'warning',
    meaning: 'A package that stays needs one that was left out.',
    more: 'What --exclude leaves out is declared as a dependency of something that stays. That is right when another layer, the runtime or nothing at run time brings it. The import proof tells whether it was really needed on import.',
    sentence: (a) => `${a.distribution} is excluded, but ${a.neededBy.join(', ')} needs it.`,
    hint: () => 'Make sure that another layer or the runtime brings it.',
  },
  'runtime-has-it': {
    severity: 'info',
    meaning: "Packages that Lambda's own Python runtime also has.",
    more: "Lambda's Python brings boto3, botocore and what they need. --exclude-runtime leaves yours out, which saves about 20 MB. AWS advises to bundle your own nevertheless, as the runtime's versions change without notice.",
    sentence: (a) =>
      `${bytesText(a.bytes)} are packages that Lambda's runtime has, too (${a.distributions.join(', ')}).`,
    hint: () =>
      "--exclude-runtime leaves them out. AWS advises to bundle your own: the runtime's versions change without notice.",
  },
  'via-s3': {
    severity: 'info',
    meaning: 'An artifact is too large for direct upload.',
    more: 'AWS takes at most 50 MB of zip in the call itself; a larger one is put into a bucket first, and the call names it. This is no limit of size: only what is unzipped counts. "lambda-slim publish-layer" with --bucket does it for you.',
    sentence: (a) =>
      `${a.artifact} is ${bytesText(a.bytes)}: over the limit of 50 MiB for direct upload, so upload it through S3.`,
    hint: () => null,
  },
  'ephemeral-storage-needed': {
    severity: 'warning',
    meaning: 'The payload needs more /tmp than a function has by default.',
    more: "The double zip opens its payload into /tmp at the cold start, and that needs more than the 512 MB that a function has by default. Set the function's ephemeral storage to the number in the message, and build with --ephemeral-storage so that the plan knows. SnapStart allows 512 MB only.",
    sentence: (a) =>
      `At start ${bytesText(a.bytes)} are unpacked into /tmp: set the function's ephemeral storage to at least ${a.setting} MB (the default is 512).`,
    hint: (a) =>
      `aws lambda update-function-configuration --function-name NAME --ephemeral-storage Size=${a.setting}. SnapStart takes no function with more than 512 MB, so it is not possible then.`,
  },
  'model-over-tmp': {
    severity: 'error',
    meaning: 'A model that is loaded by a path does not fit in /tmp.',
    more: "Keras files, SavedModels and other formats that a library loads by a path are kept in /tmp, beside what the payload of a double zip takes. The model's size is what the config file says of it. Raise --ephemeral-storage and the function's setting; or load the model from memory, with another format or a loader of your own.",
    sentence: (a) =>
      `The model ${a.model} takes ${bytesText(a.bytes)} of /tmp${a.payload === 0 ? '' : ` beside the ${bytesText(a.payload)} of the payload`}, and the function has ${a.storage} MB.`,
    hint: (a) =>
      `Build with --ephemeral-storage ${settingFor(a.bytes + a.payload)} and give the function as much.`,
  },
  'payload-in-s3': {
    severity: 'warning',
    meaning: 'The payload is not in the package: the function reads it from a bucket at start.',
    more: "Even the compressed payload did not fit into the layer, or you asked for --strategy s3, so the function fetches it at each cold start. It must lie in a bucket of the function's Region, the function's role needs s3:GetObject on it, and a function in a VPC needs a way to S3. With --upload the build puts it there; otherwise upload it and set LAMBDA_SLIM_PAYLOAD.",
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
    more: '--format directory makes no zip, so nothing is refused, but this folder would not fit as a function with layers. It is fine in a container image, which may have 10 GB. For zips build without --format directory.',
    sentence: (a) =>
      `The folder is ${bytesText(a.bytes)}: as a zip or as layers it must be smaller than ${bytesText(a.limit)}.`,
    hint: () => 'It still works in a container image, which may be 10 GB.',
  },
  'strip-skipped': {
    severity: 'info',
    meaning: 'A shared object was left as it was.',
    more: 'A shared object is only stripped when it can be shown that every byte that the loader maps stays the same; this one has a shape that our code does not touch. It works as before and is a little larger. There is nothing to do.',
    sentence: (a) => `${a.path} was not stripped: ${a.because}`,
    hint: () => null,
  },
  'record-missing': {
    severity: 'warning',
    meaning: 'A distribution has no RECORD.',
    more: "RECORD lists the files of an installed distribution. Without it nobody can say whose files they are, so no rule for the package applies and sizes are not counted for it. It happens with packages of a system's package manager, with development installs and with folders that were cleaned by hand: install it as a wheel.",
    sentence: (a) =>
      `${a.distribution} has no RECORD: its files have no known owner, so no rule for it applies to them.`,
    hint: () => 'Install it as a wheel.',
  },
  'differs-from-record': {
    severity: 'warning',
    meaning:
      'Files of a distribution are not those that its RECORD lists: they were changed after it was installed.',
    more: 'RECORD has the hash of each file as it was installed. Another content means that a patch, a tool or a program that ran wrote into it; with uv that may be a file of the cache, which uv shares with every environment. The files travel as they are. If the change is not yours, install the package anew: uv cache clean NAME, or pip install --force-reinstall.',
    sentence: (a) =>
      `${a.distribution} ${a.version} is not as it was installed: its RECORD has another hash for ${a.paths.slice(0, 3).join(', ')}${a.paths.length > 3 ? ` and ${a.paths.length - 3} more` : ''}.`,
    hint: (a) =>
      `If that is no change of yours, install it anew (uv: "uv cache clean ${a.distribution}" first, as its cache is shared); it travels as it is.`,
  },
  'drop-matched-nothing': {
    severity: 'warning',
    meaning: 'A glob of --keep or --drop matched no file.',
    more: 'No file of the installed packages has a path like this: a typing error, or the package has changed. Globs start at the package (torch/bin, not site-packages/torch/bin). Take it out when it is not needed any more.',
    sentence: (a) => `${a.option} ${a.glob} matched no file.`,
    hint: () => 'Paths start at the package, for example "torch/bin/**".',
  },
  'name-matched-nothing': {
    severity: 'warning',
    meaning: 'A name of --exclude, --stub or --service is none that this build has.',
    more: 'The build has no distribution of this name, or botocore no data of this service: a typing error, or it is not needed any more. Distributions are named as in requirements and as "pip list" shows them, which may differ from what is imported (opencv-python, not cv2). AWS services are named as in boto3.client("s3").',
    sentence: (a) =>
      `${a.option} ${a.name} names no ${a.option === '--service' ? 'AWS service that botocore has here' : 'package of this build'}.`,
    hint: (a) => {
      if (a.meant !== null) return `Did you mean ${a.meant}?`;
      return a.option === '--service'
        ? 'Services are named as in boto3.client("s3"); without botocore among the packages there are none.'
        : 'Packages are named as in requirements, without a version. Take it out if it is not needed any more.';
    },
  },
  'wheels-not-seen': {
    severity: 'info',
    meaning: 'The resolver could not look at all wheels that would fit.',
    more: 'uv knows Linux platforms by name and has none for exactly this glibc, so wheels between two of them were not looked at. The result is right, and may be an older version of a package. --resolver pip looks at all.',
    sentence: (a) => a.because,
    hint: () => null,
  },
  'older-version': {
    severity: 'warning',
    meaning: 'An older version was taken because the newest one has no wheel that fits.',
    more: 'The newest version of a package has no wheel that loads in this runtime, mostly because it needs a newer glibc or Python. An older one that does was taken, as pip on Lambda itself would. Build for a newer runtime with --python, or pin the version that you want.',
    sentence: (a) =>
      `${a.distribution} ${a.version} was taken, although ${a.newest} is the newest: ${a.because}.`,
    hint: (a) => a.remedy,
  },
  'vendored-lacks': {
    severity: 'warning',
    meaning: 'A distribution of a --vendor folder asks for packages that the build does not have.',
    more: 'Vendored packages are added as they are: what they need is not resolved with them. The metadata of this one (Requires-Dist) names packages, or versions, that neither the requirements nor another vendored folder bring. Add them to your requirements.',
    sentence: (a) =>
      `${a.distribution} ${a.version} from --vendor ${a.folder} asks for what is not in the build: ${a.missing.join(', ')}.`,
    hint: () => 'Add it to your requirements.',
  },
  'patch-unused': {
    severity: 'warning',
    meaning: 'A file that was patched does not travel.',
    more: 'An option of yours (--exclude, --stub, --layer) takes the package of the patch out of the build, so that the patch does nothing. Take the patch out, or the option.',
    sentence: (a) => `${a.path} is patched by ${a.patches.join(', ')} and does not travel (${a.rule}).`,
    hint: () => 'Take the patch out, or the option that leaves its package out.',
  },
  'built-from-source': {
    severity: 'info',
    meaning: 'Packages without a wheel were built from their source on this machine, which runs their code.',
    more: "A package came as source only and could be built without a compiler for Lambda's system, so its build script ran on this machine: in a sandbox without network, your files and your variables, where the machine has one (--confine). What the build itself needs is installed before, from wheels. Wheels run no code when they are installed. With --no-build that is forbidden, and such a package is an error.",
    sentence: (a) =>
      `Built from source on this machine, which ran their code: ${a.distributions.join(', ')}.`,
    hint: () => '--no-build forbids it: only wheels are then taken.',
  },
  'requirements-taken': {
    severity: 'info',
    sentence: (a) => `Requirements were taken from ${a.source}; ${a.others.join(', ')} was not read.`,
    meaning: 'The folder holds several files that name requirements; a lock file comes before the others.',
    more: 'Several files in the folder name packages, and only one of them can count: a lock file comes first, because it pins every version. Name those that you mean with -r, which may be repeated.',
    hint: () => 'Name the files that count with -r.',
  },
  'python-chosen': {
    severity: 'info',
    meaning: 'The project decided for which Python was built, as none was named.',
    more: "The project's own files (requires-python, Poetry's python, a Pipfile's [requires], .python-version) do not take the default, or name another. The newest that they take is built for, or the one of .python-version.",
    sentence: (a) => `Built for Python ${a.python}: ${a.because}.`,
    hint: () => 'Another one is named with --python.',
  },
  'wheel-in-place-of-source': {
    severity: 'info',
    meaning: "The project's settings ask for a build from source (no-binary), and the wheel was taken.",
    more: 'What is compiled on this machine is for this machine, not for Lambda, so published wheels are taken here. A requirements file that says so is refused instead, unless a container compiles it.',
    sentence: (a) => `${a.file} asks for ${a.what} to be built from source (no-binary); its wheel was taken.`,
    hint: () =>
      'To have it compiled for Lambda, say so in a requirements file and build with --resolver docker.',
  },
  'requirement-ignored': {
    severity: 'info',
    sentence: (a) => `${a.text} (${a.place}) was left out: ${a.because}.`,
    meaning: 'A line of the requirements names no package and was left out.',
    more: 'Some tools write lines that nobody can install: the pip of Debian and Ubuntu lists pkg-resources==0.0.0 in "pip freeze", which is a part of setuptools there and on no index. Such a line is left out; remove it from the file to be rid of this.',
    hint: () => 'Remove the line.',
  },
};
