/** Small files that cost gigabytes or minutes: time and memory are bounded by the file's own size. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { leftAlone, stripFile } from '../../src/io/elf-file.js';
import { proveStrip } from '../../src/elf/prove.js';
import { bufferSource } from '../../src/elf/source.js';
import { planStrip } from '../../src/elf/strip.js';
import { run } from '../program.js';
import { bombs } from './made.js';
import { fixture, loadHeader, poke, strip } from './objects.js';

let work = '';
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'elf-bombs-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** Looks at a file and tries to strip it, in a process whose heap ends at 64 MB above what Node itself needs. */
const look = `
const { inspectFile, stripFile } = await import(process.argv[1]);
const before = process.memoryUsage.rss();
let most = before;
const timer = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 5);
const { elf } = await inspectFile(process.argv[2]);
most = Math.max(most, process.memoryUsage.rss());
const result = await stripFile(process.argv[2], process.argv[3]);
most = Math.max(most, process.memoryUsage.rss());
clearInterval(timer);
const facts = JSON.stringify(elf).length;
const cpu = process.cpuUsage();
console.log(JSON.stringify({ grown: most - before, facts, because: result.because, cpu }));
`;
const module = path.resolve('dist/io/elf-file.js');

test.each(Object.keys(bombs))('%s', async (name) => {
  const file = path.join(work, `${name}.so`);
  await writeFile(file, bombs[name]!());
  const { size } = await stat(file);
  const answer = await run(
    process.execPath,
    ['--input-type=module', '-e', look, module, file, `${file}.out`],
    {
      timeout: 50_000,
    },
  );
  expect(answer).toMatchObject({ ok: true });
  const { grown, facts, because, cpu } = JSON.parse(answer.stdout) as {
    grown: number;
    facts: number;
    because?: string;
    cpu: NodeJS.CpuUsage;
  };
  expect(grown).toBeLessThan((64 << 20) + 2 * size);
  expect(facts).toBeLessThan(5 << 20);
  expect(because).toEqual(expect.any(String));
  // Of the processor, so that other programs do not count; a second is Node's own.
  expect((cpu.user + cpu.system) / 1e6).toBeLessThan(5);
});

test('a sparse file of 5 GB is left alone without being read, and holds nobody up', async () => {
  const file = path.join(work, 'sparse.so');
  const handle = await open(file, 'w');
  await handle.write(fixture('plain.so'));
  await handle.truncate(5 * 2 ** 30);
  await handle.close();
  let longest = 0;
  let last = process.cpuUsage();
  const look = (): void => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1000);
    last = process.cpuUsage();
  };
  const timer = setInterval(look, 5);
  const because = leftAlone(file);
  const result = await stripFile(file, `${file}.out`);
  clearInterval(timer);
  look();
  expect(because).toMatch(/^it holds 5368[\d]+ bytes at \d+ that no header tells about$/);
  expect(result).toEqual({ stripped: false, because });
  expect(longest).toBeLessThan(200);
});

const align = 48;
const offset = 8;

test.each([2n ** 31n, 2n ** 56n, 2n ** 60n, 2n ** 63n])('an alignment of %d is left alone', (value) => {
  const bytes = fixture('plain.so');
  Buffer.from(bytes.buffer).writeBigUInt64LE(value, loadHeader(bytes, 1) + align);
  expect(planStrip(bufferSource(bytes))).toEqual({ skip: 'a segment has an impossible alignment' });
});

test('the proof counts in 64 bits: half a page beside an alignment of 2^60 is found', () => {
  const bytes = fixture('plain.so');
  const after = strip(bytes);
  for (const target of [bytes, after]) {
    const header = loadHeader(target, 1);
    Buffer.from(target.buffer).writeBigUInt64LE(2n ** 60n + 0x1000n, header + 16);
    Buffer.from(target.buffer).writeBigUInt64LE(2n ** 60n, header + align);
  }
  // For a double, 2^60 + 0x80 is 2^60.
  poke(after, loadHeader(after, 1) + offset, 8, 0xf80);
  expect(proveStrip(bufferSource(bytes), bufferSource(after))).toMatch(/alignment wants it/);
});

test('the proof finds a segment for relocations that moved within its own', () => {
  const bytes = fixture('plain.so');
  const after = strip(bytes);
  const view = Buffer.from(after.buffer);
  const headers = Array.from({ length: view.readUInt16LE(0x38) }, (_, index) => 64 + 56 * index);
  const at = headers.find((one) => view.readUInt32LE(one) === 0x6474e552)!;
  poke(after, at + offset, 8, Number(view.readBigUInt64LE(at + offset)) - 64);
  expect(proveStrip(bufferSource(bytes), bufferSource(after))).toMatch(/moved within its segment|bytes of/);
});
