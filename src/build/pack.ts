/** Fourth stage of a build: archives or a payload from what was proved, and the bytecode in them proved, too. */
import type { Finding } from '../findings/findings.js';
import type { Proof } from '../model.js';
import { willNest } from '../pack/plan/plan.js';
import { packWithBytecode, type Packing } from '../pack/with-bytecode.js';
import { packWithPayload } from '../pack/with-payload.js';
import { proveCompiled } from '../prove/compiled.js';
import { changedIn } from '../stage/copy.js';
import type { World } from '../world.js';
import { alteredFindings } from './altered.js';
import { bootFor, modelsFor, uploaderFor } from './payload.js';
import { providesFiles } from './other-layers.js';
import type { Prepared } from './prepare.js';
import type { ProvedSlim } from './prove.js';
import type { Slimmed } from './slim.js';

export interface Packed {
  readonly packing: Packing;
  readonly proof: Proof;
  /** What was changed after it was installed, and what bytecode broke. */
  readonly findings: readonly Finding[];
  /** Paths of the untouched tree's copy that package code has changed; empty when it was confined. */
  readonly changed: readonly string[];
}

/** @throws SlimError `bad-option`, `unusable-file`, `nothing-to-build`, `bytecode-failed`, `no-wheel`, `hash-mismatch`, `index-unreachable`, `resolution-failed`, `bad-requirements`, `archive-differs`, `no-resolver`, `not-in-cache` (offline), `needs-newer-python`, `does-not-fit`, `path-clash`, `nothing-to-nest`; the signal's reason; what `uploadPayload` throws */
export async function packProved(
  prepared: Prepared,
  slimmed: Slimmed,
  { proved, compiled, touched, compiling, proveOptions, copy }: ProvedSlim,
  world: World,
): Promise<Packed> {
  const { beside, target, recipes, interpreter } = prepared;
  const request = { ...prepared.request, beside };
  const { inventory, stageOptions } = slimmed;
  const { cache, progress, signal } = world;
  const told = await providesFiles(inventory, proved.staged.plan, request, target, stageOptions.folder);
  const models = await modelsFor(request, target, compiling, stageOptions.folder, world);
  const functionFiles = [...prepared.functionFiles, ...told, ...models];
  const input = {
    ...{ request, inventory, functionFiles, compiled, touched },
    staged: proved.staged,
    cacheTag: interpreter?.cacheTag ?? '',
    folder: stageOptions.folder,
  };
  const packing = willNest([...proved.staged.files, ...functionFiles], request)
    ? await packWithPayload(
        { ...input, recipes, boot: await bootFor(request, target, compiling, world) },
        { cache, progress, upload: uploaderFor(request, world) },
      )
    : await packWithBytecode(input, { cache, progress });
  signal.throwIfAborted();
  const { proof, findings } = await proveCompiled(proved, packing.staged, packing.bytecode, proveOptions);
  const archived = packing.plan.bundles.flatMap((bundle) => bundle.files);
  const altered = await alteredFindings(inventory, packing.staged, archived);
  return {
    packing,
    proof,
    findings: [...altered, ...findings],
    changed: copy === null ? [] : await changedIn(copy),
  };
}
