/** What `lambda-slim verify` found: the document of `--json`. Sizes are bytes (memory of the function: MiB), times milliseconds. */
import type { Finding } from '../findings/findings.js';
import type { LayerName, Manifest, Percentiles, StepTime } from '../model.js';
import type { BucketFolder, BucketUse } from './s3/model.js';
import type { Load, LoadWish } from './load/model.js';
import type { ServeWish } from './serve/model.js';
import type { Invocation, Network, RuntimeError, SandboxName } from './model.js';

/** A whole, checked request. Paths are absolute. */
export interface VerifyRequest {
  readonly out: string;
  /** `module.function`; null: the probe handler imports what the build promises. */
  readonly handler: string | null;
  /** The function's other layers, in its order; null: those that the build was told. */
  readonly layers: readonly LayerName[] | null;
  readonly event: unknown;
  /** Several, in the order in which they are invoked; null: the one. */
  readonly events: readonly NamedEvent[] | null;
  /** Folder of code for a build that has none. */
  readonly code: string | null;
  /** False: it is for a build that has none, and else not meant. */
  readonly codeTyped: boolean;
  readonly sandbox: 'auto' | SandboxName;
  /** Cold starts. */
  readonly runs: number;
  /** Invocations after the first, in each cold start. */
  readonly warm: number;
  /** Many requests at once, after the first cold start; null: none. */
  readonly load: LoadWish | null;
  /** Answer HTTP instead; null: do not. */
  readonly serve: ServeWish | null;
  /** MiB. */
  readonly memory: number;
  readonly timeoutMs: number;
  /** MiB of /tmp; null: as the manifest says. */
  /** The folder of the project, whose `.lambdaignore` counts for the code. */
  readonly project: string;
  /** What of the code stays behind: lines as of a `.gitignore`. */
  readonly excludeCode: readonly string[];
  readonly ephemeralStorage: number | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly snapStart: boolean;
  readonly network: Network;
  readonly s3: readonly BucketFolder[];
  readonly cpus: number;
  readonly image: string | null;
  readonly containerEngine: string | null;
  readonly interpreter: string | null;
  readonly cacheDir: string;
  /** Bytes that the cache may hold afterwards. */
  readonly cacheLimit: number;
  readonly cache: boolean;
}

/** What a build has and does not promise, so that it was not tried. */
export interface LeftOut {
  readonly kind: 'module' | 'probe';
  /** Dotted module, or the recipe. */
  readonly name: string;
  /** A clause. */
  readonly because: string;
}

export interface NamedEvent {
  /** Of its file. */
  readonly name: string;
  readonly event: unknown;
}

/** What came of one of several events. */
export interface EventResult {
  readonly name: string;
  /** It was the first of its execution environment. */
  readonly cold: boolean;
  /** Null: it was not tried, as the function cannot be loaded. */
  readonly invocation: Invocation | null;
}

/** What came of one import or one recipe's probe. */
export interface Attempt {
  readonly kind: 'module' | 'probe';
  /** Dotted module, or the recipe. */
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** `Type: message`. */
  readonly error: string | null;
  /** The same of each exception that led to it. */
  readonly causes: readonly string[];
}

/** One execution environment, from its start to its end. */
export interface ColdStart {
  /** From the start of the process to its readiness; null when it never was ready. */
  readonly initMs: number | null;
  /** Of these, opening payloads; null when there is none. */
  readonly unpackMs: number | null;
  /** Imports: of the modules when no handler was named, else what initialization took besides unpacking. */
  readonly importMs: number | null;
  /** Initialization and the first answer; null when there was none. */
  readonly coldMs: number | null;
  readonly warmMs: readonly number[];
  readonly peakMemory: number;
  readonly tmpBytes: number;
  readonly memoryExceeded: boolean;
  readonly exitCode: number | null;
  /** A failed initialization. */
  readonly initError: RuntimeError | null;
  readonly first: Invocation | null;
}

export interface Verification {
  readonly verificationVersion: 1;
  readonly tool: string;
  readonly target: Manifest['target'];
  readonly strategy: Manifest['plan']['strategy'];
  readonly sandbox: {
    readonly name: SandboxName;
    readonly description: string;
    /** How it differs from Lambda, in sentences. */
    readonly notChecked: readonly string[];
  };
  /** What Lambda has and nothing here has tried, in a few words each, e.g. `network`. */
  readonly notChecked: readonly string[];
  /** Modules and probes of the packages that the build does not promise, with the reason; none where a handler was named. */
  readonly leftOut: readonly LeftOut[];
  readonly network: Network;
  /** Other layers of the function that were mounted, in its order. */
  readonly layers: readonly string[];
  readonly handler: string | null;
  /** The function's only handler, invoked with an empty event because none was named; null: there is not just one. */
  readonly tried: { readonly handler: string; readonly invocation: Invocation | null } | null;
  readonly memory: number;
  readonly cpus: number;
  readonly tmpLimit: number;
  readonly initLimitMs: number;
  readonly timeoutMs: number;
  readonly snapStart: boolean;
  /** Without a handler: every import and probe. */
  readonly attempts: readonly Attempt[];
  /** With one: its first answer. */
  readonly invocation: Invocation | null;
  /** With `--events`: each of them, in their order; else null. */
  readonly events: readonly EventResult[] | null;
  readonly coldStarts: readonly ColdStart[];
  /** With `--requests`, when the first environment answered; else null. */
  readonly load: Load | null;
  readonly statistics: {
    readonly init: Percentiles | null;
    readonly unpack: Percentiles | null;
    readonly import: Percentiles | null;
    readonly cold: Percentiles | null;
    readonly warm: Percentiles | null;
  };
  /** The most of all cold starts. */
  readonly peakMemory: number;
  readonly tmpBytes: number;
  /** What came of each bucket of `--s3`. */
  readonly s3: readonly BucketUse[];
  readonly findings: readonly Finding[];
  /** Whether the measurements were written down beside the manifest, for `check` and `report`. */
  readonly remembered: boolean;
  /** The last lines that the function wrote, of the first cold start. */
  readonly log: readonly string[];
  readonly times: readonly StepTime[];
}
