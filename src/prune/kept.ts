/** What is wrong with the binaries and the metadata that are kept. Pure. */
import { isMusl, tooNew } from '../elf/read.js';
import { finding } from '../findings/findings.js';
import type { Finding } from '../findings/findings.js';
import type { Decision, Entry, Inventory, PrunePlan, Target } from '../model.js';
import { libraryIndex } from '../inventory/libraries.js';

/** Only of what travels: what is dropped cannot hurt. In order of path. */
export function checkKept(
  inventory: Inventory,
  decisions: readonly Decision[],
  target: Target,
): readonly Finding[] {
  const dropped = new Set(
    decisions.filter(({ action }) => action === 'drop' || action === 'stub').map((one) => one.path),
  );
  const entries = inventory.entries.filter((entry) => !dropped.has(entry.path));
  const libraries = libraryIndex({ entries });
  const provided = new Set(target.providedLibraries);
  const bundled = (entry: Entry, library: string): boolean => libraries.find(entry, library).length > 0;
  const rules = new Map(decisions.map(({ path, rule }) => [path, rule]));
  const all = libraryIndex(inventory);
  const takenBy: TakenBy = (entry, library) => {
    const taken = all.find(entry, library).find(({ path }) => rules.get(path)?.startsWith('option/'));
    const rule = rules.get(taken?.path ?? '');
    return taken && rule !== undefined
      ? { taken: { option: rule.replace('option/', ''), path: taken.path } }
      : {};
  };
  return [
    ...entries.flatMap((entry) => checkBinary(entry, target, provided, bundled, takenBy)),
    ...recordsMissing(inventory, dropped),
  ];
}

const codes: ReadonlySet<Finding['code']> = new Set([
  'foreign-binary',
  'wrong-architecture',
  'musl-binary',
  'symbol-too-new',
  'library-missing',
  'record-missing',
]);

/** The plan with these findings made anew: `dropOrphans` and `restore` change what is kept. */
export function recheck(inventory: Inventory, plan: PrunePlan, target: Target): PrunePlan {
  const others = plan.findings.filter(({ code }) => !codes.has(code));
  return { ...plan, findings: [...others, ...checkKept(inventory, plan.decisions, target)] };
}

/** The user's option that took a library from a binary, and the library's path; empty when none did. */
type TakenBy = (
  entry: Entry,
  library: string,
) => { readonly taken?: { readonly option: string; readonly path: string } };

function checkBinary(
  entry: Entry,
  target: Target,
  provided: ReadonlySet<string>,
  bundled: (entry: Entry, library: string) => boolean,
  takenBy: TakenBy,
): readonly Finding[] {
  const { path, distribution, elf } = entry;
  if (entry.kind === 'foreign') {
    return [finding('foreign-binary', { path, format: entry.format ?? 'foreign', distribution })];
  }
  // A relocatable object is never loaded; a file whose headers cannot be read is not judged.
  if (!elf || elf.type === 'relocatable') return [];
  if (elf.machine !== target.architecture || elf.bits !== 64) {
    return [
      finding('wrong-architecture', {
        path,
        machine: elf.machine,
        wanted: target.architecture,
        distribution,
      }),
    ];
  }
  if (isMusl(elf)) return [finding('musl-binary', { path, distribution })];
  const newest = tooNew(elf, target.ceilings).find(({ library }) => !bundled(entry, library));
  const missing = elf.needed.filter((library) => !provided.has(library) && !bundled(entry, library));
  return [
    ...(newest
      ? [finding('symbol-too-new', { path, version: newest.version, ceiling: newest.ceiling, distribution })]
      : []),
    ...missing.map((library) =>
      finding('library-missing', { path, library, distribution, ...takenBy(entry, library) }),
    ),
  ];
}

function recordsMissing(inventory: Inventory, dropped: ReadonlySet<string>): readonly Finding[] {
  const present = new Set(inventory.entries.map((entry) => entry.path));
  const folders = new Set(
    [...present].filter((path) => !dropped.has(path)).map((path) => path.split('/', 1)[0]),
  );
  const left = inventory.distributions.filter(
    ({ folder }) => folders.has(folder) && !present.has(`${folder}/RECORD`),
  );
  return left.map(({ name }) => finding('record-missing', { distribution: name }));
}
