/** Addresses in S3. Without the AWS SDK, which takes a fifth of a second to load. Pure. */
import { SlimError } from '../errors.js';

/** Where payloads go. */
export interface S3Folder {
  readonly bucket: string;
  /** Without slashes at either end; may be empty. */
  readonly prefix: string;
}

/**
 * What `--upload` says.
 * @param text `s3://bucket` or `s3://bucket/prefix`
 * @throws SlimError `bad-option`
 */
export function parseS3Address(text: string): S3Folder {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  const prefix = path.replace(/^\/+|\/+$/g, '');
  const because = bucket === '' ? 'is not an address in S3' : (wrongBucket(bucket) ?? wrongPrefix(prefix));
  if (because !== null) {
    throw new SlimError('bad-option', `"${text}" ${because}.`, {
      hint: 'Write s3://BUCKET/PREFIX, e.g. s3://my-artifacts/payloads; the prefix may be left out.',
    });
  }
  return { bucket, prefix };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, read 2026-11. */
function wrongBucket(bucket: string): string | null {
  const named = `names the bucket "${bucket}", and a bucket's name`;
  if (bucket.length < 3 || bucket.length > 63) return `${named} has 3 to 63 characters`;
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(bucket))
    return `${named} has only small letters, digits, dots and hyphens, and begins and ends with a letter or digit`;
  if (bucket.includes('..') || /^\d+(?:\.\d+){3}$/.test(bucket))
    return `${named} is no IP address and has no two dots in a row`;
  return null;
}

/** Room is left for the payload's own name: a key has at most 1,024 bytes. */
const longestPrefix = 900;

function wrongPrefix(prefix: string): string | null {
  if (Buffer.byteLength(prefix) > longestPrefix) return `has a prefix of more than ${longestPrefix} bytes`;
  // What HTTP, XML or a tool on the way changes; a part of dots is taken out of the address by many clients.
  const unsafe =
    /[\p{Cc}\\?#]/u.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..');
  if (unsafe || prefix.includes('//'))
    return 'has a prefix with an empty part, a dot as a part, or a character that is not safe in a key';
  return null;
}

/** The key of a payload or layer: its name is its content. `file`: e.g. `payload.tar.zst`, `layer.zip`. */
export function payloadKey(prefix: string, sha256: string, file: string): string {
  const name = `${sha256}${/\.(?:tar\.\w+|zip)$/.exec(file)?.[0] ?? ''}`;
  return prefix === '' ? name : `${prefix}/${name}`;
}
