/**
 * Makes a plan real, beside the resolved tree and never in it (law 4): untouched files stay where they are, stripped
 * ones come
 * from the cache, stubs and RECORDs are written anew. For the import proof, a tree of hard links shows exactly what travels.
 *
 * A hard link shares its bytes with the resolved tree (perhaps with uv's cache): nothing may ever write into the staged
 * tree.
 * What changes in it is removed and linked again.
 */
import { createHash } from 'node:crypto';
import { constants, copyFileSync, linkSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pMap from 'p-map';
import { finding } from '../findings/findings.js';
import type { Finding } from '../findings/findings.js';
import type { Cache } from '../io/cache.js';
import { exists } from '../io/exists.js';
import { copyWithHoles } from '../io/copy-file.js';
import type { Decision, Entry, Inventory, PrunePlan, StagedFile } from '../model.js';
import type { Progress } from '../progress.js';
import { rewriteRecord } from './record.js';
import type { NewContent } from './record.js';
import { stripAll } from './strip-cache.js';
import type { Stripped } from './strip-cache.js';
import { countText } from '../text/units.js';

export interface StageOptions {
  readonly cache: Cache;
  readonly progress: Progress;
  /** Absolute path of an empty folder for what is written; best on the cache's file system. */
  readonly folder: string;
  /** True: also make the tree of links, for imports. */
  readonly tree: boolean;
  /** What is in stubs, by path. Default: nothing. */
  readonly stubs?: ReadonlyMap<string, string>;
  /** True: make that tree of copies, as what imports it is not kept from writing. Default: hard links. */
  readonly copy?: boolean;
}

export interface Staged {
  /** Absolute path of a folder that holds exactly `files`; null when it was not asked for. Only to be read. */
  readonly tree: string | null;
  /** Sorted by path. */
  readonly files: readonly StagedFile[];
  /** The plan with what stripping did: action `strip` and the new size where it saved. */
  readonly plan: PrunePlan;
  /** Hex digests and sizes of stripped and stubbed files, by path. */
  readonly changed: ReadonlyMap<string, NewContent>;
}

const strippedBecause =
  'Symbol tables and debug sections are not loaded at run time; every byte that the loader maps is the same.';
/** How many files between two looks at the event loop (Ctrl-C, progress). */
const breath = 256;
/** A copy of less is faster without a promise. */
const largeBytes = 1 << 20;

/**
 * @throws the file system's error; SlimError `cache-unwritable`
 */
export async function stage(inventory: Inventory, plan: PrunePlan, options: StageOptions): Promise<Staged> {
  const tree = options.tree ? path.join(options.folder, 'tree') : null;
  if (tree !== null) await mkdir(tree);
  return advance(
    { tree, files: [], plan: { decisions: [], findings: [] }, changed: new Map() },
    inventory,
    plan,
    options,
  );
}

/**
 * After `restore`: stage what the new plan keeps and the old one did not. What is staged already costs nothing.
 * @param plan `restore`'s answer to `staged.plan`
 */
export async function restage(
  staged: Staged,
  inventory: Inventory,
  plan: PrunePlan,
  options: StageOptions,
): Promise<Staged> {
  return advance(staged, inventory, plan, options);
}

async function advance(
  before: Staged,
  inventory: Inventory,
  plan: PrunePlan,
  options: StageOptions,
): Promise<Staged> {
  const entries = new Map(inventory.entries.map((entry) => [entry.path, entry]));
  const known = new Map(before.files.map((file) => [file.path, file]));
  const fresh = plan.decisions.filter(({ action, path: name }) => action !== 'drop' && !known.has(name));
  const stripped = await stripFresh(inventory.root, fresh, entries, options);
  const changed = new Map(before.changed);
  const stubs = await writeStubs(fresh, options);
  const added = fresh.flatMap((decision): StagedFile[] => {
    const entry = entries.get(decision.path);
    if (!entry || decision.action === 'rewrite') return [];
    const full = path.join(inventory.root, entry.path);
    const { mode, distribution } = entry;
    const common = { path: entry.path, place: 'python', mode, distribution } as const;
    if (entry.link !== undefined)
      return [{ ...common, source: '', bytes: 0, link: entry.link, origin: 'tree' }];
    if (decision.action === 'stub') {
      const { source = '', ...content } = stubs.get(entry.path) ?? contentOf('');
      changed.set(entry.path, content);
      return [{ ...common, source, bytes: content.bytes, origin: 'stub' }];
    }
    const result = stripped.get(full);
    if (!result?.stripped) return [{ ...common, source: full, bytes: entry.bytes, origin: 'tree' }];
    changed.set(entry.path, { sha256: result.sha256, bytes: result.bytes, was: result.was });
    return [{ ...common, source: result.source, bytes: result.bytes, origin: 'stripped' }];
  });
  const isOurs = (file: StagedFile): boolean => file.origin !== 'record';
  const files = [...before.files.filter(isOurs), ...added].sort(byPath);
  if (before.tree !== null) await linkAll(before.tree, added, options);
  const decided = withStrips(withStubs(plan, changed), inventory.root, stripped);
  return writeRecords({ tree: before.tree, files, plan: decided, changed }, inventory, [], options);
}

/**
 * Write every RECORD anew. `stage` and `restage` do it; do it once more when files were added (bytecode).
 * @param added staged files that are not in `staged`; they are listed, not staged
 */
export async function writeRecords(
  staged: Staged,
  inventory: Inventory,
  added: readonly StagedFile[],
  options: Pick<StageOptions, 'folder' | 'copy'>,
): Promise<Staged> {
  const rewritten = staged.plan.decisions.filter((one) => one.action === 'rewrite');
  const rest = staged.files.filter((file) => file.origin !== 'record');
  const travels = new Set([...rest, ...added].map((file) => file.path));
  const ofDistribution = Map.groupBy(added, (file) => file.distribution);
  const entries = new Map(inventory.entries.map((entry) => [entry.path, entry]));
  const records = await pMap(
    rewritten,
    async (decision): Promise<StagedFile> => {
      const owner = entries.get(decision.path)?.distribution ?? null;
      const text = rewriteRecord(await readFile(path.join(inventory.root, decision.path), 'utf8'), {
        record: decision.path,
        travels: (name) => travels.has(name),
        changed: staged.changed,
        added: (ofDistribution.get(owner) ?? []).map((file) => file.path),
      });
      // A name by content: an older RECORD may be linked into the tree, and is never written again.
      const digest = createHash('sha256').update(decision.path).update(text).digest('hex');
      const source = path.join(options.folder, `record-${digest.slice(0, 32)}`);
      await writeFile(source, text);
      return {
        path: decision.path,
        place: 'python',
        source,
        bytes: Buffer.byteLength(text),
        mode: 0o644,
        distribution: owner,
        origin: 'record',
      };
    },
    { concurrency: 8 },
  );
  const { tree } = staged;
  if (tree !== null)
    for (const record of records) relink(record.source, path.join(tree, record.path), options.copy === true);
  const sizes = new Map(records.map((record) => [record.path, record.bytes]));
  const decisions = staged.plan.decisions.map((one): Decision => {
    const kept = sizes.get(one.path);
    return kept === undefined ? one : { ...one, kept };
  });
  return { ...staged, files: [...rest, ...records].sort(byPath), plan: { ...staged.plan, decisions } };
}

interface StubFile extends NewContent {
  /** Absolute. */
  readonly source?: string;
}

function contentOf(text: string): StubFile {
  return { sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
}

/** The stubs among these decisions, as files that are named by their content. */
async function writeStubs(
  fresh: readonly Decision[],
  { folder, stubs }: Pick<StageOptions, 'folder' | 'stubs'>,
): Promise<ReadonlyMap<string, StubFile>> {
  const made = new Map<string, StubFile>();
  for (const { action, path: name } of fresh) {
    if (action !== 'stub') continue;
    const text = stubs?.get(name) ?? '';
    const content = contentOf(text);
    const source = path.join(folder, `stub-${content.sha256.slice(0, 32)}`);
    // One that is there may be linked into the tree, and is never written again.
    if (!(await exists(source))) await writeFile(source, text);
    made.set(name, { ...content, source });
  }
  return made;
}

function withStubs(plan: PrunePlan, changed: ReadonlyMap<string, NewContent>): PrunePlan {
  const decisions = plan.decisions.map((one): Decision => {
    const bytes = one.action === 'stub' ? changed.get(one.path)?.bytes : undefined;
    return bytes === undefined || bytes === one.kept ? one : { ...one, kept: bytes };
  });
  return { ...plan, decisions };
}

/** Every binary that travels, by its bytes, is tried. */
async function stripFresh(
  root: string,
  fresh: readonly Decision[],
  entries: ReadonlyMap<string, Entry>,
  options: StageOptions,
): Promise<ReadonlyMap<string, Stripped>> {
  const binaries = fresh
    .map((decision) => entries.get(decision.path))
    .filter((entry) => entry?.kind === 'elf' && entry.link === undefined)
    .map((entry) => ({ source: path.join(root, entry?.path ?? ''), bytes: entry?.bytes ?? 0 }));
  if (binaries.length === 0) return new Map();
  const step = options.progress.start(
    'strip',
    binaries.reduce((sum, one) => sum + one.bytes, 0),
  );
  const stripped = await stripAll(binaries, options.cache, (bytes) => step.advance(bytes));
  step.end(countText(binaries.length, 'shared object'));
  return stripped;
}

function withStrips(plan: PrunePlan, root: string, stripped: ReadonlyMap<string, Stripped>): PrunePlan {
  const findings: Finding[] = [...plan.findings];
  const decisions = plan.decisions.map((one): Decision => {
    const result = one.action === 'drop' ? undefined : stripped.get(path.join(root, one.path));
    if (!result) return one;
    const why = one.rule === 'kept/default' ? '' : ` Kept by ${one.rule}: ${one.because}`;
    if (result.stripped) {
      return {
        ...one,
        action: 'strip',
        rule: 'strip/symbols',
        because: `${strippedBecause}${why}`,
        kept: result.bytes,
      };
    }
    if (result.because !== nothingToSave) {
      findings.push(finding('strip-skipped', { path: one.path, because: result.because }));
    }
    return { ...one, because: `${one.because} Not stripped: ${result.because}.` };
  });
  return { decisions, findings };
}

/** What `elf/strip.ts` says of a file that is stripped already: no news. */
const nothingToSave = 'there is nothing to save';

/** Thousands of small calls: without promises they take a fraction of the time. */
async function linkAll(
  tree: string,
  files: readonly StagedFile[],
  { progress, copy = false }: StageOptions,
): Promise<void> {
  const step = progress.start('stage', files.length);
  const made = new Set<string>();
  for (const [index, file] of files.entries()) {
    const place = path.join(tree, file.path);
    const folder = path.dirname(place);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    if (file.link !== undefined) symlinkSync(file.link, place);
    else if (copy && file.bytes >= largeBytes) await copyWithHoles(file.source, place);
    else if (!linkOrCopy(file.source, place, copy, file.bytes)) await copyWithHoles(file.source, place);
    step.advance(1);
    if (index % breath === 0) await setImmediate();
  }
  step.end(countText(files.length, 'file'));
}

/**
 * Other file system, too many links, links forbidden: then a copy (by reference where the file system can).
 * @param bytes of the file
 * @returns false when it has to be copied and is too large to be waited for
 */
function linkOrCopy(source: string, place: string, copy: boolean, bytes: number): boolean {
  const copied = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL;
  if (copy) {
    copyFileSync(source, place, copied);
    return true;
  }
  try {
    linkSync(source, place);
    return true;
  } catch (error) {
    if (
      !['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      )
    )
      throw error;
    if (bytes >= largeBytes) return false;
    copyFileSync(source, place, copied);
    return true;
  }
}

/** One file of a tree that is only read, at a place where nothing lies. @throws the file system's error */
export async function linkOrCopyFile(source: string, place: string, bytes: number): Promise<void> {
  if (!linkOrCopy(source, place, false, bytes)) await copyWithHoles(source, place);
}

function relink(source: string, place: string, copy: boolean): void {
  mkdirSync(path.dirname(place), { recursive: true });
  rmSync(place, { force: true });
  linkOrCopy(source, place, copy, 0);
}

function byPath(one: StagedFile, other: StagedFile): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}
