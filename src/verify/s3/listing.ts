/** ListObjects, in both versions: a page of keys, and what stands for many of them. */
import type { Asked } from './asked.js';
import { refusals } from './model.js';
import type { Store } from './store.js';
import { document, type Content } from './xml.js';

/** Keys of a page. */
const most = 1000;

/** @throws S3Refusal `NoSuchBucket`, `InvalidArgument`, `AccessDenied` */
export async function listing({ bucket, query }: Asked, store: Store): Promise<string> {
  const second = query.get('list-type') === '2';
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const asked = query.get('max-keys');
  if (asked !== null && !/^\d{1,10}$/.test(asked))
    throw refusals.badArgument('Provided max-keys not an integer or within integer range');
  const size = Math.min(most, Number(asked ?? most));
  const token = query.get('continuation-token');
  const after = second
    ? token === null
      ? (query.get('start-after') ?? '')
      : Buffer.from(token, 'base64url').toString('utf8')
    : (query.get('marker') ?? '');
  const page = pageOf(await store.keys(bucket, prefix), { prefix, delimiter, after, size });
  const encoded = query.get('encoding-type') === 'url';
  const shown = (text: string): string => (encoded ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const contents: [string, Content][] = [];
  let count = 0;
  for (const entry of page.entries) {
    if (entry.group) {
      contents.push(['CommonPrefixes', [['Prefix', shown(entry.name)]]]);
      count++;
      continue;
    }
    const object = await store.find(bucket, entry.name);
    // A link that leads nowhere, or out of the folder.
    if (object === null) continue;
    count++;
    contents.push([
      'Contents',
      [
        ['Key', shown(entry.name)],
        ['LastModified', object.modified.toISOString()],
        ['ETag', object.etag],
        ['Size', String(object.bytes)],
        ['StorageClass', 'STANDARD'],
      ],
    ]);
  }
  const next: readonly [string, Content][] =
    page.next === null
      ? []
      : second
        ? [['NextContinuationToken', Buffer.from(page.next).toString('base64url')]]
        : [['NextMarker', shown(page.next)]];
  return document('ListBucketResult', [
    ['Name', bucket],
    ['Prefix', shown(prefix)],
    ...(delimiter === '' ? [] : [['Delimiter', shown(delimiter)] as const]),
    ['MaxKeys', String(size)],
    ...(encoded ? [['EncodingType', 'url'] as const] : []),
    ...(second ? [['KeyCount', String(count)] as const] : [['Marker', shown(after)] as const]),
    ...(second && token !== null ? [['ContinuationToken', token] as const] : []),
    ['IsTruncated', String(page.next !== null)],
    ...next,
    ...contents,
  ]);
}

interface Wanted {
  readonly prefix: string;
  readonly delimiter: string;
  /** A key or the name of a group: what comes after it is wanted. */
  readonly after: string;
  readonly size: number;
}

interface Page {
  readonly entries: readonly { readonly name: string; readonly group: boolean }[];
  /** What the next page is after; null: this was the last. */
  readonly next: string | null;
}

/** @param keys in S3's order */
export function pageOf(keys: readonly string[], { prefix, delimiter, after, size }: Wanted): Page {
  const entries: { readonly name: string; readonly group: boolean }[] = [];
  const behind = Buffer.from(after);
  for (const key of keys) {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const group = at >= 0;
    const name = group ? key.slice(0, at + delimiter.length) : key;
    if (after !== '' && Buffer.compare(Buffer.from(name), behind) <= 0) continue;
    if (group && entries.at(-1)?.name === name) continue;
    if (entries.length === size) return { entries, next: entries.at(-1)?.name ?? null };
    entries.push({ name, group });
  }
  return { entries, next: null };
}
