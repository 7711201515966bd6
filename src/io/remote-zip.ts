/**
 * A zip behind an HTTP address, of which only parts are fetched: its directory (a few hundred KiB of a 250 MB layer) and
 * what is asked for. `check --layer ARN` and `publish-layer --attach` look so into layers that are attached; the
 * presigned address of GetLayerVersion's `Content.Location` takes GET with a range.
 */
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';

/** Directories lie at the end, so it is fetched first, in one go: often nothing more is needed. */
const tailBytes = 256 * 1024;
/** Fetched ahead of a small read: a local header with the RECORD behind it; of a directory that goes on, more. */
const firstBlock = 64 * 1024;
const largestBlock = 1024 * 1024;

const noRanges = 'the server does not answer with the range that was asked for';

/** HTTP went wrong, or the server does not answer as one that serves ranges. */
export class RemoteZipError extends Error {
  override readonly name = 'RemoteZipError';
  /** Of the answer; null when none came. */
  readonly status: number | null;

  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

/**
 * Open it; use `eachEntry` and `openReadStreamPromise` as with a file, then `close`.
 * @param address e.g. presigned; it is in no error's message, as it carries a signature
 * @returns yauzl's zip, and the archive's size in bytes
 * @throws RemoteZipError; Error (of yauzl) when it is no zip; the signal's reason
 */
export async function openRemoteZip(
  address: string,
  signal: AbortSignal,
): Promise<{ readonly zip: ZipFile; readonly bytes: number }> {
  const { total, tail } = await fetchTail(address, signal);
  const reader = new RangeReader(address, total, tail, signal);
  const zip = await fromRandomAccessReaderPromise(reader, total, { autoClose: false });
  return { zip, bytes: total };
}

async function fetchTail(address: string, signal: AbortSignal): Promise<{ total: number; tail: Buffer }> {
  const response = await get(address, `bytes=-${tailBytes}`, signal);
  const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
  if (response.status !== 206 || !Number.isSafeInteger(total)) {
    await response.body?.cancel();
    throw new RemoteZipError(noRanges, response.status);
  }
  return { total, tail: await whole(response) };
}

/** @param range as the header has it */
async function get(address: string, range: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(address, { headers: { range }, signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new RemoteZipError('no answer came', null, cause);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new RemoteZipError(`the server answered with HTTP ${response.status}`, response.status);
}

/**
 * Answers yauzl's many small reads from blocks that are fetched ahead: a directory has two reads for each entry. Reads that
 * go on where the last block ended get larger blocks.
 */
class RangeReader extends RandomAccessReader {
  readonly #tail: Block;
  #block: Block;
  #ahead = firstBlock;

  constructor(
    private readonly address: string,
    total: number,
    tail: Buffer,
    private readonly signal: AbortSignal,
  ) {
    super();
    this.#tail = { start: total - tail.length, bytes: tail };
    this.#block = this.#tail;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#bytes(position, position + length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null);
      },
      (error: unknown) => callback(asError(error)),
    );
  }

  /** @param end exclusive */
  override _readStreamForRange(start: number, end: number): Readable {
    const known = this.#known(start, end);
    if (known !== null) return Readable.from([known]);
    const out = new PassThrough();
    this.#copy(start, end, out).catch((error: unknown) => out.destroy(asError(error)));
    return out;
  }

  #known(start: number, end: number): Buffer | null {
    const block = [this.#block, this.#tail].find(
      (one) => start >= one.start && end <= one.start + one.bytes.length,
    );
    return block?.bytes.subarray(start - block.start, end - block.start) ?? null;
  }

  async #bytes(start: number, end: number): Promise<Buffer> {
    const known = this.#known(start, end);
    if (known !== null) return known;
    // The last bytes of a block may be the first of what is wanted now.
    const goesOn = start <= this.#block.start + this.#block.bytes.length && start >= this.#block.start;
    this.#ahead = goesOn ? Math.min(largestBlock, 2 * this.#ahead) : firstBlock;
    const last = Math.min(Math.max(end, start + this.#ahead), this.#tail.start + this.#tail.bytes.length);
    const response = await getRange(this.address, start, last, this.signal);
    this.#block = { start, bytes: await whole(response) };
    return this.#block.bytes.subarray(0, end - start);
  }

  async #copy(start: number, end: number, out: PassThrough): Promise<void> {
    const { body } = await getRange(this.address, start, end, this.signal);
    if (body !== null) await pipeline(Readable.fromWeb(body), out);
  }
}

interface Block {
  readonly start: number;
  readonly bytes: Buffer;
}

/** @param end exclusive */
async function getRange(address: string, start: number, end: number, signal: AbortSignal): Promise<Response> {
  const response = await get(address, `bytes=${start}-${end - 1}`, signal);
  if (response.status === 206) return response;
  await response.body?.cancel();
  throw new RemoteZipError(noRanges, response.status);
}

/** @throws RemoteZipError when the connection breaks */
async function whole(response: Response): Promise<Buffer> {
  return response.arrayBuffer().then(
    (bytes) => Buffer.from(bytes),
    (cause: unknown) => {
      throw new RemoteZipError('the connection broke', response.status, cause);
    },
  );
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
