/**
 * A zip behind an HTTP address, of which only parts are fetched: its directory (a few hundred KiB of a 250 MiB layer) and
 * what is asked for. `check --layer ARN` and `publish-layer --attach` look so into layers that are attached; the
 * presigned address of GetLayerVersion's `Content.Location` takes GET with a range.
 */
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromRandomAccessReaderPromise, type ZipFile } from 'yauzl';
import { BlockReader, tailBytes } from './block-reader.js';

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
 * `pack/zip/contents.ts` has the same as data.
 * @param address e.g. presigned; it is in no error's message, as it carries a signature
 * @returns yauzl's zip, and the archive's size in bytes
 * @throws RemoteZipError; Error (of yauzl) when it is no zip; the signal's reason
 */
export async function openRemoteZip(
  address: string,
  signal: AbortSignal,
): Promise<{ readonly zip: ZipFile; readonly bytes: number }> {
  const { bytes, tail } = await fetchTail(address, signal);
  const source = {
    bytes,
    read: async (start: number, end: number) => whole(await getRange(address, start, end, signal)),
    stream: (start: number, end: number) => streamed(getRange(address, start, end, signal)),
    close: () => Promise.resolve(),
  };
  const zip = await fromRandomAccessReaderPromise(new BlockReader(source, tail), bytes, {
    autoClose: false,
  });
  return { zip, bytes };
}

async function fetchTail(address: string, signal: AbortSignal): Promise<{ bytes: number; tail: Buffer }> {
  const response = await get(address, `bytes=-${tailBytes}`, signal);
  const bytes = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
  if (response.status !== 206 || !Number.isSafeInteger(bytes)) {
    await response.body?.cancel();
    throw new RemoteZipError(noRanges, response.status);
  }
  return { bytes, tail: await whole(response) };
}

/** @param end exclusive */
async function getRange(address: string, start: number, end: number, signal: AbortSignal): Promise<Response> {
  const response = await get(address, `bytes=${start}-${end - 1}`, signal);
  if (response.status === 206) return response;
  await response.body?.cancel();
  throw new RemoteZipError(noRanges, response.status);
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

/** @throws RemoteZipError when the connection breaks */
async function whole(response: Response): Promise<Buffer> {
  return response.arrayBuffer().then(
    (bytes) => Buffer.from(bytes),
    (cause: unknown) => {
      throw new RemoteZipError('the connection broke', response.status, cause);
    },
  );
}

function streamed(answer: Promise<Response>): Readable {
  const out = new PassThrough();
  answer
    .then(async ({ body }) => {
      if (body !== null) await pipeline(Readable.fromWeb(body), out);
    })
    .catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  return out;
}
