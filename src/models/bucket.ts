/** A store of models in S3: small documents with their ETags, files by digest, what lies below a prefix. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { bucketRegion } from '../aws/bucket.js';
import { s3Clients, type S3Clients } from '../aws/clients.js';
import { explainAws, readAwsError } from '../aws/failure.js';
import type { S3Folder } from '../aws/s3-address.js';
import type { Environment } from '../model.js';

/** What a document must be when it is written: not there, the one with this ETag, or anything. */
export type Condition = 'new' | 'any' | { readonly etag: string };

export interface StoredKey {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export class ModelBucket {
  private constructor(
    readonly address: S3Folder,
    readonly clients: S3Clients,
    readonly client: S3Client,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  static async open(address: S3Folder, environment: Environment, signal: AbortSignal): Promise<ModelBucket> {
    const clients = await s3Clients(environment);
    const client = clients(await bucketRegion(address.bucket, clients, signal));
    return new ModelBucket(address, clients, client, signal);
  }

  /** The store, for people. */
  get name(): string {
    return this.place(this.address.prefix);
  }

  /** For people. */
  place(key: string): string {
    return `s3://${this.address.bucket}/${key}`;
  }

  /** Null: there is no such object. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async read(key: string): Promise<{ readonly text: string; readonly etag: string } | null> {
    const found = await this.#asked(key, ['s3:GetObject', 's3:ListBucket'], async (options) => {
      const { Body, ETag = '' } = await this.client.send(new GetObjectCommand(this.#at(key)), options);
      return { text: (await Body?.transformToString()) ?? '', etag: ETag };
    });
    return found;
  }

  /**
   * Write a small document, at once or not at all.
   * @returns false: it is not (any more) what the condition says
   * @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable`
   */
  async write(key: string, text: string, condition: Condition): Promise<boolean> {
    const only =
      condition === 'any' ? {} : condition === 'new' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
    const body = { Body: text, ContentType: 'application/json', ...only };
    const written = await this.#asked(key, ['s3:PutObject'], async (options) => {
      try {
        await this.client.send(new PutObjectCommand({ ...this.#at(key), ...body }), options);
        return true;
      } catch (error) {
        // 409: somebody writes it at this moment.
        const { status } = readAwsError(error);
        if (status === 412 || status === 409) return false;
        throw error;
      }
    });
    // It was removed meanwhile: S3 answers an If-Match with "no such key".
    return written ?? false;
  }

  /** Bytes of an object; null: there is none. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async size(key: string): Promise<number | null> {
    return this.#asked(key, ['s3:GetObject', 's3:ListBucket'], async (options) => {
      const { ContentLength = 0 } = await this.client.send(new HeadObjectCommand(this.#at(key)), options);
      return ContentLength;
    });
  }

  /** Its bytes as they come. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async stream(key: string): Promise<Readable | null> {
    return this.#asked(key, ['s3:GetObject'], async (options) => {
      const { Body } = await this.client.send(new GetObjectCommand(this.#at(key)), options);
      return (Body as Readable | undefined) ?? null;
    });
  }

  /** Every object below a prefix, by key. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async list(prefix: string): Promise<readonly StoredKey[]> {
    const found: StoredKey[] = [];
    await this.#asked(prefix, ['s3:ListBucket'], async (options) => {
      const pages = paginateListObjectsV2(
        { client: this.client },
        { Bucket: this.address.bucket, Prefix: prefix },
        options,
      );
      for await (const { Contents = [] } of pages)
        for (const { Key = '', Size = 0, LastModified } of Contents)
          found.push({ key: Key, bytes: Size, modified: LastModified?.getTime() ?? 0 });
    });
    return found;
  }

  /** Names of the folders right below a prefix that ends with `/` or is empty. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async folders(prefix: string): Promise<readonly string[]> {
    const found: string[] = [];
    await this.#asked(prefix, ['s3:ListBucket'], async (options) => {
      for (let token: string | undefined, more = true; more;) {
        const page = await this.client.send(
          new ListObjectsV2Command({
            ...{ Bucket: this.address.bucket, Prefix: prefix, Delimiter: '/' },
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          options,
        );
        for (const { Prefix: one = '' } of page.CommonPrefixes ?? [])
          found.push(one.slice(prefix.length, -1));
        token = page.NextContinuationToken;
        more = page.IsTruncated === true && token !== undefined;
      }
    });
    return found;
  }

  /** Delete objects; those that are gone already are no failure. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async remove(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += mostAtOnce) {
      const some = keys.slice(at, at + mostAtOnce).map((Key) => ({ Key }));
      await this.#asked(keys[at] ?? '', ['s3:DeleteObject'], async (options) => {
        const { Errors = [] } = await this.client.send(
          new DeleteObjectsCommand({ Bucket: this.address.bucket, Delete: { Objects: some, Quiet: true } }),
          options,
        );
        const [first] = Errors;
        if (first !== undefined)
          throw Object.assign(new Error(first.Message ?? ''), {
            name: first.Code ?? 'Error',
            $metadata: { httpStatusCode: first.Code === 'AccessDenied' ? 403 : 400 },
          });
      });
    }
  }

  /** Uploads in parts that nobody has ended, begun before a moment. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async unfinished(
    prefix: string,
    before: number,
  ): Promise<readonly { readonly key: string; readonly id: string }[]> {
    const found: { key: string; id: string }[] = [];
    await this.#asked(prefix, ['s3:ListBucketMultipartUploads'], async (options) => {
      for (let from = {}, more = true; more;) {
        const page = await this.client.send(
          new ListMultipartUploadsCommand({ Bucket: this.address.bucket, Prefix: prefix, ...from }),
          options,
        );
        for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? [])
          if ((Initiated?.getTime() ?? 0) < before) found.push({ key: Key, id: UploadId });
        from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
        more = page.IsTruncated === true;
      }
    });
    return found;
  }

  /** Give up an upload in parts, with what was sent of it. @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable` */
  async giveUp({ key, id }: { readonly key: string; readonly id: string }): Promise<void> {
    await this.#asked(key, ['s3:AbortMultipartUpload'], async (options) =>
      this.client.send(new AbortMultipartUploadCommand({ ...this.#at(key), UploadId: id }), options),
    );
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.address.bucket, Key: key };
  }

  /** Null: S3 says that there is no such object. */
  async #asked<Result>(
    key: string,
    actions: readonly string[],
    work: (options: { readonly abortSignal: AbortSignal }) => Promise<Result>,
  ): Promise<Result | null> {
    try {
      return await work({ abortSignal: this.signal });
    } catch (error) {
      this.signal.throwIfAborted();
      const { name, status } = readAwsError(error);
      if (name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchUpload') return null;
      if (status === 404 && name !== 'NoSuchBucket') return null;
      throw explainAws(error, { bucket: this.address.bucket, key, actions: [...actions] });
    }
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html, read 2026-11. */
const mostAtOnce = 1000;
