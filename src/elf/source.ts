/** Where bytes come from. Libraries are up to a gigabyte, so nothing here wants a whole file in memory. Pure. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /**
   * `length` bytes from `offset`; possibly a view, so never write into it.
   * @throws RangeError when any of them lies outside the source
   */
  read(offset: number, length: number): Uint8Array;
  /**
   * Fill `target` with the bytes from `offset` on, without a new allocation.
   * @throws RangeError when any of them lies outside the source
   */
  readInto(offset: number, target: Uint8Array): void;
}

/** @throws RangeError unless `[offset, offset + length)` lies within `size` bytes */
export function checkRange(size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!whole || offset < 0 || length < 0 || offset + length > size)
    throw new RangeError(`bytes ${offset}+${length} lie outside ${size}`);
}

/**
 * A 64-bit field as a number to read at.
 * @throws RangeError when no file is as large
 */
export function fileOffset(field: bigint): number {
  if (field > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${field} lies outside every file`);
  return Number(field);
}

/** A source over bytes in memory. */
export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(offset, length) {
      checkRange(bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    },
    readInto(offset, target) {
      checkRange(bytes.length, offset, target.length);
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
}
