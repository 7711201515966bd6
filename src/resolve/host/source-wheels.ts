/**
 * Packages of an index that are published as source only: their archives are fetched and built, one at a time and only when
 * the resolver found that nothing goes without them, and the resolver then finds their wheels in a folder of links.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SlimError } from '../../errors.js';
import { hashFile } from '../../io/hash.js';
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import { buildWheel, forbidden, type WheelOptions } from '../inputs/build-wheel.js';
import { keptArchive } from '../inputs/download.js';
import { fileOptions, writeLines, type CollectedInputs } from '../inputs/input-lines.js';
import { buildingNote } from '../inputs/run-backend.js';
import { hashMismatch } from '../mismatch.js';
import { chainsTo } from './conflict.js';
import { namedBy } from './explain.js';
import type { IndexFile } from './simple-page.js';
import { allowedVersions, hasWheel, sourceToBuild } from './versions.js';

/** A wheel that was built here from an index's source archive. */
export interface BuiltWheel {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  /** sha256 of the wheel, hex. */
  readonly sha256: string;
}

export interface SourceWheels {
  readonly built: readonly BuiltWheel[];
  /**
   * Build what a tool's message says has no wheel.
   * @returns false when there is nothing (more) to build: the failure has another reason
   * @throws SlimError `no-wheel` (it compiles something, or cannot be built here), `build-forbidden`, `hash-mismatch`,
   *   `index-unreachable`
   */
  readonly buildFor: (message: string) => Promise<boolean>;
  /** The inputs with the folder of links, and with the wheels' hashes where the requirements have hashes. */
  readonly apply: (inputs: CollectedInputs) => Promise<CollectedInputs>;
}

/**
 * @param filesOf all files of a package on the indexes
 * @throws SlimError once a wheel is built, not here: `no-wheel`, `not-in-cache`, `hash-mismatch`, and those of what is given
 */
export function sourceWheels(
  inputs: CollectedInputs,
  filesOf: (name: string) => Promise<readonly IndexFile[]>,
  options: WheelOptions,
): SourceWheels {
  const built: BuiltWheel[] = [];
  const folder = path.join(inputs.folder, 'built');
  const tried = new Set<string>();

  const build = async (name: string, message: string): Promise<boolean> => {
    const files = await filesOf(name);
    const asked = specifiersOf(name, inputs);
    const chosen = wantedBy(name, message)
      .map((one) => allowedVersions(files, [...asked, one], options.target)[0])
      .find((one) => one !== undefined);
    if (chosen === undefined || hasWheel(chosen, options.target)) return false;
    const source = sourceToBuild(chosen);
    const id = `${name}==${chosen.version}`;
    if (source === null || tried.has(id)) return false;
    tried.add(id);
    const chains = chainsTo(normalizeName(name), inputs.asked, message);
    if (!options.allowed) throw forbidden(id, chains);
    options.note(buildingNote(id));
    const wheel = await wheelOf(name, chosen.version, source, inputs, options, chains);
    await mkdir(folder, { recursive: true });
    await copyFile(wheel, path.join(folder, path.basename(wheel)));
    built.push({ name: normalizeName(name), version: chosen.version, sha256: await hashFile(wheel) });
    return true;
  };

  return {
    built,
    buildFor: async (message) => {
      const hinted = [...message.matchAll(/Wheels are required for `([^`]+)`/g)].map(([, name = '']) => name);
      const names = [...new Set([...hinted, ...namedBy(message).map((one) => one.name)].map(normalizeName))];
      let any = false;
      for (const name of names) any = (await build(name, message)) || any;
      return any;
    },
    apply: async (given) => {
      if (built.length === 0) return given;
      const hashes = new Map(built.map((one) => [one.name, ` --hash=sha256:${one.sha256}`]));
      const lines = given.lines.map((line) => {
        if (!('text' in line) || !line.text.includes('--hash')) return line;
        const { name } = splitRequirement(line.text.replace(/\s--hash[=\s].*$/, ''));
        return { ...line, text: `${line.text}${hashes.get(normalizeName(name ?? '')) ?? ''}` };
      });
      const withLinks = [...given.options, `--find-links ${pathToFileURL(folder).href}`];
      const file = path.join(given.folder, 'requirements-sources.txt');
      await writeLines(file, fileOptions(withLinks, lines), lines);
      return { ...given, files: [file], lines, options: withLinks };
    },
  };
}

/** What the user's files ask of it. */
export function specifiersOf(name: string, inputs: Pick<CollectedInputs, 'asked'>): readonly string[] {
  return inputs.asked
    .filter((one) => one.name === normalizeName(name) && one.specifier !== '')
    .map((one) => one.specifier);
}

/** What other packages want of it, as far as the tool's message tells; the empty specifier when it does not. */
function wantedBy(name: string, message: string): readonly string[] {
  const letters = name.replace(/[-_.]+/g, '[-_.]+');
  const specifier = String.raw`((?:[<>=!~]=?=?\s?[^\s,()]+)(?:,\s?[<>=!~]=?=?\s?[^\s,()]+)*)`;
  const joined = message.replace(/\s+/g, ' ');
  const patterns = [
    new RegExp(
      `(?:depends? on|require|requirement|found for) ${letters}(?:\\[[^\\]]*\\])?${specifier}`,
      'gi',
    ),
  ];
  const found = patterns.flatMap((pattern) => [...joined.matchAll(pattern)].map(([, text = '']) => text));
  const clean = found.map((text) => text.replace(/\s/g, '').replace(/[.;]$/, ''));
  return clean.length === 0 ? [''] : [...new Set(clean)];
}

async function wheelOf(
  name: string,
  version: string,
  source: IndexFile,
  inputs: CollectedInputs,
  options: WheelOptions,
  chains: readonly string[],
): Promise<string> {
  const written = `${name}==${version}`;
  const copy = await fetched(name, written, source, inputs, options);
  try {
    return await buildWheel({ name: normalizeName(name), written, copy }, options);
  } catch (error) {
    if (!(error instanceof SlimError) || !['no-wheel', 'resolution-failed'].includes(error.code)) throw error;
    const why =
      error.code === 'no-wheel'
        ? 'it compiles something, and built here that is for this machine'
        : 'it cannot be built on this machine';
    throw new SlimError('no-wheel', `${name} ${version} is published as source only, and ${why}.`, {
      hint: 'Have it compiled for Lambda in a container: --resolver docker (needs docker, podman, finch or nerdctl). Or ask for a version that has a wheel.',
      details: [...chains, ...error.details],
      cause: error,
    });
  }
}

/** The archive in our own folder, with the hash that index and requirements give. */
async function fetched(
  name: string,
  written: string,
  { file, url, hash }: IndexFile,
  inputs: CollectedInputs,
  { context, offline }: WheelOptions,
): Promise<string> {
  const into = path.join(inputs.folder, 'sources', file);
  await mkdir(into, { recursive: true });
  const local = url?.startsWith('file:') === true;
  if (url === null) {
    throw new SlimError('not-in-cache', `The source of ${written} is not in the cache.`, {
      hint: 'Build once without --offline.',
    });
  }
  const copy = path.join(into, file);
  const place = url.replace(/[?#].*$/, '');
  if (local) await copyFile(fileURLToPath(place), copy);
  const told = hash === null ? [] : [hash.replace(/^sha256:/, '')];
  const archive = local ? copy : await keptArchive(url, written, told, { offline, refresh: false }, context);
  const found = await hashFile(archive);
  const wanted = [told, hashesOf(name, inputs)].filter((some) => some.length > 0);
  for (const some of wanted) {
    if (some.includes(found)) continue;
    throw hashMismatch({
      what: file,
      expected: some.map((hash) => `sha256:${hash}`),
      got: `sha256:${found}`,
    });
  }
  return archive;
}

/** sha256 hashes (hex) that the requirements allow for a package. */
function hashesOf(name: string, { lines }: Pick<CollectedInputs, 'lines'>): readonly string[] {
  return lines.flatMap((line) => {
    if (!('text' in line)) return [];
    const parts = splitRequirement(line.text.replace(/\s--hash[=\s].*$/, ''));
    if (parts.name === null || normalizeName(parts.name) !== normalizeName(name)) return [];
    return [...line.text.matchAll(/--hash[=\s]+sha256:([0-9a-f]{64})/gi)].map(([, hash = '']) =>
      hash.toLowerCase(),
    );
  });
}
