/** Libraries that kept Python opens by name, and that nobody brings. Pure. */
import type { CodeModule, OpenedLibrary } from '../code/read.js';
import { finding, type Finding } from '../findings/findings.js';
import type { Inventory, PrunePlan, StagedFile } from '../model.js';
import type { OwnCode } from './code.js';
import type { ProvedSlim } from './prove.js';

/** What there is when it runs. */
export interface LibrarySurroundings {
  readonly inventory: Inventory;
  /** After everything that took files away or brought them back. */
  readonly plan: PrunePlan;
  readonly functionFiles: readonly StagedFile[];
  readonly ownCode: OwnCode;
  /** File names of libraries that Lambda or a layer has. */
  readonly provided: readonly string[];
}

interface Opening extends OpenedLibrary {
  readonly path: string;
  /** Null: the function's own code. */
  readonly distribution: string | null;
  readonly sure: boolean;
}

/** Code for another system says so in its name. */
const elsewhere = /(?:^|[/_.])(?:osx|macos|darwin|mac|win32|windows|freebsd|cygwin)(?:[/_.]|$)/i;
/** Drivers of processors that Lambda has none of: code asks for these before. */
const driver = /^(?:lib)?(?:cuda|cudart|cudnn|cublas|nvidia|nvml|nvrtc|nvToolsExt|nccl|amdhip|hip|rocm)/;

export function libraryFindings(
  { openers, proved, touched }: Pick<ProvedSlim, 'openers' | 'proved' | 'touched'>,
  around: LibrarySurroundings,
): readonly Finding[] {
  const has = providedTo(around);
  const owners = new Map(around.inventory.entries.map((one) => [one.path, one.distribution]));
  const told = proved.findings.flatMap((one) =>
    one.code === 'import-lacks-library' ? [...one.args.libraries] : [],
  );
  const isTold = (name: string): boolean => told.some((library) => isNamed(library, name));
  const failed = new Set(proved.proof.failedBefore.map(({ module }) => topOf(module.replaceAll('.', '/'))));
  const hidden = proved.proof.librariesSeen === null;
  const tried = proved.proof.state !== 'not-proven';
  const openings = [
    ...openers.map((module) => ({ module, distribution: owners.get(module.path) ?? null })),
    ...around.ownCode.facts.modules.map((module) => ({ module, distribution: null })),
  ].flatMap(({ module, distribution }) =>
    missingOf(module, (names) => names.some(has) || names.some(isTold)).flatMap((one): readonly Opening[] => {
      const reached = distribution === null || touched.has(module.path);
      // It was opened, or was not needed, when the module was imported, with nothing in sight that Lambda lacks.
      const proven = hidden && tried && touched.has(module.path) && !failed.has(topOf(module.path));
      if (one.when === 'always' && distribution !== null && proven) return [];
      const sure = one.when === 'always' ? reached || !tried : one.when === 'lazy' && reached;
      return [{ ...one, path: module.path, distribution, sure }];
    }),
  );
  return [
    ...grouped(openings.filter(({ sure }) => sure)).map((args) => finding('library-by-name', args)),
    ...grouped(openings.filter(({ sure }) => !sure)).map((args) => finding('library-by-name-unsure', args)),
  ];
}

function missingOf(
  { path, libraries }: CodeModule,
  isThere: (names: readonly string[]) => boolean,
): readonly OpenedLibrary[] {
  if (elsewhere.test(path)) return [];
  return libraries.filter(
    ({ names, when }) => when !== 'weak' && !names.some((name) => driver.test(name)) && !isThere(names),
  );
}

const topOf = (path: string): string => path.split('/', 1)[0]?.replace(/\.py$/, '') ?? '';

/** Whether a file of that name is what a name stands for: the file's own, or one without `lib` and `.so`. */
const isNamed = (file: string, name: string): boolean => file === name || file.startsWith(`lib${name}.so`);

function providedTo({
  inventory,
  plan,
  functionFiles,
  provided,
}: LibrarySurroundings): (name: string) => boolean {
  const dropped = new Set(plan.decisions.filter(({ action }) => action === 'drop').map(({ path }) => path));
  const kept = inventory.entries.filter(({ path }) => !dropped.has(path));
  const files = [
    ...provided,
    ...kept.flatMap(({ path, elf }) => [baseOf(path), ...(elf?.soname ? [elf.soname] : [])]),
    ...functionFiles.map(({ path }) => baseOf(path)),
  ].filter((name) => /\.so(?:\.|$)/.test(name));
  return (name) => files.some((file) => isNamed(file, name));
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** One for each distribution, with the place of its first. */
function grouped(openings: readonly Opening[]): readonly {
  readonly distribution: string | null;
  readonly libraries: readonly string[];
  readonly path: string;
  readonly line: number;
}[] {
  const groups = Map.groupBy(openings, (one) => one.distribution);
  return [...groups].flatMap(([distribution, all]) => {
    const [first] = all;
    if (first === undefined) return [];
    const libraries = [...new Set(all.map(({ names }) => fileName(names)))];
    return [{ distribution, libraries, path: first.path, line: first.line }];
  });
}

function fileName(names: readonly string[]): string {
  const [first = ''] = names;
  return first.includes('.so') ? first : `lib${first}`;
}
