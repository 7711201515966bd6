/** Packs what is kept, then as much bytecode as there is room for, and plans the result. */
import { limits } from '../limits.js';
import type { Beside, BuildRequest, Inventory, PackedFile, PackPlan, StagedFile } from '../model.js';
import { chooseBytecode, type Compiled, type Room } from '../stage/choose.js';
import { writeRecords, type Staged } from '../stage/stage.js';
import { packFiles, type PackOptions } from './compress/pack-files.js';
import { planPack, type PackRequest } from './plan/plan.js';
import { layersLeft, unreservedLimit } from './plan/room.js';

export interface Packing {
  readonly plan: PackPlan;
  readonly bytecode: readonly StagedFile[];
  /** With RECORDs that list the bytecode. */
  readonly staged: Staged;
}

export interface PackInput {
  readonly request: BuildRequest & Pick<PackRequest, 'beside'>;
  readonly inventory: Inventory;
  readonly staged: Staged;
  readonly functionFiles: readonly StagedFile[];
  /** What could be added; empty for `--pyc none`. */
  readonly compiled: readonly Compiled[];
  /** Sources that imports open. */
  readonly touched: ReadonlySet<string>;
  readonly cacheTag: string;
  /** Absolute; new RECORDs are written into it. */
  readonly folder: string;
}

/** How much of the estimated room is used. Estimates may be a little off; then less is tried, and nothing at last. */
const shares = [1, 0.85, 0.6];

/**
 * @throws SlimError `nothing-to-build`, `does-not-fit` when even without bytecode nothing fits, `path-clash`, `archive-differs`
 */
export async function packWithBytecode(input: PackInput, options: PackOptions): Promise<Packing> {
  const { request, staged, functionFiles, compiled } = input;
  const compress = request.format !== 'directory';
  const base = await packFiles([...staged.files, ...functionFiles], { ...options, compress });
  const basePlan = planPack(base, request);
  if (compiled.length === 0 || request.pyc === 'none') return { plan: basePlan, bytecode: [], staged };
  if (request.pyc !== 'auto') return withShare(1, base, basePlan, input, { ...options, compress });
  for (const share of shares) {
    const packing = await withShare(share, base, basePlan, input, { ...options, compress });
    if (keepsTheWay(packing.plan, basePlan)) return packing;
  }
  return { plan: basePlan, bytecode: [], staged };
}

/** Bytecode may cost another layer (start-up is worth one), but neither a direct upload nor the one zip of a function. */
function keepsTheWay(plan: PackPlan, base: PackPlan): boolean {
  const grown = base.strategy === 'layer' && plan.strategy === 'layers';
  const direct = plan.bundles.every((bundle) => !bundle.viaS3) || base.bundles.some((one) => one.viaS3);
  return direct && (grown || plan.strategy === base.strategy);
}

async function withShare(
  share: number,
  base: readonly PackedFile[],
  basePlan: PackPlan,
  input: PackInput,
  options: PackOptions,
): Promise<Packing> {
  const { request, compiled, touched, cacheTag, inventory, folder } = input;
  const room = roomFor(basePlan, request.beside);
  const bytecode = chooseBytecode(
    compiled,
    request.pyc,
    touched,
    { unzipped: room.unzipped * share, zipped: room.zipped * share },
    cacheTag,
  );
  if (bytecode.length === 0) return { plan: basePlan, bytecode, staged: input.staged };
  const staged = request.pyc === 'only' ? withoutSources(input.staged, compiled) : input.staged;
  const listed = await writeRecords(staged, inventory, bytecode, { folder });
  const known = new Map(base.map((file) => [identityOf(file), file]));
  const all = [...listed.files, ...input.functionFiles];
  const changed = all.filter((file) => !known.has(identityOf(file)));
  const fresh = await packFiles([...changed, ...bytecode], { ...options, step: 'compress bytecode' });
  const packed = [...all.flatMap((file) => known.get(identityOf(file)) ?? []), ...fresh];
  return { plan: planPack(packed, request), bytecode, staged: listed };
}

/** A place and the bytes that lie there: what is packed already has it, too. */
function identityOf({ place, path, source }: StagedFile): string {
  return `${place} ${path} ${source}`;
}

/** `--pyc only`: the bytecode stands where its source was. */
export function withoutSources(staged: Staged, compiled: readonly Compiled[]): Staged {
  const replaced = new Set(compiled.map((one) => one.path));
  return {
    ...staged,
    files: staged.files.filter((file) => !replaced.has(file.path)),
    plan: {
      ...staged.plan,
      decisions: staged.plan.decisions.map((one) =>
        replaced.has(one.path) && one.action !== 'drop'
          ? {
              ...one,
              action: 'drop',
              kept: 0,
              rule: 'option/--pyc only',
              because: 'Its bytecode travels in its place.',
            }
          : one,
      ),
    },
  };
}

function roomFor(plan: PackPlan, beside?: Beside): Room {
  if (plan.strategy === 'directory')
    return { unzipped: Number.POSITIVE_INFINITY, zipped: Number.POSITIVE_INFINITY };
  const unzipped = Math.max(0, unreservedLimit(beside) - plan.unzippedBytes);
  if (plan.bundles.some((bundle) => bundle.viaS3)) return { unzipped, zipped: Number.POSITIVE_INFINITY };
  if (plan.strategy !== 'direct') {
    // Packages are not split to the byte: leave a twentieth for the corners.
    return { unzipped, zipped: layersLeft(beside) * limits.directUpload * 0.95 - plan.zippedBytes };
  }
  const largest = Math.max(...plan.bundles.map((bundle) => bundle.zippedBytes));
  return { unzipped, zipped: limits.directUpload - largest };
}
