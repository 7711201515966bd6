/**
 * Every noun of lambda-slim, in the order in which a build makes them; the request, which asks for all of it, is the last.
 *
 * All sizes are bytes. All paths inside a tree are relative, with forward slashes, and are compared by code unit. Pure.
 */
import type { PatchMade, PatchRequest, VendoredFolder } from './amended.js';
import type { Finding } from './findings/findings.js';
import type { ModelsTable } from './models-table.js';

// ---------------------------------------------------------------- target

export type Architecture = 'x86_64' | 'arm64';

/** A Python minor version that Lambda runs, e.g. `3.13`. */
export type PythonVersion = '3.9' | '3.10' | '3.11' | '3.12' | '3.13' | '3.14';

/** The newest symbol versions that the target's own libraries define, e.g. `{ GLIBC: '2.34' }`. */
export type SymbolCeilings = Readonly<Record<'GLIBC' | 'GLIBCXX' | 'CXXABI', string>>;

/** What the package will run on. Pure data, made by `limits.ts#targetFor`. */
export interface Target {
  readonly python: PythonVersion;
  readonly architecture: Architecture;
  /** The newest glibc that a wheel may ask for, e.g. `2.34`. */
  readonly glibc: string;
  /** True when the user gave a `--glibc` above that of Lambda's own runtime: a custom runtime or an image has it. */
  readonly custom: boolean;
  /** Wheel platform tags, best first: `manylinux_2_34_x86_64`, …, `manylinux1_x86_64`, `linux_x86_64` excluded. */
  readonly platforms: readonly string[];
  readonly ceilings: SymbolCeilings;
  /** SONAMEs that Lambda itself has, e.g. `libc.so.6`. */
  readonly providedLibraries: readonly string[];
}

/** Environment variables of the caller, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

// ------------------------------------------------------------ resolution

export type ResolverName = 'uv' | 'pip' | 'docker' | 'directory';

/** One installed distribution, as its `*.dist-info` tells. */
export interface Distribution {
  /** As METADATA spells it, e.g. `scikit-learn`. */
  readonly name: string;
  /** PEP 503: lower case, runs of `-_.` as one `-`. */
  readonly normalized: string;
  readonly version: string;
  /** Its metadata folder inside the tree, e.g. `scikit_learn-1.9.1.dist-info`. */
  readonly folder: string;
  /** Raw `Requires-Dist` lines. */
  readonly requires: readonly string[];
  /** Importable top-level names, e.g. `sklearn`. */
  readonly modules: readonly string[];
}

/** A folder of installed distributions. lambda-slim never writes into it (its files may be links into uv's cache). */
export interface Resolution {
  readonly root: string;
  readonly resolver: ResolverName;
  /** For people, e.g. `uv 0.13.8`. */
  readonly resolverVersion: string;
  /** What was asked for, PEP 503-normalized names, sorted. */
  readonly requested: readonly string[];
  /** Identifies the tree's bytes; two trees with the same key are equal. */
  readonly key: string;
  /** The user's own files and folders that say what is in it. */
  readonly read: readonly ReadInput[];
  readonly findings: readonly Finding[];
}

/**
 * What a build reads. `file`: requirements, a lock, recipes. `pyproject`: what of a pyproject.toml tells what to install.
 * `project`: a folder, or an archive, of which a wheel is made. `packages`: a folder of installed packages. `vendored`: a folder of
 * packages that are added to these.
 */
export type InputKind = 'file' | 'pyproject' | 'project' | 'packages' | 'vendored';

export interface ReadInput {
  /** Absolute. */
  readonly place: string;
  readonly kind: InputKind;
}

// ------------------------------------------------------------- inventory

export type EntryKind =
  | 'python'
  | 'bytecode'
  | 'elf'
  | 'foreign'
  | 'metadata'
  | 'test'
  | 'doc'
  | 'header'
  | 'typing'
  | 'script'
  | 'data';

export interface VersionNeed {
  /** SONAME of the library that must define it, e.g. `libc.so.6`. */
  readonly library: string;
  /** e.g. `GLIBC_2.28`. */
  readonly version: string;
}

/** Facts read from an ELF file's headers and dynamic section. */
export interface ElfFacts {
  /** `x86_64`, `arm64`, or `e_machine` as `machine-N`. */
  readonly machine: string;
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly type: 'relocatable' | 'executable' | 'shared' | 'other';
  readonly soname: string | null;
  readonly needed: readonly string[];
  /** DT_RUNPATH or DT_RPATH, split at colons. */
  readonly searchPath: readonly string[];
  readonly versionNeeds: readonly VersionNeed[];
  /** Names after `PyInit_` that it exports: it is an extension module. */
  readonly pythonModules: readonly string[];
  /** PT_INTERP, e.g. `/lib64/ld-linux-x86-64.so.2`; programs have one. */
  readonly interpreter: string | null;
}

export interface Entry {
  readonly path: string;
  readonly bytes: number;
  /** 0o644 or 0o755 (any executable bit set makes 0o755). */
  readonly mode: number;
  readonly kind: EntryKind;
  /** Normalized name of the distribution whose RECORD lists it; null when none does. */
  readonly distribution: string | null;
  /** Other distributions whose RECORD lists it too (namespace packages, packages that overwrite each other), sorted. */
  readonly sharedWith?: readonly string[];
  /** A symbolic link's target as stored; then `bytes` is 0. */
  readonly link?: string;
  /** Only for kind `elf`. */
  readonly elf?: ElfFacts;
  /** Only for kind `foreign`: `Mach-O`, `PE`, … */
  readonly format?: string;
}

export interface Inventory {
  readonly root: string;
  /** Sorted by path. */
  readonly entries: readonly Entry[];
  /** Sorted by normalized name. */
  readonly distributions: readonly Distribution[];
}

// ----------------------------------------------------------------- prune

/** `drop` leaves the file out; `strip` and `stub` write fewer bytes; `rewrite` is for RECORD. */
export type Action = 'keep' | 'drop' | 'strip' | 'stub' | 'rewrite';

/** What happens to one path, by which rule, and the reason in words. The answer to `lambda-slim why`. */
export interface Decision {
  readonly path: string;
  readonly action: Action;
  /** e.g. `base/headers`, `torch/test-programs`, `option/--drop`, `veto/imported`, `restored/import-proof`. */
  readonly rule: string;
  readonly because: string;
  /** Size in the resolved tree. */
  readonly bytes: number;
  /** Size that travels: 0 for a drop. */
  readonly kept: number;
}

/** A decision with the owner of its path: what the manifest keeps. */
export interface OwnedDecision extends Decision {
  readonly distribution: string | null;
}

/** How far the result was proved. */
export interface Proof {
  readonly state: 'proven' | 'partly' | 'not-proven';
  /** e.g. `CPython 3.13.0 (host)`; null when there was none. */
  readonly interpreter: string | null;
  /** What kept the packages' code from this machine when it ran; null when it did not run. */
  readonly confinedBy: 'bubblewrap' | 'namespaces' | 'container' | 'none' | null;
  /** Why libraries of this machine that Lambda lacks were in sight, as a clause; null: they were hidden, or it did not run. Absent in manifests of 0.1.0. */
  readonly librariesSeen?: string | null;
  /** Modules imported from only what was kept. */
  readonly imported: readonly string[];
  /** Modules that did not import even before pruning, with the first line of why. */
  readonly failedBefore: readonly { readonly module: string; readonly error: string }[];
  /** Variables of the function's settings that it had; null: the value is a secret. Absent: none. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** Recipe probes that ran, by recipe name. */
  readonly probes: readonly string[];
  /** Why it is not (fully) proven. */
  readonly because: string | null;
  /** Wall time of importing all modules, without and with bytecode; null when not measured. */
  readonly importMs: {
    readonly plain: number;
    readonly compiled: number | null;
    /** An earlier build has measured `plain`, on a machine that may have been busier or less busy. */
    readonly remembered?: boolean;
  } | null;
}

export interface PrunePlan {
  /** One for every entry of the inventory, sorted by path. */
  readonly decisions: readonly Decision[];
  readonly findings: readonly Finding[];
}

// ------------------------------------------------------------------ pack

/** One file that travels, and where its bytes lie now. */
export interface StagedFile {
  /** Path in the Python tree, e.g. `numpy/__init__.py`; `lib/…` files and function code have their own `place`. */
  readonly path: string;
  /** `python`: importable tree. `lib`: /opt/lib. `function`: the user's code. `root`: beside `python/` in a layer. */
  readonly place: 'python' | 'lib' | 'function' | 'root';
  /** Absolute path of the bytes; empty for a link. */
  readonly source: string;
  readonly bytes: number;
  readonly mode: number;
  readonly link?: string;
  readonly distribution: string | null;
  /** True: compressed already, so it is stored as it is. */
  readonly stored?: true;
  readonly origin:
    'tree' | 'stripped' | 'stub' | 'record' | 'bytecode' | 'function' | 'boot' | 'models' | 'provides';
}

/** A staged file with its compressed form in the content-addressed cache. */
export interface PackedFile extends StagedFile {
  readonly sha256: string;
  readonly crc32: number;
  /** Bytes of the entry's data in the archive (without headers). */
  readonly packedBytes: number;
  readonly method: 'store' | 'deflate';
  /** Absolute path of the file that holds the compressed bytes; equals `source` for `store`; empty for a link. */
  readonly packedSource: string;
  /** Where they begin in `packedSource`, in bytes: small files share one cache entry. */
  readonly packedOffset: number;
}

export type Strategy = 'direct' | 'layer' | 'layers' | 'double-zip' | 's3' | 'directory';

/** How a payload's frames are compressed. */
export type Codec = 'zstd' | 'gzip';

/** A part of a payload's tar stream that is compressed by itself, so that threads can open many at once. */
export interface Frame {
  /** Bytes of the tar stream that it holds. */
  readonly bytes: number;
  readonly packedBytes: number;
  /** Of the packed bytes (hex). */
  readonly sha256: string;
  /** Absolute path of the file in the cache that holds the packed bytes. */
  readonly packedSource: string;
  /** Where they begin there, in bytes. */
  readonly packedOffset: number;
}

/** What is nested together or not at all: one large file, or a group of small ones of a distribution. */
export interface NestUnit {
  readonly files: readonly StagedFile[];
  /** Unpacked bytes of its files: what it takes in /tmp. */
  readonly bytes: number;
  /** Bytes of its frames in the payload (tar headers included). */
  readonly packedBytes: number;
}

/** Where a payload lies when it does not travel in the package. */
export interface PayloadAddress {
  readonly bucket: string;
  readonly key: string;
  readonly region: string | null;
}

/** A file of the payload. `path` starts with `lib/` (loaded by path) or `python/` (part of the tree on sys.path). */
export interface PayloadFile {
  readonly path: string;
  readonly bytes: number;
  /** 0o644 or 0o755. */
  readonly mode: number;
  /** Where its bytes begin in the tar stream; 0 for a link. */
  readonly at: number;
  /** A symbolic link's target as stored. */
  readonly link?: string;
}

/**
 * `index.json` beside the payload: all that the bootstrap needs to open it, so that it never parses tar.
 * Written as JSON with exactly these keys; templates/lambda_slim_boot reads it.
 */
export interface PayloadIndex {
  readonly format: 1;
  /** sha256 (hex) of this index as JSON with sorted keys and without `digest` and `s3`: names the folder in /tmp. */
  readonly digest: string;
  readonly codec: Codec;
  readonly payload: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** Not null: the payload is not beside the index but there. A missing address comes from LAMBDA_SLIM_PAYLOAD. */
  readonly s3: PayloadAddress | { readonly bucket: null; readonly key: string; readonly region: null } | null;
  /** Bytes of the tar stream. */
  readonly tarBytes: number;
  /** Sum of the files' bytes. */
  readonly unpackedBytes: number;
  /** `[packedBytes, bytes, sha256 of the packed bytes]`, in order, without gaps in either. */
  readonly frames: readonly (readonly [number, number, string])[];
  readonly files: readonly PayloadFile[];
  /**
   * Shared objects to load by path, each after what it needs. `nested`: relative to the opened folder, e.g.
   * `lib/libtorch_cpu.so`; otherwise relative to the folder on sys.path that holds the package, e.g. `torch/lib/libc10.so`.
   */
  readonly libraries: readonly { readonly path: string; readonly nested: boolean }[];
  /** The tree on sys.path, beside the nested files under `python/`; null when nothing is nested there. */
  readonly tree: {
    /** Real folders to make, parents first, relative to `python/`. */
    readonly folders: readonly string[];
    /** Files and whole folders that stay in the package: a symbolic link is made for each, relative to `python/`. */
    readonly links: readonly string[];
  } | null;
  /** Top-level modules that cannot be imported without the payload. */
  readonly modules: readonly string[];
}

/** What the plan nests, and why: part of the manifest. */
export interface Nesting {
  readonly codec: Codec;
  readonly level: number;
  readonly files: readonly {
    readonly path: string;
    readonly distribution: string | null;
    readonly bytes: number;
    /** Its part of the payload, bytes; within a group of small files by size. */
    readonly packed: number;
    readonly way: 'library' | 'tree';
  }[];
  /** Bytes of the payload archive. */
  readonly payloadBytes: number;
  /** Bytes of bootstrap, index and zstd extension, unzipped. */
  readonly bootBytes: number;
  /** MiB of /tmp that the function needs at least. */
  readonly ephemeralStorage: number;
  /** Digest of the payload index. */
  readonly digest: string;
  readonly s3: PayloadIndex['s3'];
  readonly because: string;
}

/** `payload`: an archive that goes to a bucket, not into a zip. */
export type BundleKind = 'function' | 'layer' | 'directory' | 'payload';

export interface Bundle {
  /** File name in the output folder, e.g. `layer.zip`. */
  readonly name: string;
  readonly kind: BundleKind;
  /** Sorted by archive path. `archivePath` is where the file lies inside the zip, e.g. `python/numpy/__init__.py`. */
  readonly files: readonly (PackedFile & { readonly archivePath: string })[];
  /** Exact size of the zip that will be written. */
  readonly zippedBytes: number;
  readonly unzippedBytes: number;
  /** True when zippedBytes is over the direct limit: it must be uploaded through S3. */
  readonly viaS3: boolean;
}

export type LimitName = 'direct-upload' | 'unzipped' | 'layers' | 'ephemeral-storage';

export interface Rejection {
  readonly strategy: Strategy;
  readonly limit: LimitName;
  readonly limitBytes: number;
  readonly actualBytes: number;
  /** How many bytes must go. At the `unzipped` limit equal is too much (law 8), so 1 there. */
  readonly overBytes: number;
  readonly because: string;
}

export interface PackPlan {
  readonly strategy: Strategy;
  readonly bundles: readonly Bundle[];
  readonly rejected: readonly Rejection[];
  readonly zippedBytes: number;
  readonly unzippedBytes: number;
  /** Bytes that it will take in /tmp at start. */
  readonly ephemeralBytes: number;
  /** Null when nothing is unpacked at start. */
  readonly nesting: Nesting | null;
}

export interface Artifact {
  /** Relative to the output folder. */
  readonly file: string;
  readonly kind: BundleKind;
  readonly sha256: string;
  /** As AWS prints it: CodeSha256. */
  readonly sha256Base64: string;
  /** Over paths, modes and contents; does not depend on the compressor. */
  readonly contentDigest: string;
  readonly zippedBytes: number;
  readonly unzippedBytes: number;
  readonly ephemeralBytes: number;
  readonly viaS3: boolean;
  readonly fileCount: number;
}

// -------------------------------------------------------------- manifest

export interface SizeStage {
  readonly raw: number;
  readonly pruned: number;
  readonly stripped: number;
  /** With bytecode and function code added: what will lie unzipped in Lambda. */
  readonly unzipped: number;
  readonly zipped: number;
}

export interface PackageSize {
  readonly distribution: string;
  readonly version: string | null;
  readonly raw: number;
  readonly kept: number;
  /** Compressed data bytes in the archives. */
  readonly packed: number;
  readonly files: number;
}

export interface FileSize {
  readonly path: string;
  readonly distribution: string | null;
  readonly raw: number;
  readonly kept: number;
  readonly packed: number;
}

export interface RuleSaving {
  readonly rule: string;
  readonly because: string;
  readonly files: number;
  readonly bytes: number;
}

export interface StepTime {
  readonly step: string;
  readonly ms: number;
  /** True when the cache answered. */
  readonly cached: boolean;
}

/** `lambda-slim.json` in the output folder: one versioned document that later commands read. */
export interface Manifest {
  readonly manifestVersion: 1;
  readonly tool: string;
  readonly target: Pick<Target, 'python' | 'architecture' | 'glibc' | 'custom'>;
  readonly resolver: { readonly name: ResolverName; readonly version: string };
  readonly requested: readonly string[];
  /** `module.function` of the function's own code, as the build was told; absent in manifests of 0.1.0. */
  readonly handler?: string | null;
  /** Every handler that the code has, sorted; absent in manifests of 0.1.0. */
  readonly handlers?: readonly string[];
  readonly distributions: readonly {
    readonly name: string;
    readonly version: string;
    /** Normalized names of distributions that need it. */
    readonly neededBy: readonly string[];
    readonly modules: readonly string[];
  }[];
  readonly sizes: SizeStage;
  readonly packages: readonly PackageSize[];
  /** The heaviest kept files. */
  readonly files: readonly FileSize[];
  readonly savings: readonly RuleSaving[];
  readonly plan: Omit<PackPlan, 'bundles'>;
  /** What shares the unzipped limit with it; absent in manifests of 0.1.0. */
  readonly beside?: Beside;
  /** The function's other layers, in its order; absent in manifests of 0.1.0. */
  readonly layers?: readonly OtherLayer[];
  /** What patches have changed; absent: nothing. */
  readonly patches?: readonly PatchMade[];
  /** What was added to the resolved packages; absent: nothing. */
  readonly vendored?: readonly VendoredFolder[];
  /** Models that the code reads with `lambda_slim_models`; absent: that module does not travel. */
  readonly models?: ModelsTable;
  /** /tmp of the function, MiB. */
  readonly ephemeralStorage: number;
  readonly artifacts: readonly Artifact[];
  readonly bytecode: { readonly files: number; readonly bytes: number; readonly policy: PycPolicy };
  readonly proof: Proof;
  readonly findings: readonly Finding[];
  /** Every decision, by path: what `why` reads. */
  readonly decisions: readonly OwnedDecision[];
  /** Wall time of each step of the build that made the artifacts. */
  readonly times: readonly StepTime[];
  /** Identifies everything that went in; an equal stamp means that nothing changed. */
  readonly stamp: string;
  /** What later commands compare with what lies there then; absent in manifests of 0.1.0. */
  readonly inputs?: BuildInputs;
  /** Recipe probes that belong to the distributions that are left: `verify` runs them. */
  readonly probes: readonly { readonly recipe: string; readonly code: string }[];
}

/** What a build was made from. Paths have forward slashes; digests are sha256 in hex. */
export interface BuildInputs {
  /** The folder that was built, from the output folder. */
  readonly folder: string;
  /** Nobody named the requirements: they are what the folder has first. */
  readonly detected: boolean;
  /** From that folder, sorted by path. */
  readonly read: readonly { readonly path: string; readonly kind: InputKind; readonly sha256: string }[];
  /** The function's own code, and what was said of its files; null: there is none. */
  readonly code: {
    readonly path: string;
    readonly sha256: string;
    readonly keep: readonly string[];
    readonly exclude: readonly string[];
  } | null;
  /** Null: no config file could take part. */
  readonly config: {
    /** From that folder; null: there was none. */
    readonly path: string | null;
    /** Keys of a build that flags and variables gave, so that a config file does not count for them. */
    readonly given: readonly string[];
    /** Digest of the value of each key that counted. */
    readonly values: Readonly<Record<string, string>>;
  } | null;
}

// --------------------------------------------------------------- layers

/** One `--layer`. */
export interface LayerName {
  /** For people: the ARN, or the path as seen from the folder of the build. */
  readonly name: string;
  /** The ARN, or an absolute path of a zip, a folder, or a build's manifest or output folder. */
  readonly place: string;
}

/** A layer of others that the function has, too, as the manifest keeps it. Sizes are bytes. */
export interface OtherLayer {
  /** As `LayerName` has it; of a build with several layers, with the file's name. */
  readonly name: string;
  /** The ARN, or the path from the output folder, with forward slashes. */
  readonly place: string;
  /** Of the zip (hex); null for a folder. */
  readonly sha256: string | null;
  readonly unzippedBytes: number;
  readonly distributions: readonly {
    readonly name: string;
    readonly version: string;
    readonly bytes: number;
    /** True: the build has left it out, as this layer brings the very same. */
    readonly left: boolean;
  }[];
}

// --------------------------------------------------------------- request

/** What shares the unzipped limit with what is built. All numbers are bytes. */
export interface Beside {
  /** The function's other layers, unzipped. */
  readonly layers: number;
  /** How many these are. */
  readonly layerCount: number;
  /** Kept free for what nobody has named yet: the function's own code. */
  readonly reserve: number;
}

export type PycPolicy = 'auto' | 'none' | 'all' | 'only';
/** What `--strategy` takes. */
export type StrategyChoice = 'auto' | 'direct' | 'layer' | 'double-zip' | 's3';
export type Format = 'layer' | 'function' | 'directory';
export type PruneLevel = 'safe' | 'aggressive';

/** A whole, checked request for a build: flag > environment > config file > default. Paths are absolute. */
export interface BuildRequest {
  readonly folder: string;
  /** Empty: detected in `folder`. */
  readonly requirements: readonly string[];
  /** Member of a uv workspace; null: the folder's own project. */
  readonly package: string | null;
  /** Null: what the project asks for, else the default. */
  readonly python: PythonVersion | null;
  readonly architecture: Architecture;
  readonly glibc: string | null;
  readonly out: string;
  readonly resolver: 'auto' | ResolverName;
  readonly from: string | null;
  /** Package indexes that come before those of the requirements: `https://…`, `file://…` or `codeartifact://…`. */
  readonly indexes: readonly string[];
  /** False (`--no-build`): only wheels are taken, so that no package's code runs to build it. */
  readonly buildSources: boolean;
  /** No index is asked: what is not in the cache is an error. */
  readonly offline: boolean;
  /** The index is asked even where the cache knows the answer. */
  readonly refresh: boolean;
  readonly groups: readonly string[];
  readonly extras: readonly string[];
  readonly torchBackend: 'cpu' | 'keep';
  readonly image: string | null;
  readonly containerEngine: string | null;
  readonly exclude: readonly string[];
  readonly excludeRuntime: boolean;
  /** Names; one with `:empty` behind it becomes empty files. */
  readonly stub: readonly string[];
  /** In their order. */
  readonly patches: readonly PatchRequest[];
  /** Folders of packages that are added to the resolved ones. */
  readonly vendor: readonly string[];
  readonly keep: readonly string[];
  readonly drop: readonly string[];
  readonly recipes: readonly string[];
  /** AWS service names whose botocore data stays; empty: all stay. */
  readonly services: readonly string[];
  readonly prune: PruneLevel;
  readonly strategy: StrategyChoice;
  readonly codec: Codec;
  /** Of the payload's codec; null: its default. */
  readonly codecLevel: number | null;
  /** `s3://bucket/prefix`: where a payload goes that no package holds. */
  readonly upload: string | null;
  readonly pyc: PycPolicy;
  readonly format: Format | null;
  /** Folder of the function's own code; null: packages alone. */
  readonly code: string | null;
  /** What of it stays behind: lines as of a `.gitignore`. */
  readonly excludeCode: readonly string[];
  /** `module.function` of it; null: as the project's files set it, or as it is found. */
  readonly handler: string | null;
  /** Top-level modules that the code may import, and that something else brings. */
  readonly provided: readonly string[];
  /** Models that the code reads with `lambda_slim_models`, which then travels; null: it does not. */
  readonly models: ModelsTable | null;
  /** The function's other layers, in its order. */
  readonly layers: readonly LayerName[];
  /** Bytes below the unzipped limit that bytecode and plain files leave free; null: the default. */
  readonly reserve: number | null;
  /** MiB, 512…10240. */
  readonly ephemeralStorage: number;
  /** Path or name of the Python that proves imports; null: the first one found. */
  readonly interpreter: string | null;
  /** Whether package code runs in a sandbox. */
  readonly confine: 'auto' | 'require' | 'none';
  /** Variables of the function's settings, by name: the proof imports with them. */
  readonly environment: Readonly<Record<string, string>>;
  /** False (`--no-proof`): nothing is imported. */
  readonly proof: boolean;
  readonly cacheDir: string;
  /** Bytes that the cache may hold after the build. */
  readonly cacheLimit: number;
  readonly cache: boolean;
  readonly plan: boolean;
  /** Where the provenance statement goes, absolute; null: nowhere. */
  readonly provenance: string | null;
}

/** Of measured values, by nearest rank: each of them was measured. `count`: how many there were. */
export type Percentiles = Readonly<Record<'count' | 'p50' | 'p95' | 'p99', number>>;
