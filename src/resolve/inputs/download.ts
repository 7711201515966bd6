/** A source archive by URL: streamed to disk, then treated as a local file. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlimError, throwIfAborted } from '../../errors.js';
import { hashFile } from '../../io/hash.js';
import type { Answer } from '../../io/http.js';
import { isArchive } from '../../python/lines.js';
import type { World } from '../../world.js';
import { splitCredentials } from '../secrets.js';
import { whyNotInUvStore } from '../uv-store.js';
import { webOf, type Web } from '../web.js';
import { keptSource, type Asking } from './kept-source.js';
import { fileName } from './pylock.js';

/** Milliseconds without an answer. */
const patience = 60_000;

/**
 * The archive, from the cache where that may answer.
 * @param url with its variables filled in; may hold credentials
 * @param written as the user wrote it, free of secrets
 * @param hashes that it must have: the caller compares them. With any it is fetched once
 * @returns absolute path of the archive in the cache
 * @throws SlimError `index-unreachable`, `bad-requirements` (no archive), `not-in-cache`, `interrupted`
 */
export async function keptArchive(
  url: string,
  written: string,
  hashes: readonly string[],
  asking: Asking,
  context: Pick<World, 'cache' | 'environment' | 'secrets' | 'signal'>,
): Promise<string> {
  const place = { url, part: [...hashes].sort(), fixed: hashes.length > 0, written };
  const folder = await keptSource(place, asking, context, async (into) =>
    hashFile(await downloadArchive(url, into, written, context)),
  );
  const [name] = await readdir(folder);
  if (name === undefined) throw new Error(`no archive in ${folder}`);
  return path.join(folder, name);
}

/**
 * @param url with its variables filled in; may hold credentials
 * @param into a folder of ours, made here
 * @param written as the user wrote it, free of secrets
 * @returns absolute path of the archive, with a name that ends like one
 * @throws SlimError `index-unreachable`, `bad-requirements` (no archive), `interrupted`
 */
export async function downloadArchive(
  url: string,
  into: string,
  written: string,
  context: Pick<World, 'environment' | 'secrets' | 'signal'>,
): Promise<string> {
  const { secrets, signal } = context;
  const host = new URL(url).host;
  const unreachable = (because: string, cause?: unknown, more: string | null = null): SlimError =>
    new SlimError('index-unreachable', `"${written}" cannot be fetched: ${because}.`, {
      hint: `Check the address, the login and the network (${host}), or download the file and name it by its path.${more === null ? '' : ` ${more}`}`,
      cause: cause instanceof Error ? new Error(secrets.hide(cause.message)) : undefined,
    });
  try {
    const answer = await answerTo(url.replace(/#.*$/, ''), webOf(context), signal);
    if (!answer.ok || answer.body === null) {
      const asked = [splitCredentials(url).address];
      const more = answer.status === 401 ? await whyNotInUvStore(asked, context.environment) : null;
      throw unreachable(`${host} answers ${answer.status}`, undefined, more);
    }
    const name = nameOf(answer);
    if (name === null) {
      throw new SlimError('bad-requirements', `"${written}" is neither a wheel nor a source archive.`, {
        hint: 'Name a .whl, .tar.gz or .zip, or a repository as git+https://…',
      });
    }
    await mkdir(into, { recursive: true });
    const file = path.join(into, name);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file), { signal });
    return file;
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof SlimError) throw error;
    throw unreachable(`${host} does not answer`, error);
  }
}

/** The patience is for the answer: how long its body takes is not known. */
async function answerTo(url: string, web: Web, signal: AbortSignal): Promise<Answer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patience);
  return web(url, { signal: AbortSignal.any([signal, late.signal]) }).finally(() => clearTimeout(timer));
}

const endings: readonly (readonly [type: RegExp, ending: string])[] = [
  [/\/zip|x-zip/, '.zip'],
  [/gzip|x-tar|x-tgz|compressed-tar/, '.tar.gz'],
];

/** The server's word, the address, or the type; null when none of them is an archive's. */
function nameOf(answer: Answer): string | null {
  const given = /filename\*?=(?:UTF-8'')?"?([^";]+)/i.exec(
    answer.headers.get('content-disposition') ?? '',
  )?.[1];
  const names = [given ?? '', fileName(answer.url)].map((name) => path.basename(name.trim()));
  const named = names.find((name) => isArchive(name));
  if (named !== undefined) return named;
  const type = answer.headers.get('content-type') ?? '';
  const ending = endings.find(([pattern]) => pattern.test(type))?.[1];
  return ending === undefined ? null : `${names[1] === '' ? 'archive' : (names[1] ?? 'archive')}${ending}`;
}
