/** ELF files on disk: looked at in place, stripped into new files. The source is never written: it may be a link into a shared cache. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { identify } from '../elf/identify.js';
import type { BinaryFormat } from '../elf/identify.js';
import { proveSteps } from '../elf/prove.js';
import { readElfSteps } from '../elf/read.js';
import { checkRange } from '../elf/source.js';
import type { ByteSource } from '../elf/source.js';
import type { Steps } from '../elf/steps.js';
import { planStrip } from '../elf/strip.js';
import type { StripPlan } from '../elf/strip.js';
import type { ElfFacts } from '../model.js';

const windowBytes = 64 * 1024;

/** A file as a source. Headers are many small reads near each other, so those come from a window of 64 KiB. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #descriptor: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  /** @throws the file system's error when the file cannot be opened */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.size = fstatSync(this.#descriptor).size;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this.size, offset, length);
    if (length > windowBytes / 4) {
      const bytes = new Uint8Array(length);
      this.#fill(offset, bytes);
      return bytes;
    }
    const inside = offset >= this.#windowStart && offset + length <= this.#windowStart + this.#window.length;
    if (!inside) {
      // A new window each time: views of the old one stay valid.
      const bytes = new Uint8Array(Math.min(windowBytes, this.size - offset));
      this.#fill(offset, bytes);
      this.#window = bytes;
      this.#windowStart = offset;
    }
    return this.#window.subarray(offset - this.#windowStart, offset - this.#windowStart + length);
  }

  readInto(offset: number, target: Uint8Array): void {
    checkRange(this.size, offset, target.length);
    this.#fill(offset, target);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #fill(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length;) {
      const count = readSync(this.#descriptor, target, done, target.length - done, offset + done);
      if (count === 0) throw new RangeError('the file became shorter while it was read');
      done += count;
    }
  }
}

export interface InspectedFile {
  readonly format: BinaryFormat | null;
  /** Only for format `elf`; null there when its headers are damaged. */
  readonly elf: ElfFacts | null;
}

/** What a regular file is, by its bytes. @throws the file system's error when it cannot be read */
export async function inspectFile(path: string): Promise<InspectedFile> {
  const source = new FileSource(path);
  try {
    const format = identify(source.read(0, Math.min(source.size, 4096)));
    return { format, elf: format === 'elf' ? await inTurns(readElfSteps(source)) : null };
  } finally {
    source.close();
  }
}

export type StripResult =
  | { readonly stripped: true; /** Size of the new file. */ readonly bytes: number }
  | { readonly stripped: false; /** A phrase for "was not stripped: …". */ readonly because: string };

/**
 * Why a file would be left alone, from its headers.
 * @returns null when it can be stripped
 * @throws the file system's error
 */
export function leftAlone(path: string): string | null {
  const source = new FileSource(path);
  try {
    const plan = planStrip(source);
    return 'skip' in plan ? plan.skip : null;
  } finally {
    source.close();
  }
}

const copyBytes = 1 << 20;

/**
 * Write the stripped form of a file beside it, and prove that the loader sees the same. Streams: memory does not grow with the file.
 * @param destination must not exist (so it cannot be a link to the source); there only when the result is `stripped`
 * @throws the file system's error (`EEXIST`, `ENOSPC`, …); the destination is gone then, unless it was there before
 */
export async function stripFile(sourcePath: string, destination: string): Promise<StripResult> {
  const before = new FileSource(sourcePath);
  try {
    const plan = planStrip(before);
    if ('skip' in plan) return { stripped: false, because: plan.skip };
    await applyPlan(sourcePath, destination, plan);
    const difference = await prove(before, destination).catch(async (error: unknown) => {
      await rm(destination, { force: true });
      throw error;
    });
    if (difference === null) return { stripped: true, bytes: plan.bytes };
    await rm(destination, { force: true });
    return { stripped: false, because: `the result did not pass its proof (${difference})` };
  } finally {
    before.close();
  }
}

async function applyPlan(sourcePath: string, destination: string, plan: StripPlan): Promise<void> {
  const source = await open(sourcePath, 'r');
  try {
    const { mode } = await source.stat();
    const target = await open(destination, 'wx', 0o600);
    try {
      await copyPieces(source, target, plan);
      for (const patch of plan.patches) await writeAll(target, patch.bytes, patch.at);
      await target.truncate(plan.bytes);
      // Not by `open`: the umask would have its say.
      await target.chmod(mode & 0o777);
    } catch (error) {
      await rm(destination, { force: true });
      throw error;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyPieces(source: FileHandle, target: FileHandle, plan: StripPlan): Promise<void> {
  const buffer = new Uint8Array(copyBytes);
  for (const piece of plan.pieces)
    for (let done = 0; done < piece.bytes;) {
      const wanted = Math.min(copyBytes, piece.bytes - done);
      const { bytesRead } = await source.read(buffer, 0, wanted, piece.from + done);
      if (bytesRead === 0) throw new RangeError('the file became shorter while it was read');
      await writeAll(target, buffer.subarray(0, bytesRead), piece.to + done);
      done += bytesRead;
    }
}

async function writeAll(target: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

async function prove(before: ByteSource, destination: string): Promise<string | null> {
  const after = new FileSource(destination);
  try {
    return await inTurns(proveSteps(before, after));
  } finally {
    after.close();
  }
}

/** Reads are synchronous, a megabyte at a time; others get their turn in between. */
async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await turn();
  }
}
