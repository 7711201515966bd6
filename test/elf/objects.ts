import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHeader, readProgramHeaders, segmentType } from '../../src/elf/format.js';
import { readSections } from '../../src/elf/sections.js';
import { bufferSource } from '../../src/elf/source.js';
import { planStrip } from '../../src/elf/strip.js';
import type { StripPlan } from '../../src/elf/strip.js';

export const folder = fileURLToPath(new URL('../../fixtures/elf/', import.meta.url));
export const fixturePath = (name: string): string => path.join(folder, name);
/** A fresh copy, so that a test may change it. */
export const fixture = (name: string): Uint8Array => Uint8Array.from(readFileSync(fixturePath(name)));

/** What can be stripped and loaded or run. */
export const loadable = [
  'plain.so',
  'align64k.so',
  'shared-page.so',
  'module.so',
  'module-old-hash.so',
  'patched.so',
  'unknown-section.so',
];
export const programs = ['program', 'program-fixed'];

export function apply(bytes: Uint8Array, plan: StripPlan): Uint8Array {
  const result = new Uint8Array(plan.bytes);
  for (const piece of plan.pieces) result.set(bytes.subarray(piece.from, piece.from + piece.bytes), piece.to);
  for (const patch of plan.patches) result.set(patch.bytes, patch.at);
  return result;
}

export function strip(bytes: Uint8Array): Uint8Array {
  const plan = planStrip(bufferSource(bytes));
  if ('skip' in plan) throw new Error(plan.skip);
  return apply(bytes, plan);
}

/** Write a little-endian number of `size` bytes. */
export function poke(bytes: Uint8Array, at: number, size: 1 | 2 | 4 | 8, value: number): void {
  let rest = BigInt(value);
  for (let index = 0; index < size; index++, rest >>= 8n) bytes[at + index] = Number(rest & 255n);
}

/** The file offset of the n-th PT_LOAD's program header (56 bytes: p_offset at 8, p_vaddr 16, p_filesz 32, p_memsz 40, p_align 48). */
export function loadHeader(bytes: Uint8Array, which: number): number {
  const header = readHeader(bufferSource(bytes))!;
  const indexes = readProgramHeaders(bufferSource(bytes), header).flatMap((segment, index) =>
    segment.type === segmentType.load ? [index] : [],
  );
  return Number(header.programHeaderOffset) + indexes[which]! * 56;
}

/** The file offset of a section's header (64 bytes: sh_flags at 8, sh_addr 16, sh_offset 24, sh_size 32, sh_link 40). */
export function sectionHeader(bytes: Uint8Array, name: string): number {
  const header = readHeader(bufferSource(bytes))!;
  const index = sectionNames(bytes).indexOf(name);
  return Number(header.sectionHeaderOffset) + index * 64;
}

export function sectionNames(bytes: Uint8Array): readonly string[] {
  const source = bufferSource(bytes);
  return readSections(source, readHeader(source)!).map((section) => section.name);
}
