/** What a client sends: into a file, checked against the sums that came with it, never held in memory. */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { refusals, type StoredObject } from './model.js';

/** Bytes of a document that a client may send: a thousand keys. */
const mostText = 4 * 2 ** 20;

/**
 * @param file where the bytes go
 * @throws S3Refusal `BadDigest`, and nothing is left
 */
export async function receive(
  request: IncomingMessage,
  file: string,
): Promise<Pick<StoredObject, 'file' | 'bytes' | 'etag'>> {
  const sums = new Sums(request);
  try {
    const written = createWriteStream(file);
    await (isChunked(request)
      ? pipeline(request, new Unchunked(), sums, written)
      : pipeline(request, sums, written));
    const wrong = sums.wrong();
    if (wrong !== null) throw refusals.badDigest(wrong);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return { file, bytes: sums.bytes, etag: `"${sums.md5()}"` };
}

/** A document. @throws S3Refusal `MalformedXML` when it is longer than any of these can be */
export async function receiveText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostText) throw refusals.badXml();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Computes what the headers tell, as the bytes pass. */
class Sums extends Transform {
  bytes = 0;
  readonly #md5 = createHash('md5');
  readonly #told: readonly (readonly [what: string, told: string, hash: Hash, encoding: 'base64' | 'hex'])[];
  readonly #toldCrc: string | null;
  #crc = 0;
  #digest: string | null = null;

  constructor({ headers }: IncomingMessage) {
    super();
    const text = (name: string): string | null => {
      const value = headers[name];
      return typeof value === 'string' && value !== '' ? value : null;
    };
    const signed = text('x-amz-content-sha256');
    this.#toldCrc = text('x-amz-checksum-crc32');
    this.#told = (
      [
        ['Content-MD5', text('content-md5'), 'md5', 'base64'],
        ['SHA256', text('x-amz-checksum-sha256'), 'sha256', 'base64'],
        ['SHA1', text('x-amz-checksum-sha1'), 'sha1', 'base64'],
        // Else a word such as UNSIGNED-PAYLOAD.
        ['SHA256', signed !== null && /^[0-9a-f]{64}$/.test(signed) ? signed : null, 'sha256', 'hex'],
      ] as const
    ).flatMap(([what, told, algorithm, encoding]) =>
      told === null ? [] : [[what, told, createHash(algorithm), encoding] as const],
    );
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.#md5.update(chunk);
    for (const [, , hash] of this.#told) hash.update(chunk);
    if (this.#toldCrc !== null) this.#crc = crc32(chunk, this.#crc);
    done(null, chunk);
  }

  md5(): string {
    return (this.#digest ??= this.#md5.digest('hex'));
  }

  /** The sum that is not as it was told; null: all are. */
  wrong(): string | null {
    const found = this.#told.find(([, told, hash, encoding]) => hash.digest(encoding) !== told);
    if (found !== undefined) return found[0];
    if (this.#toldCrc === null) return null;
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc);
    return crc.toString('base64') === this.#toldCrc ? null : 'CRC32';
  }
}

const isChunked = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? '').includes('aws-chunked') ||
  String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');

/**
 * `aws-chunked`: a length in hexadecimal, perhaps a signature, the bytes; after the last, empty chunk perhaps sums.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, read 2026-11.
 */
class Unchunked extends Transform {
  #head = '';
  #left = 0;
  /** What is expected: a line with a length, bytes, the end of their line, or nothing more that matters. */
  #state: 'head' | 'data' | 'end' | 'trailers' = 'head';

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let at = 0;
    while (at < chunk.length && this.#state !== 'trailers') {
      if (this.#state === 'data') {
        const some = chunk.subarray(at, at + this.#left);
        at += some.length;
        this.#left -= some.length;
        this.push(some);
        if (this.#left === 0) this.#state = 'end';
        continue;
      }
      const line = chunk.indexOf(0x0a, at);
      const until = line < 0 ? chunk.length : line + 1;
      this.#head += chunk.toString('latin1', at, until);
      at = until;
      if (this.#head.length > 1000) {
        done(refusals.badArgument('The body is not aws-chunked.'));
        return;
      }
      if (line < 0) break;
      if (this.#state === 'head') {
        const [, length] = /^([0-9a-f]{1,10})(?:;[^\r\n]*)?\r?\n$/i.exec(this.#head) ?? [];
        if (length === undefined) {
          done(refusals.badArgument('The body is not aws-chunked.'));
          return;
        }
        this.#left = Number.parseInt(length, 16);
        this.#state = this.#left === 0 ? 'trailers' : 'data';
      } else this.#state = 'head';
      this.#head = '';
    }
    done();
  }
}
