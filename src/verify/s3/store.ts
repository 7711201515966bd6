/**
 * Buckets made of folders. A folder is only read; what the function writes and deletes lies over it, in a folder of ours,
 * until the sandbox ends. Nothing is held in memory but names.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BucketFolder, BucketUse, StoredObject } from './model.js';
import { refusals } from './model.js';

/** Keys of a report's list of what was missing. */
const mostMissing = 20;

interface Bucket {
  /** Absolute, without links. */
  readonly folder: string;
  /** Null: deleted. */
  readonly over: Map<string, StoredObject | null>;
  readonly missing: Set<string>;
  requests: number;
}

export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: StoredObject['headers'];
  readonly parts: Map<number, Pick<StoredObject, 'file' | 'bytes' | 'etag'>>;
}

export class Store {
  readonly #buckets = new Map<string, Bucket>();
  readonly #uploads = new Map<string, Upload>();

  private constructor(private readonly scratch: string) {}

  /**
   * @param scratch an empty folder of ours
   * @throws for a folder that is not there
   */
  static async open(folders: readonly BucketFolder[], scratch: string): Promise<Store> {
    const store = new Store(scratch);
    for (const { bucket, folder } of folders) {
      const real = await realpath(folder);
      store.#buckets.set(bucket, { folder: real, over: new Map(), missing: new Set(), requests: 0 });
    }
    return store;
  }

  /** A name for bytes that come. */
  draft(): string {
    return path.join(this.scratch, randomUUID());
  }

  names(): readonly string[] {
    return [...this.#buckets.keys()].sort();
  }

  /** Counts a request. @throws S3Refusal `NoSuchBucket` */
  touch(name: string): void {
    this.#bucket(name).requests++;
  }

  /** @throws S3Refusal `NoSuchBucket`, `NoSuchKey`, `AccessDenied` */
  async get(name: string, key: string): Promise<StoredObject> {
    const found = await this.find(name, key);
    if (found !== null) return found;
    const { missing } = this.#bucket(name);
    if (missing.size < mostMissing) missing.add(key);
    throw refusals.noKey(key);
  }

  /** @returns null when there is none */
  async find(name: string, key: string): Promise<StoredObject | null> {
    const { folder, over } = this.#bucket(name);
    const written = over.get(key);
    return written === undefined ? objectIn(folder, key) : written;
  }

  put(name: string, key: string, object: StoredObject): void {
    this.#bucket(name).over.set(key, object);
  }

  /** As in S3, what is not there may be deleted, too. */
  delete(name: string, key: string): void {
    this.#bucket(name).over.set(key, null);
  }

  /** All keys that begin so, in S3's order, which is that of their bytes. */
  async keys(name: string, prefix: string): Promise<readonly string[]> {
    const { folder, over } = this.#bucket(name);
    const keys = new Set((await keysIn(folder, prefix)).filter((key) => key.startsWith(prefix)));
    for (const [key, object] of over) {
      if (object === null) keys.delete(key);
      else if (key.startsWith(prefix)) keys.add(key);
    }
    return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  begin(bucket: string, key: string, headers: StoredObject['headers']): string {
    this.#bucket(bucket);
    const id = randomUUID();
    this.#uploads.set(id, { bucket, key, headers, parts: new Map() });
    return id;
  }

  /** @throws S3Refusal `NoSuchUpload` */
  upload(id: string, bucket: string, key: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.bucket !== bucket || upload.key !== key) throw refusals.noUpload();
    return upload;
  }

  async end(id: string): Promise<void> {
    const parts = [...(this.#uploads.get(id)?.parts.values() ?? [])];
    this.#uploads.delete(id);
    await Promise.all(parts.map(({ file }) => rm(file, { force: true })));
  }

  uses(): readonly BucketUse[] {
    return [...this.#buckets].map(([bucket, { over, missing, requests }]) => ({
      bucket,
      requests,
      written: [...over].flatMap(([key, object]) =>
        object === null ? [] : [{ key, bytes: object.bytes, metadata: metadataOf(object.headers) }],
      ),
      deleted: [...over].flatMap(([key, object]) => (object === null ? [key] : [])),
      missing: [...missing],
    }));
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw refusals.noBucket(name);
    return bucket;
  }
}

const metadataPrefix = 'x-amz-meta-';

function metadataOf(headers: StoredObject['headers']): Readonly<Record<string, string>> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith(metadataPrefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(metadataPrefix.length), value]));
}

/** A key that no file can have, or that would lead out of the folder, is no file. */
async function objectIn(folder: string, key: string): Promise<StoredObject | null> {
  const parts = key.split('/');
  if (key.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) return null;
  const file = await realpath(path.join(folder, ...parts)).catch(absent);
  if (file === null || !file.startsWith(`${folder}${path.sep}`)) return null;
  const facts = await stat(file, { bigint: true });
  if (!facts.isFile()) return null;
  // Of the form that an upload in parts has: no checksum of the bytes, which would have to be read for it.
  const stamp = createHash('md5').update(`${key}\n${facts.size}\n${facts.mtimeNs}`).digest('hex');
  return { file, bytes: Number(facts.size), etag: `"${stamp}-1"`, modified: facts.mtime, headers: {} };
}

function absent(error: unknown): null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') throw refusals.denied();
  return null;
}

/** Only the folder that the prefix leads to is walked. */
async function keysIn(folder: string, prefix: string): Promise<readonly string[]> {
  const parts = prefix.split('/').slice(0, -1);
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return [];
  const top = path.join(folder, ...parts);
  const entries = await readdir(top, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}
