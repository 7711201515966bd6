/** The double zip of a build: bytecode of what imports load, then the payload, then the plan of what stays plain. */
import picomatch from 'picomatch';
import { SlimError } from '../errors.js';
import type { Entry, Inventory, StagedFile } from '../model.js';
import { chooseBytecode } from '../stage/choose.js';
import { findMentions } from '../inventory/mentions.js';
import { libraryNames, patternMatches } from '../prune/orphans.js';
import { writeRecords, type Staged } from '../stage/stage.js';
import type { Recipe } from '../recipes/recipe.js';
import { filesBehindLinks } from './nest/behind-links.js';
import { nest, type NestContext, type NestInput } from './nest/double-zip.js';
import { largeFileBytes } from './payload/frames.js';
import { neededOnly } from './nest/libraries.js';
import { packFiles } from './compress/pack-files.js';
import { planPack } from './plan/plan.js';
import { nothingBeside, takesReserve } from './plan/room.js';
import { topOf } from './nest/tree.js';
import { withoutSources, type Packing, type PackInput } from './with-bytecode.js';

export interface PayloadInput extends PackInput {
  readonly recipes: readonly Recipe[];
  readonly boot: readonly StagedFile[];
}

/**
 * With `--pyc auto` the bytecode of what imports load travels, too: compiling it at each start takes longer than unpacking
 * the little more that is nested for it (torch: 1.4 s against 0.1 s). When it does not fit, or only into what is kept free
 * for the function's code, nothing of it does.
 * @throws SlimError `nothing-to-build`, `nothing-to-nest`, `archive-differs`, `does-not-fit`, `path-clash`
 */
export async function packWithPayload(input: PayloadInput, context: NestContext): Promise<Packing> {
  const apart = {
    outside: await loadedByName(input, context),
    behindLinks: await filesBehindLinks(input.staged.files),
  };
  const bytecode = bytecodeFor(input);
  if (bytecode.length === 0 || input.request.pyc !== 'auto') return packed(input, bytecode, apart, context);
  try {
    const whole = await packed(input, bytecode, apart, context);
    if (!takesReserve(whole.plan, input.request.beside ?? nothingBeside)) return whole;
  } catch (error) {
    if (!(error instanceof SlimError) || error.code !== 'does-not-fit') throw error;
  }
  return packed(input, [], apart, context);
}

function bytecodeFor({ request, compiled, touched, cacheTag }: PayloadInput): readonly StagedFile[] {
  const wanted = request.pyc === 'auto' ? compiled.filter((one) => touched.has(one.path)) : compiled;
  const room = { unzipped: Number.POSITIVE_INFINITY, zipped: Number.POSITIVE_INFINITY };
  return chooseBytecode(wanted, request.pyc, touched, room, cacheTag);
}

async function packed(
  input: PayloadInput,
  bytecode: readonly StagedFile[],
  apart: Pick<NestInput, 'outside' | 'behindLinks'>,
  context: NestContext,
): Promise<Packing> {
  const { request, staged, functionFiles, folder, boot } = input;
  const listed = await listedWith(bytecode, input);
  const files = [...listed.files, ...bytecode, ...functionFiles];
  const nested = await nest(
    { request, files, entries: travelling(input.inventory, staged), ...apart, boot, folder },
    context,
  );
  const plain = await packFiles(nested.files, context);
  return { plan: planPack(plain, request, nested), bytecode, staged: listed };
}

async function listedWith(
  bytecode: readonly StagedFile[],
  { request, staged, inventory, compiled, folder }: PayloadInput,
): Promise<Staged> {
  if (bytecode.length === 0) return staged;
  const sources = request.pyc === 'only' ? withoutSources(staged, compiled) : staged;
  return writeRecords(sources, inventory, bytecode, { folder });
}

function travelling(inventory: Inventory, staged: Staged): readonly Entry[] {
  const kept = new Set(staged.files.map((file) => file.path));
  return inventory.entries.filter((entry) => kept.has(entry.path));
}

/** Libraries that no kept text names, or that a recipe vouches for: only their SONAME brings them to life. */
async function loadedByName(
  { inventory, staged, recipes }: PayloadInput,
  { progress }: NestContext,
): Promise<ReadonlySet<string>> {
  const entries = travelling(inventory, staged);
  const large = neededOnly(entries).filter((entry) => entry.bytes >= largeFileBytes);
  const vouched = picomatch(recipes.flatMap((recipe) => recipe.onlyNeeded ?? []));
  const candidates = large
    .filter((entry) => !vouched(entry.path))
    .map((entry) => ({ path: entry.path, distribution: entry.distribution, names: libraryNames(entry) }));
  // A binary that needs it has its name, too; that is how it is found, and no reason against it.
  const texts = { ...inventory, entries: inventory.entries.filter((entry) => entry.kind !== 'elf') };
  const { named, patterns } = await findMentions(texts, staged.plan, candidates, progress);
  const matchesPattern = ({ distribution, names }: (typeof candidates)[number]): boolean =>
    (patterns.get(distribution ?? '') ?? []).some(({ pattern }) => patternMatches(pattern, names));
  const opened = new Set(
    candidates
      .filter((one) => named.has(one.path) || (!isGrafted(one.path) && matchesPattern(one)))
      .map((one) => one.path),
  );
  return new Set(large.map((entry) => entry.path).filter((file) => !opened.has(file)));
}

/** auditwheel puts what a wheel's binaries need into `<name>.libs`, under names of its own: no code looks there for others. */
function isGrafted(file: string): boolean {
  return topOf(file).endsWith('.libs');
}
