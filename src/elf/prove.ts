/**
 * Proof that a stripped file is, to the loader, the file that it was. It shares no decision and no arithmetic with the
 * planner: it looks at both files with its own reader only. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { headerBytes, readRaw, segmentBytes, type RawFile, type RawSegment } from './raw.js';
import { readElfSteps } from './read.js';
import type { ByteSource } from './source.js';
import { finish, type Steps } from './steps.js';

const step = 1 << 20;
const loadType = 1;
const threadLocalType = 7;
const noBitsType = 8;
const allocated = 2n;

/**
 * Compare a file with its stripped form: the same program headers but for their offsets; equal bytes (compared one by one, which is
 * more than equal hashes) in every range that they cover; offsets still congruent to addresses; PT_LOAD segments in order; the same
 * facts from the dynamic section; sections that say the truth.
 * @returns null when all holds, or the first difference
 */
export function proveStrip(before: ByteSource, after: ByteSource): string | null {
  return finish(proveSteps(before, after));
}

/** `proveStrip` in steps of about a megabyte, so that a caller can let others work in between. */
export function* proveSteps(before: ByteSource, after: ByteSource): Steps<string | null> {
  try {
    const old = readRaw(before);
    const now = readRaw(after);
    const shape =
      compareHeaders(before, after, old, now) ?? checkLoads(after, old, now) ?? checkOthers(old, now);
    if (shape !== null) return shape;
    const mask = offsetFields(old);
    for (const [index, segment] of old.segments.entries()) {
      const target = now.segments[index]?.offset ?? 0n;
      const tableMoved = now.segmentsAt - target !== old.segmentsAt - segment.offset;
      if (holds(segment, old.segmentsAt) && tableMoved)
        return 'the program headers moved within their segment';
      const same = yield* sameBytes(before, after, segment, target, mask);
      if (!same) return `the bytes of program header ${index} differ`;
    }
    const sections = yield* compareSections(before, after, old, now);
    if (sections !== null) return sections;
    const facts = yield* readElfSteps(before);
    if (facts === null || !isDeepStrictEqual(facts, yield* readElfSteps(after)))
      return 'the dynamic section differs';
    return null;
  } catch (error) {
    if (error instanceof RangeError) return `a header points outside the file (${error.message})`;
    throw error;
  }
}

/** File offsets, end exclusive. */
interface Stretch {
  readonly from: bigint;
  readonly to: bigint;
}

const holds = ({ offset, bytes }: RawSegment, place: bigint): boolean =>
  place >= offset && place < offset + bytes;

/** The only fields that may change: e_phoff, e_shoff, e_shnum, e_shstrndx, and each p_offset. Offsets in the file itself. */
function offsetFields({ segmentsAt, segmentCount }: RawFile): readonly Stretch[] {
  return [
    { from: 0x20n, to: 0x30n },
    { from: 0x3cn, to: 0x40n },
    ...Array.from({ length: segmentCount }, (_, index) => {
      const from = segmentsAt + BigInt(index * segmentBytes + 8);
      return { from, to: from + 8n };
    }),
  ];
}

function compareHeaders(before: ByteSource, after: ByteSource, old: RawFile, now: RawFile): string | null {
  const masked = (source: ByteSource, file: RawFile, from: bigint, length: number): Uint8Array => {
    const bytes = Uint8Array.from(source.read(Number(from), length));
    blank(bytes, from, offsetFields(file));
    return bytes;
  };
  if (!isDeepStrictEqual(masked(before, old, 0n, headerBytes), masked(after, now, 0n, headerBytes)))
    return 'the ELF header differs';
  const length = old.segmentCount * segmentBytes;
  if (
    !isDeepStrictEqual(
      masked(before, old, old.segmentsAt, length),
      masked(after, now, now.segmentsAt, length),
    )
  )
    return 'the program headers differ in more than their offsets';
  return null;
}

/** Which PT_LOAD segments there are, by offset; equal ones in file order. */
function loadOrder({ segments }: RawFile): readonly number[] {
  return segments
    .flatMap((segment, index) => (segment.type === loadType ? [{ index, offset: segment.offset }] : []))
    .sort((a, b) => (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : a.index - b.index))
    .map(({ index }) => index);
}

function checkLoads(after: ByteSource, old: RawFile, now: RawFile): string | null {
  const order = loadOrder(now);
  if (!isDeepStrictEqual(loadOrder(old), order)) return 'the PT_LOAD segments lie in another order';
  let end = 0n;
  for (const index of order) {
    const load = now.segments[index];
    if (load === undefined) continue;
    // The kernel maps whole pages; the linker asked for no less than `align`.
    const page = load.align > 4096n ? load.align : 4096n;
    if ((load.address - load.offset) % page !== 0n)
      return 'a PT_LOAD segment is not where its alignment wants it';
    if (load.offset < end) return 'PT_LOAD segments overlap';
    end = load.offset + load.bytes;
    if (end > BigInt(after.size)) return 'a PT_LOAD segment ends outside the file';
  }
  return null;
}

/** What lies in a PT_LOAD segment moves with it, and thread-local storage keeps its alignment. */
function checkOthers(old: RawFile, now: RawFile): string | null {
  for (const [index, segment] of old.segments.entries()) {
    const moved = now.segments[index];
    if (segment.type === loadType || segment.bytes === 0n || moved === undefined) continue;
    for (const [home, load] of old.segments.entries()) {
      if (load.type !== loadType || !holds(load, segment.offset)) continue;
      const place = now.segments[home]?.offset ?? 0n;
      if (moved.offset - place !== segment.offset - load.offset)
        return `program header ${index} moved within its segment`;
    }
    const { address, align } = segment;
    const aligned = (offset: bigint): boolean => align <= 1n || (address - offset) % align === 0n;
    if (segment.type === threadLocalType && aligned(segment.offset) && !aligned(moved.offset))
      return 'thread-local storage is not where its alignment wants it';
  }
  return null;
}

function* sameBytes(
  before: ByteSource,
  after: ByteSource,
  { offset, bytes }: { readonly offset: bigint; readonly bytes: bigint },
  target: bigint,
  mask: readonly Stretch[],
): Steps<boolean> {
  if (offset + bytes > BigInt(before.size) || target + bytes > BigInt(after.size)) return false;
  const [size, from, to] = [bytes, offset, target].map(Number) as [number, number, number];
  const left = new Uint8Array(Math.min(step, size));
  const right = new Uint8Array(left.length);
  for (let done = 0; done < size; done += step) {
    const length = Math.min(step, size - done);
    const [one, other] = [left.subarray(0, length), right.subarray(0, length)];
    before.readInto(from + done, one);
    after.readInto(to + done, other);
    blank(one, BigInt(from + done), mask);
    blank(other, BigInt(from + done), mask);
    if (Buffer.compare(one, other) !== 0) return false;
    yield;
  }
  return true;
}

/** Zero what the mask covers; `bytes` stand at `start`. */
function blank(bytes: Uint8Array, start: bigint, mask: readonly Stretch[]): void {
  const end = start + BigInt(bytes.length);
  for (const { from, to } of mask)
    if (to > start && from < end)
      bytes.fill(0, Number(from > start ? from - start : 0n), Number((to < end ? to : end) - start));
}

/** Every section that is left has its old index and fields, and its offset fits; one outside segments has its old bytes. */
function* compareSections(
  before: ByteSource,
  after: ByteSource,
  old: RawFile,
  now: RawFile,
): Steps<string | null> {
  for (const [index, section] of now.sections.entries()) {
    if (section.type === 0 || index === now.namesIndex) continue;
    const was = old.sections[index];
    if (!was || !isDeepStrictEqual({ ...was, offset: 0n }, { ...section, offset: 0n }))
      return `section ${section.name} differs`;
    if (section.bytes === 0n || section.type === noBitsType) continue;
    if ((section.flags & allocated) !== 0n) {
      const home = now.segments.find(
        ({ type, address, bytes }) =>
          type === loadType && section.address >= address && section.address < address + bytes,
      );
      if (!home || home.offset + section.address - home.address !== section.offset)
        return `section ${section.name} is not where its address is`;
      continue;
    }
    const same = yield* sameBytes(before, after, was, section.offset, []);
    if (!same) return `the bytes of section ${section.name} differ`;
  }
  return null;
}
