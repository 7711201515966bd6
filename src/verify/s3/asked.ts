/** A request as S3 understands it. Pure. */
import type { IncomingMessage } from 'node:http';
import { refusals, type StoredObject } from './model.js';

export interface Asked {
  readonly method: string;
  /** Empty: the list of buckets. */
  readonly bucket: string;
  /** Empty: the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/**
 * The bucket stands in the path: for an address in numbers every client puts it there.
 * @throws S3Refusal `InvalidURI`
 */
export function readAsked({ method = 'GET', url = '/', headers }: IncomingMessage): Asked {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  // Not by URL: it would take the dots out of a key such as a/../b.
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  return { method, bucket: decoded(bucket), key: decoded(key), query, headers };
}

/** `bucket/key` or `/bucket/key?versionId=…` of `x-amz-copy-source`. @throws S3Refusal `InvalidURI` */
export function copySource(header: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key] = /^\/?([^/]+)\/([^?]+)/s.exec(header) ?? [];
  if (bucket === undefined || key === undefined) throw refusals.badUri();
  return { bucket: decoded(bucket), key: decoded(key) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusals.badUri();
  }
}

/** Headers of an object that S3 keeps. */
const kept = /^(?:content-(?:type|disposition|encoding|language)|cache-control|expires|x-amz-meta-.+)$/;

export function keptHeaders({ headers }: Pick<Asked, 'headers'>): StoredObject['headers'] {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && kept.test(name) ? [[name, value] as const] : [],
  );
  // How it was sent is none of the object's.
  const own = pairs.map(
    ([name, value]) => [name, name === 'content-encoding' ? ofObject(value) : value] as const,
  );
  return Object.fromEntries(own.filter(([, value]) => value !== ''));
}

function ofObject(encoding: string): string {
  const some = encoding.split(',').map((one) => one.trim());
  return some.filter((one) => one !== 'aws-chunked').join(',');
}

/** First and last byte. @throws S3Refusal `InvalidRange`; null: all of it, also for what is no range */
export function rangeOf(
  header: string | undefined,
  bytes: number,
): { readonly first: number; readonly last: number } | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const first = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (from !== '' && to !== '' && Number(from) > Number(to)) return null;
  if (first >= bytes || (from === '' && Number(to) === 0)) throw refusals.badRange(bytes);
  return { first, last };
}

/**
 * Conditions, in the order that RFC 9110 gives them.
 * @returns true when the client has it already
 * @throws S3Refusal `PreconditionFailed`
 */
export function isUnchanged({ headers }: Pick<Asked, 'headers'>, { etag, modified }: StoredObject): boolean {
  const match = headers['if-match'];
  const seconds = Math.floor(modified.getTime() / 1000) * 1000;
  const time = (name: string): number => Date.parse(String(headers[name] ?? ''));
  if (match !== undefined && !names(match, etag)) throw refusals.precondition('If-Match');
  if (match === undefined && seconds > time('if-unmodified-since'))
    throw refusals.precondition('If-Unmodified-Since');
  const none = headers['if-none-match'];
  return none === undefined ? seconds <= time('if-modified-since') : names(none, etag);
}

/** @throws S3Refusal `PreconditionFailed`, `NoSuchKey` */
export function mayWrite({ headers, key }: Asked, there: StoredObject | null): void {
  if (headers['if-none-match'] === '*' && there !== null) throw refusals.precondition('If-None-Match');
  const match = headers['if-match'];
  if (match === undefined) return;
  if (there === null) throw refusals.noKey(key);
  if (!names(match, there.etag)) throw refusals.precondition('If-Match');
}

const names = (list: string, etag: string): boolean =>
  list.split(',').some((one) => [etag, etag.replaceAll('"', ''), '*'].includes(one.trim()));
