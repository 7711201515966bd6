/**
 * The programming interface. Nothing here writes to the terminal or ends the process, and calls share nothing but the
 * cache folder, so that several may run at once. This file alone, beside cli.ts, knows the process: what it is not told
 * it takes from there. What does the work is loaded when it is called, so that an import costs little.
 */
import type { Built } from './api/build.js';
import { called, type Defaults } from './api/called.js';
import type { Around, Settings } from './api/settings.js';
import type { Check, Diff } from './check/model.js';
import { version } from './io/own-version.js';
import type { Manifest } from './model.js';
import type { Publication } from './publish/model.js';
import type { Verification } from './verify/verification.js';

export interface BuildOptions extends Settings, Around {
  /** Where requirements and config file are looked for. Default: the working folder. */
  readonly folder?: string | undefined;
  /** Decide and report, write nothing. */
  readonly plan?: boolean | undefined;
}

export interface CheckOptions extends Settings, Around {
  /** A folder that was built, an output folder, a manifest, a zip, or a folder of packages. Default: the last build. */
  readonly what?: string | undefined;
  /** Build first: `what` is the folder of the requirements then. */
  readonly build?: boolean | undefined;
  /** A file to write the sizes to, to be compared with later. */
  readonly writeBaseline?: string | undefined;
}

export interface DiffOptions extends Settings, Around {
  /** A folder that was built, an output folder, a manifest, a zip, a folder of packages, or a baseline. */
  readonly before: string;
  /** Another one. */
  readonly after: string;
}

export interface VerifyOptions extends Settings, Around {
  /** The folder that was built, or its output folder. Default: the working folder. */
  readonly folder?: string | undefined;
}

export interface PublishOptions extends Settings, Around {
  /** The folder that was built, or its output folder. Default: the working folder. */
  readonly folder?: string | undefined;
  /** Look and check, and change nothing. */
  readonly dryRun?: boolean | undefined;
}

/** Now, as either may change. */
const defaults = (): Defaults => ({ cwd: process.cwd(), environment: process.env, version });

/**
 * From requirements to zips that Lambda takes, proved to import.
 * @returns the manifest; look at its findings, `hasErrors` tells whether what was made must not be deployed
 * @throws SlimError when the request or the machine is at fault: nothing was written then
 */
export async function build(options: BuildOptions = {}): Promise<Built> {
  const own = { folder: 'a text', plan: 'true or false' } as const;
  return called(options, { own, passed: ['plan'] }, defaults(), async (call) => {
    const { buildFolder } = await import('./api/build.js');
    return buildFolder(options.folder ?? '.', call);
  });
}

/**
 * Measure a build, a zip or a folder, hold it against AWS's limits and budgets, and compare it with a baseline.
 * @throws SlimError when something cannot be read
 */
export async function check(options: CheckOptions = {}): Promise<Check> {
  const own = { what: 'a text', build: 'true or false', writeBaseline: 'a text' } as const;
  const passed = ['build', 'writeBaseline'];
  return called(options, { own, passed }, defaults(), async (call) => {
    const { checkPlace } = await import('./api/check.js');
    return (await checkPlace(options.what ?? '', call)).check;
  });
}

/**
 * What changed between two builds, by package.
 * @throws SlimError when one of them cannot be read
 */
export async function diff(options: DiffOptions): Promise<Diff> {
  const own = { before: 'a text', after: 'a text' } as const;
  return called(options, { own, needed: ['before', 'after'] }, defaults(), async (call) => {
    const { diffPlaces } = await import('./api/diff.js');
    return diffPlaces(options.before, options.after, call);
  });
}

/**
 * Run the artifacts of the last build as Lambda would.
 * @throws SlimError `no-sandbox` when nothing on this machine can imitate Lambda, `no-manifest` without a build
 */
export async function verify(options: VerifyOptions = {}): Promise<Verification> {
  return called(options, { own: { folder: 'a text' } }, defaults(), async (call) => {
    const { verifyBuild } = await import('./api/verify.js');
    return verifyBuild(options.folder ?? '', call);
  });
}

/**
 * Publish the layers of the last build: to one Region or more, through S3 where they must, and give them to functions.
 * @throws SlimError when nothing was published
 */
export async function publishLayer(options: PublishOptions = {}): Promise<Publication> {
  const own = { folder: 'a text', dryRun: 'true or false' } as const;
  return called(options, { own, passed: ['dryRun'] }, defaults(), async (call) => {
    const { publishBuild } = await import('./api/publish.js');
    return publishBuild(options.folder ?? '', call);
  });
}

/**
 * What a build wrote down.
 * @param out its output folder, or the folder that was built
 * @throws SlimError `no-manifest`, `bad-manifest`, `bad-config`
 */
export async function readManifest(out: string): Promise<Manifest> {
  const manifest = await import('./manifest/manifest.js');
  const { buildIn } = await import('./manifest/place.js');
  return manifest.readManifest((await buildIn(out)) ?? out);
}

export { version };
export { SlimError, type ErrorCode, type SlimErrorOptions } from './errors.js';
export { hasErrors, isError, renderFinding } from './findings/findings.js';
export type { Finding, FindingCode, RenderedFinding, Severity } from './findings/findings.js';
export type { Built } from './api/build.js';
export type { ProgressEvent, StepAdvanced, StepEnded, StepNoted, StepStarted } from './api/progress.js';
export type { Around, BudgetSetting, Settings } from './api/settings.js';
export type * from './check/model.js';
export type {
  Action,
  Architecture,
  Artifact,
  BundleKind,
  Decision,
  Environment,
  FileSize,
  LimitName,
  Manifest,
  Nesting,
  OwnedDecision,
  PackageSize,
  Proof,
  PythonVersion,
  Rejection,
  ResolverName,
  RuleSaving,
  SizeStage,
  StepTime,
  Strategy,
} from './model.js';
export type {
  AccountLimits,
  AttachedFunction,
  LayerPlan,
  LayerState,
  Publication,
  PublishedLayer,
  PublishedRegion,
  StoredObject,
} from './publish/model.js';
export type { Load, LoadError, LoadWish } from './verify/load/model.js';
export type { Attempt, ColdStart, Verification } from './verify/verification.js';
export type { Invocation, RuntimeError, SandboxName } from './verify/model.js';
