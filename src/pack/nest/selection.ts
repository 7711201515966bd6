/** From compressed groups to what is nested, and all that follows from it: the archive's layout, links, libraries. Pure. */
import { limits } from '../../limits.js';
import type { BuildRequest, Entry, PayloadIndex, StagedFile } from '../../model.js';
import type { Group } from './candidates.js';
import type { PackedUnit } from '../payload/frames.js';
import { loadOrder } from './libraries.js';
import { chooseNested, type Candidate, type Choice } from '../plan/nest.js';
import { payloadIndex } from '../payload/layout.js';
import type { IndexFacts } from '../payload/layout.js';
import { layoutPayload } from '../payload/layout.js';
import type { PayloadLayout } from '../payload/layout.js';
import { planTree, topOf } from './tree.js';
import { unzippedSize } from '../zip/size.js';

/** A group with its frames. */
export interface Ready extends Group {
  readonly unit: PackedUnit;
}

export interface SelectInput {
  readonly request: Pick<BuildRequest, 'codec' | 'ephemeralStorage'>;
  /** All that travels: dependencies, bytecode and the function's code. */
  readonly files: readonly StagedFile[];
  /** The inventory's entries of these. */
  readonly entries: readonly Entry[];
  readonly boot: readonly StagedFile[];
  /** What stays must be smaller, unzipped; equal is too much. Default: Lambda's limit. */
  readonly limit?: number;
}

export interface Selection extends Pick<PayloadIndex, 'libraries' | 'tree' | 'modules'> {
  readonly groups: readonly Ready[];
  /** Paths that lie in the payload's `lib/`. */
  readonly outside: ReadonlySet<string>;
  readonly layout: PayloadLayout;
}

export type Selected =
  { readonly ok: true; readonly selection: Selection } | Extract<Choice, { readonly ok: false }>;

/** An entry of the index, a tar header, its frame: bytes for each file and frame. */
const listedBytes = 180;

/** For links of the tree, at first. */
const firstSpare = 64 * 1024;

/**
 * Choose so that all limits are kept, also with the index, whose size follows from the choice.
 * @param inBucket the payload does not count, as it is not in the package
 * @returns at least one group when there is any, even if everything would fit as it is
 */
export function select(ready: readonly Ready[], input: SelectInput, inBucket: boolean): Selected {
  const plain = unzippedSize(input.files) + unzippedSize(input.boot);
  let spare = firstSpare;
  for (;;) {
    const choice = choose(ready, plain + spare, input, inBucket);
    if (!choice.ok) return choice;
    const selection = describe(
      withFollowers(
        ready.filter((one) => choice.names.has(one.name)),
        ready,
        input,
      ),
      input,
    );
    const nested = unzippedSize(selection.groups.flatMap((one) => one.files));
    const payload = inBucket ? 0 : selection.layout.payloadBytes;
    const over = plain - nested + payload + indexBytes(selection) - ((input.limit ?? limits.unzipped) - 1);
    if (over <= 0) return { ok: true, selection };
    // Each time more room is asked for, so it ends: at last there is not so much.
    spare += over + 4096;
  }
}

function choose(ready: readonly Ready[], plainBytes: number, input: SelectInput, inBucket: boolean): Choice {
  const [followers, free] = [ready.filter((one) => one.follows), ready.filter((one) => !one.follows)];
  const candidates = free.map(({ name, way, bytes, files, unit }): Candidate => ({
    name,
    bytes,
    packedBytes: (inBucket ? 0 : unit.packedBytes) + listedBytes * (files.length + unit.frames.length + 1),
    files: files.length,
    way,
  }));
  const choice = chooseNested(candidates, {
    plainBytes,
    ...(input.limit === undefined ? {} : { limit: input.limit }),
    // All of them: a few hundred kilobytes at most.
    ephemeralBytes:
      input.request.ephemeralStorage * 2 ** 20 - followers.reduce((sum, one) => sum + one.bytes, 0),
    linked: (names) => {
      const tree = treeOf(
        ready.filter((one) => names.has(one.name)),
        input,
      );
      return tree === null ? 0 : tree.folders.length + tree.links.length;
    },
  });
  if (!choice.ok || choice.names.size > 0) return choice;
  // It would fit as it is, but a payload was asked for: the one that frees the most.
  const [best] = [...candidates].sort(
    (a, b) => b.bytes - b.packedBytes - (a.bytes - a.packedBytes) || (a.name < b.name ? -1 : 1),
  );
  return best ? { ok: true, names: new Set([best.name]), bytes: best.bytes } : choice;
}

/** Those of the top-level packages that are in the tree come along. */
function withFollowers(
  chosen: readonly Ready[],
  ready: readonly Ready[],
  input: SelectInput,
): readonly Ready[] {
  const tree = treeOf(chosen, input);
  const tops = new Set([...(tree?.folders ?? []), ...(tree?.links ?? [])].map(topOf));
  return [...chosen, ...ready.filter((one) => one.follows && tops.has(topOf(one.name)))];
}

function describe(chosen: readonly Ready[], input: SelectInput): Selection {
  // Libraries first: they are loaded while nothing else can go on.
  const groups = [...chosen].sort(
    (a, b) => Number(a.way === 'tree') - Number(b.way === 'tree') || (a.name < b.name ? -1 : 1),
  );
  const [outside, inTree] = [pathsOf(groups, 'library'), pathsOf(groups, 'tree')];
  return {
    groups,
    outside,
    layout: layoutPayload(
      groups.map((one) => one.unit),
      input.request.codec,
    ),
    libraries: loadOrder(input.entries, outside, inTree),
    tree: treeOf(groups, input),
    modules: [...new Set([...outside, ...inTree].map((file) => topOf(file).replace(/\.libs$/, '')))].sort(),
  };
}

function treeOf(groups: readonly Group[], { files, entries }: SelectInput): PayloadIndex['tree'] {
  const python = files.filter((file) => file.place === 'python').map((file) => file.path);
  return planTree(python, entries, pathsOf(groups, 'tree'), pathsOf(groups, 'library'));
}

/** Of the index file. The bucket and the payload's checksum are not known yet: as long as they can be. */
function indexBytes({ layout, libraries, tree, modules }: Selection): number {
  const facts: IndexFacts = {
    codec: layout.codec,
    payload: { file: 'payload.tar.zst', bytes: layout.payloadBytes, sha256: '0'.repeat(64) },
    s3: { bucket: 'b'.repeat(63), key: 'k'.repeat(1024), region: 'r'.repeat(32) },
    libraries,
    tree,
    modules,
  };
  return Buffer.byteLength(JSON.stringify(payloadIndex(layout, facts)));
}

function pathsOf(groups: readonly Group[], way: Group['way']): ReadonlySet<string> {
  return new Set(
    groups.filter((one) => one.way === way).flatMap((one) => one.files.map((file) => file.path)),
  );
}
