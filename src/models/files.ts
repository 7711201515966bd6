/** Files on this machine → what is stored of them: named, packed when that is asked for and gains something, digested. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import type { Progress } from '../progress.js';
import { isSafe, type ModelFile } from './pointer.js';

/** A file as it will be stored. */
export interface Prepared extends ModelFile {
  /** Absolute: what is sent. */
  readonly source: string;
}

/** Packing must gain this much, or the function would unpack for nothing. */
const leastGain = 0.03;
/** Opens as fast as any other level; higher ones take minutes for weights. */
const zstdLevel = 10;

interface Found {
  readonly name: string;
  readonly source: string;
  readonly bytes: number;
}

/**
 * @param named files and folders as typed; a folder alone gives its files by their place in it
 * @throws SlimError `not-found`, `unusable-file`, `bad-option` for two files of one name
 */
export async function findFiles(named: readonly string[], cwd: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const one of named) {
    const place = path.resolve(cwd, one);
    const facts = await stat(place).catch((cause: unknown) => {
      throw new SlimError('not-found', `${one} is not there.`, {
        hint: 'Name the files of the model, or its folder.',
        cause,
      });
    });
    if (facts.isDirectory())
      found.push(...(await filesBelow(place, named.length === 1 ? '' : path.basename(place))));
    else if (facts.isFile()) found.push({ name: path.basename(place), source: place, bytes: facts.size });
    else throw unusable(one);
  }
  if (found.length === 0)
    throw new SlimError('not-found', `${named.join(', ')} has no files.`, {
      hint: 'Name the folder of the model.',
    });
  const names = new Set<string>();
  for (const { name } of found) {
    if (!isSafe(name)) throw unusable(name);
    if (names.has(name))
      throw new SlimError('bad-option', `Two files of the model are called ${name}.`, {
        hint: 'Put them into one folder, and push that folder: their places in it are their names then.',
      });
    names.add(name);
  }
  return found;
}

async function filesBelow(folder: string, below: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const source = path.join(folder, name);
    // A link counts as what it leads to: the cache of a model hub is made of them.
    const facts = await stat(source);
    const place = below === '' ? name : `${below}/${name}`;
    if (facts.isDirectory()) found.push(...(await filesBelow(source, place)));
    else if (facts.isFile()) found.push({ name: place, source, bytes: facts.size });
    else throw unusable(source);
  }
  return found;
}

const unusable = (what: string): SlimError =>
  new SlimError('unusable-file', `${what} is no file that can be stored by its name.`, {
    hint: 'Models are files and folders of files. Take it out of the folder, or name the files that are meant.',
  });

/**
 * Pack and digest.
 * @param compress packs where it gains at least 3 %
 * @param work an empty folder for packed files
 * @throws the signal's reason, the file system's error
 */
export async function prepareFile(
  { name, source, bytes }: Found,
  compress: boolean,
  work: string,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Prepared> {
  if (compress && bytes > 0) {
    const step = progress.start(`compress ${name}`, bytes);
    const packed = path.join(work, 'packed.zst');
    const reading = createReadStream(source, { highWaterMark: 1 << 20 });
    reading.on('data', (chunk) => step.advance(chunk.length));
    const packer = createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: zstdLevel, [constants.ZSTD_c_checksumFlag]: 1 },
      pledgedSrcSize: bytes,
    });
    await pipeline(reading, packer, createWriteStream(packed), { signal });
    const { size } = await stat(packed);
    const gains = size <= bytes * (1 - leastGain);
    step.end(gains ? `${((1 - size / bytes) * 100).toFixed(0)} % smaller` : 'no smaller, so sent as it is');
    if (gains)
      return {
        ...{ name, source: packed, bytes: size, unpackedBytes: bytes, encoding: 'zstd' as const },
        sha256: await hashFile(packed),
      };
  }
  return { name, source, bytes, unpackedBytes: bytes, encoding: null, sha256: await hashFile(source) };
}
