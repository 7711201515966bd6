/** First stage of a build: all that is known before a file is looked at, and whether anything has changed at all. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { amend, readAmendments, type Amendments } from '../amend/amend.js';
import { confine, type Confined } from '../confine/confine.js';
import { codeDigest, codeFiles } from '../code/files.js';
import { cacheKey } from '../text/cache-key.js';
import { findInterpreter, type Interpreter } from '../io/interpreter.js';
import { targetFor } from '../limits.js';
import { finding, type Finding } from '../findings/findings.js';
import type { Beside, BuildRequest, Resolution, StagedFile, Target } from '../model.js';
import { reserveFor } from '../pack/plan/room.js';
import { recipes as builtIn } from '../recipes/index.js';
import { mergeRecipes, parseRecipes } from '../recipes/load.js';
import type { Recipe } from '../recipes/recipe.js';
import { imageInterpreter } from '../resolve/docker/interpreter.js';
import { choosePython, resolve } from '../resolve/index.js';
import type { World } from '../world.js';
import { unzippedOf } from '../layers/layers.js';
import { readOwnCode, refuseUnknownHandler, type OwnCode } from './code.js';
import type { HeldLayer } from '../layers/layers.js';
import { pathsIn, readOtherLayers } from './other-layers.js';

export interface Prepared {
  readonly request: BuildRequest;
  readonly target: Target;
  /** The built-in ones, and the user's in front of them. */
  readonly recipes: readonly Recipe[];
  /** The function's own code; empty for a layer. */
  readonly functionFiles: readonly StagedFile[];
  /** What that code says. */
  readonly ownCode: OwnCode;
  /** As resolved; what `amendments` change of it is in its key and in what was read, not yet in its tree. */
  readonly resolution: Resolution;
  readonly amendments: Amendments;
  /** By path in the tree: labels of the patches that have changed it. */
  readonly patched: ReadonlyMap<string, readonly string[]>;
  /** The function's other layers, in its order. */
  readonly layers: readonly HeldLayer[];
  /** What shares the unzipped limit with what is built. */
  readonly beside: Beside;
  /** The target's Python on this machine or in the image; null when there is none. */
  readonly interpreter: Interpreter | null;
  /** The same as package code runs in it; null when none of it does. */
  readonly confined: Confined | null;
  /** Digest of everything that can change what is built, and what is said of the requirements. */
  readonly stamp: string;
  /** Of the function's own code alone. */
  readonly codeDigest: string;
}

/**
 * Resolve what is asked for, and find the interpreter that compiles and proves.
 * @param version lambda-slim's own
 * @throws SlimError `bad-recipe`, `bad-vendor`, `bad-option`, `not-confined`, what `readLayers` throws, what `choosePython` throws, and what `resolve` throws
 */
export async function prepare(given: BuildRequest, world: World, version: string): Promise<Prepared> {
  const { python, findings } = await choosePython(given);
  const request = { ...given, python };
  const target = targetFor(python, request.architecture, request.glibc);
  const recipeTexts = await Promise.all(request.recipes.map((file) => readFile(file, 'utf8')));
  const recipes = mergeRecipes(
    builtIn,
    request.recipes.flatMap((file, index) => parseRecipes(file, recipeTexts[index] ?? '')),
  );
  const { files: functionFiles, ...said } = await ownFiles(request);
  // A named one that is not right is told before anything is downloaded.
  const here = await findInterpreter(target, world, request.interpreter);
  const read = await readOwnCode(request, functionFiles, here, target, world.signal);
  const amendments = await readAmendments(request);
  const layers = await readOtherLayers(request, target, world);
  const resolved = await resolve(request, target, world);
  refuseHandlerOfNobody(request, read, layers, resolved.root);
  const { key } = amendments;
  const resolution = {
    ...resolved,
    key: key === null ? resolved.key : cacheKey({ tree: resolved.key, amended: key }),
    read: [...resolved.read, ...amendments.read],
    findings: [...said.findings, ...findings, ...resolved.findings],
  };
  const interpreter = await interpreterFor(request, target, resolution, here, world);
  const ownCode =
    here === null && interpreter !== null
      ? await readOwnCode(request, functionFiles, interpreter, target, world.signal)
      : read;
  const ownDigest = await codeDigest(functionFiles);
  const stamp = cacheKey({
    version,
    request: whatCounts(request),
    recipes: recipeTexts,
    tree: resolution.key,
    requested: resolution.requested,
    // What there is to say may change while the same files travel; "unconfined" is said by the build that ran the code only.
    findings: world.secrets.hideIn(resolution.findings.filter(({ code }) => code !== 'unconfined')),
    layers: layers.map(({ name, digest }) => [name, digest]),
    function: ownDigest,
    interpreter: interpreter?.description ?? null,
  });
  const confined =
    request.proof && interpreter?.canImport === true
      ? await confine(interpreter, request.confine, world, { like: target })
      : null;
  const beside = {
    layers: layers.reduce((sum, one) => sum + unzippedOf(one), 0),
    layerCount: layers.length,
    reserve: reserveFor(request),
  };
  return {
    ...{ request, target, recipes, functionFiles, ownCode, resolution, amendments, layers },
    ...{ patched: new Map(), beside, interpreter, confined, stamp, codeDigest: ownDigest },
  };
}

/** Vendored packages come into the tree later. */
function refuseHandlerOfNobody(
  request: BuildRequest,
  code: OwnCode,
  layers: readonly HeldLayer[],
  root: string,
): void {
  const held = new Set(pathsIn(layers));
  if (request.vendor.length === 0)
    refuseUnknownHandler(request, code, (file) => held.has(file) || existsSync(path.join(root, file)));
}

/**
 * The same with its changed tree.
 * @throws SlimError `bad-patch`, `bad-vendor`, `unusable-file`; the signal's reason
 */
export async function amendPrepared(prepared: Prepared, world: World): Promise<Prepared> {
  const { resolution, amendments, target } = prepared;
  return amendments.key === null
    ? prepared
    : { ...prepared, ...(await amend(resolution, amendments, target, world)) };
}

/** The function's own files, and what of its folder does not travel or should not. */
async function ownFiles({ code, folder, out, keep, excludeCode }: BuildRequest): Promise<{
  readonly files: readonly StagedFile[];
  readonly findings: readonly Finding[];
}> {
  if (code === null) return { files: [], findings: [] };
  const { files, secrets, packed, history } = await codeFiles({
    ...{ folder: code, project: folder, out, keep, exclude: excludeCode },
  });
  return {
    files,
    findings: [
      ...(secrets.length === 0 ? [] : [finding('secret-left-out', { paths: secrets })]),
      ...(packed.length === 0 ? [] : [finding('secret-packed', { paths: packed })]),
      ...(history.length === 0 ? [] : [finding('history-left-out', { paths: history })]),
    ],
  };
}

/** What was compiled in a container may load only there, so its Python proves it where this machine's cannot. */
async function interpreterFor(
  request: BuildRequest,
  target: Target,
  resolution: Resolution,
  here: Interpreter | null,
  world: World,
): Promise<Interpreter | null> {
  if (resolution.resolver !== 'docker' || here?.canImport === true) return here;
  return (await imageInterpreter(request, target, resolution.root, world)) ?? here;
}

/**
 * Whether an option's value can change what is built. False: it says where something lies or how to get there, or its
 * content is in the stamp by itself. A new option does not compile before it has its line here.
 */
const counts: Readonly<Record<keyof BuildRequest, boolean>> = {
  folder: false,
  requirements: false,
  package: false,
  python: true,
  architecture: true,
  glibc: true,
  out: false,
  resolver: true,
  from: true,
  indexes: false,
  buildSources: false,
  offline: false,
  refresh: false,
  groups: true,
  extras: true,
  torchBackend: true,
  image: true,
  containerEngine: true,
  exclude: true,
  excludeRuntime: true,
  stub: true,
  // Their contents are in the tree's key.
  patches: false,
  vendor: false,
  keep: true,
  drop: true,
  recipes: false,
  services: true,
  prune: true,
  strategy: true,
  codec: true,
  codecLevel: true,
  upload: true,
  pyc: true,
  format: true,
  code: false,
  excludeCode: false,
  handler: true,
  provided: true,
  models: true,
  layers: false,
  reserve: true,
  ephemeralStorage: true,
  interpreter: true,
  confine: true,
  environment: true,
  proof: true,
  cacheDir: false,
  cacheLimit: false,
  cache: false,
  plan: true,
  provenance: false,
};

function whatCounts(request: BuildRequest): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(request).filter(([key]) => counts[key as keyof BuildRequest]));
}
