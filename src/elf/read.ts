/** Facts about one ELF file, for any host: nothing here needs binutils. Pure. */
import { gt } from '@renovatebot/pep440';
import { readDynamic } from './dynamic.js';
import { exportedModules } from './exports.js';
import { fileType, readHeader, readProgramHeaders, readString, segmentType } from './format.js';
import type { ProgramHeader } from './format.js';
import { fileOffset, type ByteSource } from './source.js';
import { finish, type Steps } from './steps.js';
import type { ElfFacts, SymbolCeilings } from '../model.js';

/** e_machine, https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html and its later list. */
const machines: Readonly<Record<number, string>> = { 62: 'x86_64', 183: 'arm64' };
const types: Readonly<Record<number, ElfFacts['type']>> = {
  [fileType.relocatable]: 'relocatable',
  [fileType.executable]: 'executable',
  [fileType.shared]: 'shared',
};

/**
 * @returns null when the bytes are no ELF file, or one whose headers or dynamic section point outside the file
 *   (truncated, damaged). Never throws for what the bytes are.
 */
export function readElf(source: ByteSource): ElfFacts | null {
  return finish(readElfSteps(source));
}

/** Memory for names and tables is bounded, whatever a file claims; time grows with its size alone. */
export function* readElfSteps(source: ByteSource): Steps<ElfFacts | null> {
  try {
    const header = readHeader(source);
    if (!header) return null;
    const segments = readProgramHeaders(source, header);
    const dynamic = readDynamic(source, header, segments);
    const interpreter = segments.find((segment) => segment.type === segmentType.interpreter);
    return {
      machine: machines[header.machine] ?? `machine-${header.machine}`,
      bits: header.bits,
      littleEndian: header.littleEndian,
      type: types[header.type] ?? 'other',
      soname: dynamic.soname,
      needed: dynamic.needed,
      searchPath: dynamic.searchPath,
      versionNeeds: dynamic.versionNeeds,
      pythonModules: yield* exportedModules(source, header, dynamic),
      interpreter: interpreter ? interpreterName(source, interpreter) : null,
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function interpreterName(source: ByteSource, { offset, fileSize }: ProgramHeader): string {
  return readString(source, fileOffset(offset), fileOffset(offset + fileSize), longestInterpreter);
}

/** Linux's PATH_MAX. */
const longestInterpreter = 4096;

/** Built for Alpine's C library: cannot load where glibc is. */
export function isMusl(facts: Pick<ElfFacts, 'needed' | 'interpreter'>): boolean {
  const names = [...facts.needed, (facts.interpreter ?? '').split('/').at(-1) ?? ''];
  return names.some((name) => name.startsWith('libc.musl-') || name.startsWith('ld-musl-'));
}

export interface TooNew {
  /** SONAME of the library that would have to define it. */
  readonly library: string;
  /** As the file spells it, e.g. `GLIBC_2.38`. */
  readonly version: string;
  /** What the target has at most, e.g. `GLIBC_2.34`. */
  readonly ceiling: string;
}

/**
 * The versions that a file needs and the target's libraries do not define, in file order.
 *
 * GLIBCXX and CXXABI count only when `libstdc++.so.6` itself must define them: a package's own copy
 * (`libstdc++-a1b2c3.so.6`) brings its own versions.
 */
export function tooNew(facts: Pick<ElfFacts, 'versionNeeds'>, ceilings: SymbolCeilings): readonly TooNew[] {
  return facts.versionNeeds.flatMap(({ library, version }) => {
    const [family, needed] = split(version);
    if (family === null || needed === null) return [];
    if (family !== 'GLIBC' && library !== 'libstdc++.so.6') return [];
    const ceiling = ceilings[family];
    return gt(needed, ceiling) ? [{ library, version, ceiling: `${family}_${ceiling}` }] : [];
  });
}

/** GLIBC_PRIVATE, GCC_…, CXXABI_FLOAT128 and the like have no place in a numeric order. */
function split(version: string): readonly [keyof SymbolCeilings | null, string | null] {
  // GLIBC_ABI_DT_RELR came with glibc 2.36 as the first of its kind.
  if (version.startsWith('GLIBC_ABI_')) return ['GLIBC', '2.36'];
  const match = /^(GLIBC|GLIBCXX|CXXABI)_(\d+(?:\.\d+)*)$/.exec(version);
  return match ? [match[1] as keyof SymbolCeilings, match[2] ?? null] : [null, null];
}
