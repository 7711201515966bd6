/** What a build has to say: the facts that its stages found, and those that only the whole shows. */
import type { Confinement } from '../confine/confine.js';
import { finding, type Finding } from '../findings/findings.js';
import type { Interpreter } from '../io/interpreter.js';
import { runtimeDistributions, runtimes } from '../limits.js';
import { customRuntime } from '../manifest/custom-runtime.js';
import type { BuildRequest, PackPlan, Target } from '../model.js';
import { modelBytes, modelsIn, needsTmp } from '../options/models.js';
import { planFindings } from '../pack/plan/plan.js';
import { reserveFindings } from '../pack/plan/room.js';
import { recheck } from '../prune/kept.js';
import type { Packing } from '../pack/with-bytecode.js';
import { unusedPatches } from './amended.js';
import { codeFindings, hasRuntime, twinFindings } from './code.js';
import { libraryFindings } from './libraries.js';
import { otherLayerFindings, withLibraries } from './other-layers.js';
import type { Packed } from './pack.js';
import type { Prepared } from './prepare.js';
import type { ProvedSlim } from './prove.js';
import type { Slimmed } from './slim.js';

export function buildFindings(
  prepared: Prepared,
  { inventory, leaving }: Slimmed,
  provedSlim: ProvedSlim,
  { packing, findings, changed }: Packed,
): readonly Finding[] {
  const { request, target, functionFiles, ownCode, resolution, interpreter, confined, layers } = prepared;
  const { plan } = packing.staged;
  const { proved } = provedSlim;
  return [
    ...runtimeFindings(target),
    ...resolution.findings,
    // What stripping, orphans and the proof changed is judged again: only what travels matters.
    ...recheck(inventory, plan, withLibraries(target, layers)).findings,
    ...unusedPatches(prepared.patched, plan),
    ...codeFindings(ownCode, {
      ...{ request, target, functionFiles, resolution, inventory, plan, layers },
      failedBefore: proved.proof.failedBefore,
      namesLacking: proved.namesLacking,
    }),
    ...twinFindings(packing.plan),
    ...proved.findings,
    ...libraryFindings(provedSlim, {
      ...{ inventory, plan, functionFiles, ownCode },
      provided: withLibraries(target, layers).providedLibraries,
    }),
    ...confinementFindings(confined?.confinement ?? null, changed, resolution.findings),
    ...findings,
    ...bytecodeFindings(request, target, interpreter, packing),
    ...sharedWithRuntime(request, packing.plan, target),
    ...planFindings(packing.plan),
    ...modelFindings(request, packing.plan),
    ...otherLayerFindings(layers, target, leaving, packing.plan),
    ...reserveFindings(packing.plan, prepared.beside),
  ];
}

/** Models whose size somebody has told, against what /tmp is left. */
function modelFindings({ models, ephemeralStorage }: BuildRequest, plan: PackPlan): readonly Finding[] {
  const payload = plan.ephemeralBytes;
  return modelsIn(models ?? {}).flatMap(([model, settings]) => {
    const bytes = modelBytes(settings);
    if (bytes === null || !needsTmp(settings) || bytes + payload <= ephemeralStorage * 2 ** 20) return [];
    return [finding('model-over-tmp', { model, bytes, payload, storage: ephemeralStorage })];
  });
}

/** @param changed paths in the copies that are not as they were before package code ran */
function confinementFindings(
  confinement: Confinement | null,
  changed: readonly string[],
  before: readonly Finding[],
): readonly Finding[] {
  if (confinement === null) return [];
  const { librariesSeen: because } = confinement;
  const librariesSeen = because === null ? [] : [finding('libraries-not-hidden', { because })];
  if (confinement.by !== 'none') return librariesSeen;
  const said = before.some(({ code }) => code === 'unconfined');
  return [
    ...(said ? [] : [finding('unconfined', { because: confinement.because ?? '' })]),
    ...librariesSeen,
    ...(changed.length === 0 ? [] : [finding('changes-itself', { paths: changed })]),
  ];
}

function bytecodeFindings(
  { pyc }: BuildRequest,
  { python }: Target,
  interpreter: Interpreter | null,
  { bytecode, staged }: Packing,
): readonly Finding[] {
  // pyodbc, for one, has no Python file: nothing is missing then.
  const sources = staged.files.some((file) => file.path.endsWith('.py'));
  if (pyc === 'none' || bytecode.length > 0 || !sources) return [];
  const because =
    interpreter === null
      ? `no CPython ${python} was found on this machine`
      : 'there was no room left below the limits';
  return [finding('no-bytecode', { because: `${because}.` })];
}

/** What could be left out, and how much that saves: the user's choice. */
function sharedWithRuntime(request: BuildRequest, plan: PackPlan, target: Target): readonly Finding[] {
  const shared = plan.bundles
    .flatMap((bundle) => bundle.files)
    .filter((file) => runtimeDistributions.includes(file.distribution ?? ''));
  const distributions = [...new Set(shared.map((file) => file.distribution ?? ''))].sort();
  const bytes = shared.reduce((sum, file) => sum + file.bytes, 0);
  if (!hasRuntime(request, target) || bytes === 0) return [];
  return [finding('runtime-has-it', { distributions, bytes })];
}

function runtimeFindings(target: Target): readonly Finding[] {
  const { deprecated, creationBlocked } = runtimes[target.python];
  if (target.custom) return [customRuntime(target)];
  return [
    ...(deprecated === null
      ? []
      : [finding('runtime-deprecated', { python: target.python, since: deprecated })]),
    ...(creationBlocked === null
      ? []
      : [finding('runtime-ends', { python: target.python, on: creationBlocked })]),
  ];
}
