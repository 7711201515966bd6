/** The pipeline, on one screen: requirements → tree → inventory → decisions → proof → bytecode → plan → artifacts. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finding, type Finding } from '../findings/findings.js';
import { handlerDigest, handlerFiles } from '../inventory/handler.js';
import { takeInventory } from '../inventory/walk.js';
import { Cache, cacheKey } from '../io/cache.js';
import { checkOutput, manifestName, writeOutput } from '../io/output-folder.js';
import { findInterpreter, type Interpreter } from '../io/interpreter.js';
import { limits, runtimeDistributions, runtimes, targetFor } from '../limits.js';
import { makeManifest, manifestText, unchangedManifest } from '../manifest/manifest.js';
import type {
  Environment,
  BuildRequest,
  Inventory,
  Manifest,
  PackPlan,
  PrunePlan,
  StagedFile,
  StepTime,
  Target,
} from '../model.js';
import { writeArtifacts } from '../pack/artifacts.js';
import { bootFiles } from '../pack/nest/boot-files.js';
import type { Upload } from '../pack/nest/double-zip.js';
import { planFindings, refuseTooLarge, willNest } from '../pack/plan/plan.js';
import { packWithBytecode } from '../pack/with-bytecode.js';
import { packWithPayload } from '../pack/with-payload.js';
import type { Progress } from '../progress.js';
import { compileAll, compileMore, type BytecodeOptions } from '../stage/compile.js';
import { handlerImports } from '../inventory/handler-imports.js';
import { findMentions } from '../inventory/mentions.js';
import { recheck } from '../prune/kept.js';
import { dropOrphans, orphanCandidates } from '../prune/orphans.js';
import { planPrune } from '../prune/plan.js';
import { prove } from '../prove/prove.js';
import { proveCompiled } from '../prove/compiled.js';
import { readSources } from '../inventory/sources.js';
import { stage } from '../stage/stage.js';
import { parseS3Address, payloadKey } from '../aws/s3-address.js';
import { recipes as builtIn } from '../recipes/index.js';
import { mergeRecipes, parseRecipes } from '../recipes/load.js';
import { imageInterpreter } from '../resolve/docker/interpreter.js';
import { resolve } from '../resolve/index.js';
import { zstdExtension } from '../resolve/support/support.js';

export interface BuildContext {
  readonly progress: Progress;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** lambda-slim's own version. */
  readonly version: string;
  /** The steps that have ended so far. */
  readonly times: () => readonly StepTime[];
}

export interface BuildOutcome {
  readonly manifest: Manifest;
  /** True when nothing had changed since the last build, so nothing was done. */
  readonly unchanged: boolean;
}

/**
 * Build what the request asks for. Nothing outside the output and the cache folder is written, and the output folder
 * only when everything has succeeded.
 * @throws SlimError for what the user or the machine must change; every code but `no-manifest` and `bad-manifest`
 */
export async function build(request: BuildRequest, context: BuildContext): Promise<BuildOutcome> {
  if (!request.plan) await checkOutput(request.out);
  const cache = await Cache.open(request.cacheDir, request.cache);
  try {
    return await buildWith(cache, request, context);
  } finally {
    await cache.close();
  }
}

async function buildWith(cache: Cache, request: BuildRequest, context: BuildContext): Promise<BuildOutcome> {
  const { progress, environment, signal, version } = context;
  const target = targetFor(request.python, request.architecture, request.glibc);
  const recipeFiles = await Promise.all(request.recipes.map((file) => readFile(file, 'utf8')));
  const recipes = mergeRecipes(
    builtIn,
    request.recipes.flatMap((file, index) => parseRecipes(file, recipeFiles[index] ?? '')),
  );
  const functionFiles = request.handler === null ? [] : await handlerFiles(request.handler, request.out);
  const resolution = await resolve(request, target, { cache, progress, environment, signal });
  const here = await findInterpreter(target, environment, request.interpreter);
  const interpreter =
    resolution.resolver === 'docker' && here?.canImport !== true
      ? ((await imageInterpreter(request, target, resolution.root, {
          cache,
          progress,
          environment,
          signal,
        })) ?? here)
      : here;
  const stamp = cacheKey({
    version,
    request: {
      ...request,
      out: '',
      cacheDir: '',
      cache: true,
      folder: '',
      requirements: [],
      recipes: recipeFiles,
      handler: '',
    },
    tree: resolution.key,
    function: await handlerDigest(functionFiles),
    interpreter: interpreter?.description ?? null,
  });
  const unchanged = request.plan || !request.cache ? null : await unchangedManifest(request.out, stamp);
  if (unchanged) return { manifest: unchanged, unchanged: true };

  const inventory = await takeInventory(resolution.root, progress);
  const sources = await readSources(inventory, progress);
  const proving = request.proof && interpreter?.canImport === true;
  const handlerModules = await handlerImports(functionFiles);
  const planned = planPrune(inventory, {
    ...request,
    target,
    requested: resolution.requested,
    recipes,
    proving,
    sources,
    handlerImports: handlerModules.map((module) => ({ module, names: [] })),
  });
  const pruned = proving ? await withoutOrphans(inventory, planned, progress) : planned;
  const folder = await cache.workFolder('stage');
  const stageOptions = { cache, progress, folder, tree: proving };
  const staged = await stage(inventory, pruned, stageOptions);
  refuseTooLarge([...staged.files, ...functionFiles], request);
  signal.throwIfAborted();
  // Compiled first: the proof imports everything several times, and bytecode spares it most of that time.
  const compiling =
    interpreter !== null && request.pyc !== 'none' ? { cache, progress, signal, interpreter } : null;
  const most = roomForBytecode([...staged.files, ...functionFiles], request);
  const early = compiling === null ? [] : await compileAll(staged.files, { ...compiling, most });
  const proveOptions = {
    compiled: early,
    cache,
    progress,
    signal,
    target,
    interpreter,
    recipes,
    handlerModules,
    wanted: request.proof,
    stage: stageOptions,
  };
  const proved = await prove(inventory, resolution, staged, proveOptions);
  const touched = new Set(proved.touched);
  const compiled =
    compiling === null ? [] : await compileMore(early, proved.staged.files, { ...compiling, touched, most });
  const packInput = {
    request,
    inventory,
    staged: proved.staged,
    functionFiles,
    compiled,
    touched,
    cacheTag: interpreter?.cacheTag ?? '',
    folder,
  };
  const packing = willNest([...proved.staged.files, ...functionFiles], request)
    ? await packWithPayload(
        { ...packInput, recipes, boot: await bootFor(request, target, compiling, context, cache) },
        { cache, progress, upload: uploaderFor(request, context) },
      )
    : await packWithBytecode(packInput, { cache, progress });
  signal.throwIfAborted();
  const final = await proveCompiled(inventory, proved, packing.staged, packing.bytecode, proveOptions);
  const findings = [
    ...runtimeFindings(target),
    ...resolution.findings,
    // What stripping, orphans and the proof changed is judged again: only what travels matters.
    ...recheck(inventory, packing.staged.plan, target).findings,
    ...proved.findings,
    ...final.findings,
    ...bytecodeFindings(request, target, interpreter, packing.bytecode.length),
    ...sharedWithRuntime(packing.plan, target),
    ...planFindings(packing.plan),
  ];
  const complete = (artifacts: Manifest['artifacts']): Manifest =>
    makeManifest({
      version,
      request,
      target,
      resolution,
      inventory,
      findings,
      artifacts,
      stamp,
      prune: packing.staged.plan,
      pack: packing.plan,
      bytecode: packing.bytecode,
      proof: final.proof,
      probes: proved.probes,
      times: context.times(),
    });
  if (request.plan) return { manifest: complete([]), unchanged: false };
  const manifest = await writeOutput(request.out, async (draft) => {
    const whole = complete(await writeArtifacts(packing.plan, draft, progress));
    signal.throwIfAborted();
    await writeFile(path.join(draft, manifestName), manifestText(whole));
    return whole;
  });
  return { manifest, unchanged: false };
}

async function withoutOrphans(inventory: Inventory, plan: PrunePlan, progress: Progress): Promise<PrunePlan> {
  const candidates = orphanCandidates(inventory, plan);
  return dropOrphans(inventory, plan, candidates, await findMentions(inventory, plan, candidates, progress));
}

/** Bytes that bytecode may take at most: what does not travel need not be compiled. */
function roomForBytecode(files: readonly StagedFile[], request: BuildRequest): number {
  if (request.pyc !== 'auto' || request.format === 'directory' || willNest(files, request)) {
    return Number.POSITIVE_INFINITY;
  }
  return limits.unzipped - files.reduce((sum, file) => sum + file.bytes, 0);
}

/** The bootstrap, with the zstd extension where the runtime has none. */
async function bootFor(
  request: BuildRequest,
  target: Target,
  compiling: BytecodeOptions | null,
  { progress, environment, signal }: BuildContext,
  cache: Cache,
): Promise<readonly StagedFile[]> {
  const { codec, resolver, folder } = request;
  const support = { cache, progress, environment, signal, resolver, folder };
  return bootFiles(codec === 'zstd' ? await zstdExtension(target, support) : [], compiling);
}

/** Sends a payload where `--upload` says (with `--plan` it only tells where); null when it says nothing. */
function uploaderFor(
  { upload, plan }: BuildRequest,
  { progress, environment, signal }: BuildContext,
): Upload | null {
  if (upload === null) return null;
  const address = parseS3Address(upload);
  if (plan) {
    const { bucket, prefix } = address;
    return (file, { sha256 }) =>
      Promise.resolve({ bucket, key: payloadKey(prefix, sha256, file), region: null });
  }
  return async (file, { bytes, sha256 }) => {
    // Loading the SDK takes longer than a build without change.
    const [{ uploadPayload }, { s3Clients }] = await Promise.all([
      import('../aws/upload.js'),
      import('../aws/clients.js'),
    ]);
    const clients = s3Clients(environment);
    const { bucket, key, region } = await uploadPayload({
      ...{ file, bytes, sha256, address, clients, progress, signal },
    });
    return { bucket, key, region };
  };
}

function bytecodeFindings(
  { pyc }: BuildRequest,
  { python }: Target,
  interpreter: Interpreter | null,
  count: number,
): readonly Finding[] {
  if (pyc === 'none' || count > 0) return [];
  const because =
    interpreter === null
      ? `no CPython ${python} was found on this machine`
      : 'there was no room left below the limits';
  return [finding('no-bytecode', { because: `${because}.` })];
}

/** What could be left out, and how much that saves: the user's choice. A custom runtime may have none of it. */
function sharedWithRuntime(plan: PackPlan, target: Target): readonly Finding[] {
  const shared = plan.bundles
    .flatMap((bundle) => bundle.files)
    .filter((file) => runtimeDistributions.includes(file.distribution ?? ''));
  const distributions = [...new Set(shared.map((file) => file.distribution ?? ''))].sort();
  if (target.custom || distributions.length === 0) return [];
  return [
    finding('runtime-has-it', { distributions, bytes: shared.reduce((sum, file) => sum + file.bytes, 0) }),
  ];
}

function runtimeFindings(target: Target): readonly Finding[] {
  const { deprecated, creationBlocked } = runtimes[target.python];
  if (target.custom) return [];
  return [
    ...(deprecated === null
      ? []
      : [finding('runtime-deprecated', { python: target.python, since: deprecated })]),
    ...(creationBlocked === null
      ? []
      : [finding('runtime-ends', { python: target.python, on: creationBlocked })]),
  ];
}
