/** The pipeline: requirements → tree → inventory → decisions → proof → bytecode → plan → artifacts. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withCache } from '../io/cache.js';
import { checkOutput, manifestName, writeOutput } from '../io/output-folder.js';
import { makeManifest, manifestText, rememberInputs, unchangedManifest } from '../manifest/manifest.js';
import type { BuildInputs, BuildRequest, Manifest, Proof, StepTime } from '../model.js';
import { writeArtifacts } from '../pack/artifacts.js';
import { withoutNetwork } from '../resolve/offline.js';
import type { Secrets } from '../text/secrets.js';
import type { World } from '../world.js';
import { buildFindings } from './findings.js';
import { buildInputs } from './inputs.js';
import { manifestAmendments } from './amended.js';
import { manifestLayers } from './other-layers.js';
import { packProved } from './pack.js';
import { amendPrepared, prepare } from './prepare.js';
import { proveSlim } from './prove.js';
import { slimDown } from './slim.js';

export interface BuildContext extends Omit<World, 'cache'> {
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
 * @param config what of a config file took part in the request
 * @throws SlimError for what the user or the machine must change; every code but `no-manifest` and `bad-manifest`
 */
export async function build(
  request: BuildRequest,
  context: BuildContext,
  config: BuildInputs['config'] = null,
): Promise<BuildOutcome> {
  context.secrets.readIn(request);
  context.secrets.readVariables(request.environment);
  if (!request.plan) await checkOutput(request.out);
  const environment = request.offline ? withoutNetwork(context.environment) : context.environment;
  return withCache(
    request.cacheDir,
    request.cache,
    (cache) => buildWith(request, { ...context, environment, cache }, config),
    request.cacheLimit,
  );
}

/** The variables that the proof had, without what is a secret of them. */
function provedWith({ environment, proof }: BuildRequest, secrets: Secrets): Pick<Proof, 'environment'> {
  const told = Object.entries(environment);
  if (!proof || told.length === 0) return {};
  const shown = told.map(([name, value]) => [name, secrets.hide(value) === value ? value : null] as const);
  return { environment: Object.fromEntries(shown) };
}

async function buildWith(
  request: BuildRequest,
  context: BuildContext & World,
  config: BuildInputs['config'],
): Promise<BuildOutcome> {
  const { version, signal, progress } = context;
  const asked = await prepare(request, context, version);
  const { stamp, target } = asked;
  const unchanged = request.plan || !request.cache ? null : await unchangedManifest(request.out, stamp);
  const inputs = context.secrets.hideIn(
    await buildInputs(request, config, asked.resolution.read, asked.codeDigest),
  );
  // A comment may be other than it was, and nothing that is built.
  if (unchanged) return { manifest: await rememberInputs(request.out, unchanged, inputs), unchanged: true };
  const prepared = await amendPrepared(asked, context);
  const { resolution } = prepared;
  const slimmed = await slimDown(prepared, context);
  const provedSlim = await proveSlim(prepared, slimmed, context);
  const packed = await packProved(prepared, slimmed, provedSlim, context);
  const { packing, proof } = packed;
  const findings = buildFindings(prepared, slimmed, provedSlim, packed);
  const complete = (artifacts: Manifest['artifacts']): Manifest =>
    context.secrets.hideIn(
      makeManifest({
        handlers: prepared.ownCode.handlers,
        ...{ version, request, target, resolution, findings, artifacts, stamp, inputs },
        proof: { ...proof, ...provedWith(request, context.secrets) },
        beside: prepared.beside,
        layers: manifestLayers(prepared.layers, slimmed.leaving, request.out),
        inventory: slimmed.inventory,
        ...manifestAmendments(prepared, slimmed.inventory),
        prune: packing.staged.plan,
        pack: packing.plan,
        bytecode: packing.bytecode,
        probes: provedSlim.proved.probes,
        times: context.times(),
      }),
    );
  if (request.plan) return { manifest: complete([]), unchanged: false };
  const manifest = await writeOutput(request.out, async (draft) => {
    const whole = complete(await writeArtifacts(packing.plan, draft, progress));
    signal.throwIfAborted();
    await writeFile(path.join(draft, manifestName), manifestText(whole));
    return whole;
  });
  return { manifest, unchanged: false };
}
