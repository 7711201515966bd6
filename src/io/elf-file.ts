/** ELF files on disk. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { identify } from '../elf/identify.js';
import type { BinaryFormat } from '../elf/identify.js';
import { readElf } from '../elf/read.js';
import { checkRange } from '../elf/source.js';
import type { ByteSource } from '../elf/source.js';
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
    const inside =
      offset >= this.#windowStart && offset + length <= this.#windowStart + this.#window.length;
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
    for (let done = 0; done < target.length; ) {
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
export function inspectFile(path: string): InspectedFile {
  const source = new FileSource(path);
  try {
    const format = identify(source.read(0, Math.min(source.size, 4096)));
    return { format, elf: format === 'elf' ? readElf(source) : null };
  } finally {
    source.close();
  }
}
