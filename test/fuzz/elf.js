// Libraries with fields, headers and bytes changed: what reads them refuses or agrees, and what is stripped and proven
// loads exactly when it loaded before.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { proveStrip } from '../../dist/elf/prove.js';
import { readElf } from '../../dist/elf/read.js';
import { bufferSource } from '../../dist/elf/source.js';
import { planStrip } from '../../dist/elf/strip.js';

const all64 = (1n << 64n) - 1n;
const borders = [
  0n,
  1n,
  2n,
  7n,
  0xffn,
  0xfffn,
  0x1000n,
  0xffffn,
  0x10000n,
  0x200000n,
  0x7fffffffn,
  0x80000000n,
]
  .concat([0xffffffffn, 1n << 32n, 1n << 52n, (1n << 53n) - 1n, 1n << 53n, (1n << 53n) + 1n, 1n << 56n])
  .concat([1n << 60n, (1n << 63n) - 1n, 1n << 63n, all64, all64 - 7n, all64 - 0xfffn]);
const steps = [1n, -1n, 8n, -8n, 16n, 64n, -64n, 4096n, -4096n, 65_536n];

/** Offsets and sizes of fields, from the ABI. */
const header = [
  [4, 1],
  [5, 1],
  [16, 2],
  [18, 2],
  [24, 8],
  [32, 8],
  [40, 8],
  [52, 2],
  [54, 2],
  [56, 2],
  [58, 2],
  [60, 2],
  [62, 2],
];
const segment = [
  [0, 4],
  [4, 4],
  [8, 8],
  [16, 8],
  [24, 8],
  [32, 8],
  [40, 8],
  [48, 8],
];
const section = [
  [0, 4],
  [4, 4],
  [8, 8],
  [16, 8],
  [24, 8],
  [32, 8],
  [40, 4],
  [44, 4],
  [48, 8],
  [56, 8],
];

function put(random, bytes, at, size) {
  if (at < 0 || at + size > bytes.length) return;
  const read = {
    1: () => BigInt(bytes[at]),
    2: () => BigInt(bytes.readUInt16LE(at)),
    4: () => BigInt(bytes.readUInt32LE(at)),
    8: () => bytes.readBigUInt64LE(at),
  };
  const any = (BigInt(random.number(2 ** 31)) << 33n) | BigInt(random.number(2 ** 31));
  const value = random.chance(3)
    ? random.pick(borders)
    : random.chance(2)
      ? any >> BigInt(random.number(64))
      : (read[size]() + random.pick(steps)) & all64;
  const mask = (1n << BigInt(8 * size)) - 1n;
  if (size === 8) bytes.writeBigUInt64LE(value & all64, at);
  else bytes.writeUIntLE(Number(value & mask), at, size);
}

function dynamicOf(bytes, table, count) {
  for (let index = 0; index < count; index++) {
    const at = table + 56 * index;
    if (at + 56 <= bytes.length && bytes.readUInt32LE(at) === 2)
      return [Number(bytes.readBigUInt64LE(at + 8)), Number(bytes.readBigUInt64LE(at + 32))];
  }
  return [0, 0];
}

function change(random, original) {
  let bytes = Buffer.from(original);
  const segments = Number(bytes.readBigUInt64LE(0x20));
  const sections = Number(bytes.readBigUInt64LE(0x28));
  const [segmentCount, sectionCount] = [bytes.readUInt16LE(0x38), bytes.readUInt16LE(0x3c)];
  for (let left = 1 + random.number(3); left > 0 && bytes.length >= 64; left--) {
    const kind = random.number(12);
    if (kind === 0) put(random, bytes, ...random.pick(header));
    else if (kind <= 3) {
      const [at, size] = random.pick(segment);
      put(random, bytes, segments + 56 * random.number(segmentCount) + at, size);
    } else if (kind <= 6) {
      const [at, size] = random.pick(section);
      put(random, bytes, sections + 64 * random.number(sectionCount) + at, size);
    } else if (kind === 7) {
      const [at, size] = dynamicOf(bytes, segments, segmentCount);
      if (size > 0) put(random, bytes, at + 8 * random.number(size / 8), 8);
    } else if (kind === 8) bytes = bytes.subarray(0, random.number(bytes.length));
    else if (kind === 9) bytes[random.number(bytes.length)] ^= 1 << random.number(8);
    else if (kind === 10) {
      const [table, count, size] = random.chance(2)
        ? [segments, segmentCount, 56]
        : [sections, sectionCount, 64];
      const from = table + size * random.number(count);
      if (from + size <= bytes.length)
        bytes.copy(bytes, table + size * random.number(count), from, from + size);
    } else if (random.chance(2))
      bytes = Buffer.concat([bytes, Buffer.alloc(random.number(5000), random.pick([0, 0, 0x90, 0x50]))]);
    else {
      const at = random.number(bytes.length);
      bytes.fill(0, at, Math.min(bytes.length, at + random.number(4096)));
    }
  }
  return bytes;
}

function apply(bytes, plan) {
  const result = Buffer.alloc(plan.bytes);
  for (const piece of plan.pieces) bytes.copy(result, piece.to, piece.from, piece.from + piece.bytes);
  for (const patch of plan.patches) result.set(patch.bytes, patch.at);
  return result;
}

/** Each file is opened in a process of its own, as nobody: its code may be anything now. */
const loader = `
import ctypes, os, signal, sys
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2): os.dup2(null, number)
        if os.geteuid() == 0:
            os.setgroups([]); os.setgid(65534); os.setuid(65534)
        try:
            ctypes.CDLL(line.rstrip("\\n"))
        except OSError:
            os._exit(3)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
`;

/** @returns {Promise<number[]>} how each ended: 0 when it loaded */
function load(python, files) {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', loader], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.on('error', reject).on('close', () => resolve(output.trim().split('\n').map(Number)));
    child.stdin.end(files.map((file) => `${file}\n`).join(''));
  });
}

/** Real libraries that this host can load by itself come first. */
export function seedsIn(folders, largest = 2_500_000) {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .sort()
      .map((name) => path.join(folder, name))
      .filter((file) => /\.so(?:\.|$)/.test(file) || /(?:program|program-fixed)$/.test(file))
      .map((file) => ({ name: path.basename(file), bytes: readFileSync(file) }))
      .filter(
        ({ bytes }) =>
          bytes.length < largest && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1,
      ),
  );
}

/**
 * @param {{ random: import('./random.js').Random, count: number, seeds: { name: string, bytes: Buffer }[], folder: string,
 *   python: string | null, fail: (what: string, bytes: Buffer) => void }} given `sample`: at most so many pairs are loaded
 */
export async function fuzzElf({ random, count, sample, seeds, folder, python, fail, deadline }) {
  const pairs = path.join(folder, 'pairs');
  mkdirSync(pairs, { recursive: true, mode: 0o755 });
  const counts = { mutations: 0, 'left alone': 0, proven: 0, refused: 0, loaded: 0 };
  const kept = [];
  const every = Math.max(1, Math.round(count / Math.max(1, sample) / 4));
  for (; counts.mutations < count && Date.now() < deadline; counts.mutations++) {
    const seed = random.pick(seeds);
    const bytes = change(random, seed.bytes);
    const began = process.cpuUsage();
    try {
      const source = bufferSource(bytes);
      const facts = readElf(source);
      const plan = planStrip(source);
      if ('skip' in plan) counts['left alone']++;
      else {
        const stripped = apply(bytes, plan);
        const after = bufferSource(stripped);
        if (proveStrip(source, after) !== null) counts.refused++;
        else {
          counts.proven++;
          if (stripped.length >= bytes.length) fail(`${seed.name} did not become smaller`, bytes);
          if (JSON.stringify(readElf(after)) !== JSON.stringify(facts))
            fail(`${seed.name} tells something else`, bytes);
          if (kept.length < sample && bytes.length < 800_000 && random.chance(every)) {
            const place = path.join(pairs, String(kept.length));
            writeFileSync(`${place}.a.so`, bytes, { mode: 0o755 });
            writeFileSync(`${place}.b.so`, stripped, { mode: 0o755 });
            kept.push(place);
          }
        }
      }
    } catch (error) {
      fail(`${seed.name}: ${error.stack}`, bytes);
    }
    const { user, system } = process.cpuUsage(began);
    if (user + system > 2_000_000) fail(`${seed.name} took ${(user + system) / 1e6} s`, bytes);
  }
  if (python !== null && kept.length > 0) {
    const ends = await load(
      python,
      kept.flatMap((place) => [`${place}.a.so`, `${place}.b.so`]),
    );
    for (const [index, place] of kept.entries()) {
      const [before, after] = [ends[2 * index], ends[2 * index + 1]];
      if (before === undefined || after === undefined || before !== after)
        fail(`loads with ${before}, and stripped with ${after}`, readFileSync(`${place}.a.so`));
      if (before === 0) counts.loaded++;
    }
    counts['loads compared'] = kept.length;
    // Whatever is changed, many still load: a sample of none has compared nothing.
    if (counts.loaded === 0) fail('no library of the sample loads, so nothing was compared', Buffer.alloc(0));
  }
  rmSync(pairs, { recursive: true, force: true });
  return counts;
}
