/** Third stage of a build: what is kept imports as it did before, or what is needed comes back. */
import { readCode, type CodeModule } from '../code/read.js';
import type { Confined } from '../confine/confine.js';
import { prove, type Proved, type ProveOptions } from '../prove/prove.js';
import { looseModules } from './amended.js';
import { mountedFor } from './other-layers.js';
import { copyTree, type TreeCopy } from '../stage/copy.js';
import { compileAll, compileMore, type BytecodeOptions } from '../stage/compile.js';
import type { Compiled } from '../stage/choose.js';
import type { World } from '../world.js';
import type { Prepared } from './prepare.js';
import type { Slimmed } from './slim.js';

export interface ProvedSlim {
  readonly proved: Proved;
  /** Bytecode that could travel; empty for `--pyc none`, and where nothing can compile. */
  readonly compiled: readonly Compiled[];
  /** Files of the tree that imports opened: bytecode pays most for these. */
  readonly touched: ReadonlySet<string>;
  /** What kept files say that open libraries by name. */
  readonly openers: readonly CodeModule[];
  /** Null for `--pyc none`, and where nothing can compile. */
  readonly compiling: BytecodeOptions | null;
  readonly proveOptions: ProveOptions;
  /** The untouched tree as unconfined code sees it; null when it is confined or does not run. */
  readonly copy: TreeCopy | null;
}

function howConfined({ confinement, seeingAll, ownLibraries }: Confined): Partial<ProveOptions> {
  const { by: confinedBy, librariesSeen } = confinement;
  return { confinedBy, librariesSeen, seeingAll, ownLibraries };
}

/** @throws SlimError `bytecode-failed`, `bad-archive`, `unusable-file`; the signal's reason */
export async function proveSlim(prepared: Prepared, slimmed: Slimmed, world: World): Promise<ProvedSlim> {
  const { request, target, recipes, resolution, interpreter, confined } = prepared;
  const { cache, progress, signal } = world;
  const { inventory, staged, codeModules, codeNames, stageOptions, roomForBytecode: most } = slimmed;
  const compiling =
    interpreter !== null && request.pyc !== 'none' ? { cache, progress, signal, interpreter } : null;
  // Compiled first: the proof imports everything several times, and bytecode spares it most of that time.
  const early = compiling === null ? [] : await compileAll(staged.files, { ...compiling, most });
  // Where nothing confines them, packages are imported from copies alone.
  const copy = confined?.confinement.by === 'none' ? await copyTree(inventory, world) : null;
  const proveOptions = {
    ...{ cache, progress, signal, target, recipes, codeModules, codeNames },
    interpreter: confined?.interpreter ?? interpreter,
    ...(confined === null ? {} : howConfined(confined)),
    ...(copy === null ? {} : { untouched: copy.folder }),
    layers: await mountedFor(prepared.layers, confined, target.python, world),
    compiled: early,
    vendored: looseModules(prepared.amendments.vendored, inventory),
    environment: request.environment,
    wanted: request.proof,
    stage: stageOptions,
  };
  const proved = await prove(inventory, resolution, staged, proveOptions);
  const touched = new Set(proved.touched);
  const compiled =
    compiling === null ? [] : await compileMore(early, proved.staged.files, { ...compiling, touched, most });
  const openers = proved.staged.files.filter(({ path }) => slimmed.openers.has(path));
  const { modules } = await readCode(openers, interpreter, {
    ...{ python: target.python, own: false, signal },
  });
  return { proved, compiled, touched, openers: modules, compiling, proveOptions, copy };
}
