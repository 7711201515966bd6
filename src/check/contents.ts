/** A measurement from the files of a zip or a folder. It asks for texts and reads none itself. Pure. */
import { SlimError } from '../errors.js';
import { readDistributions } from '../inventory/distributions.js';
import { ownersOf } from '../inventory/owners.js';
import type { PayloadIndex } from '../model.js';
import { parseJson } from '../text/json.js';
import { providesPath } from '../layers/provides.js';
import { bootstrap, functionCode, modelReader, unowned } from '../manifest/measure.js';
import type { Form, MeasuredFile, MeasuredPackage } from './model.js';

export interface ContentFile {
  /** In the zip or folder. */
  readonly path: string;
  /** 0 for a link. */
  readonly bytes: number;
}

export interface ContentSizes {
  readonly form: Form;
  readonly unzipped: number;
  /** What its payloads are unpacked to in /tmp. */
  readonly tmp: number;
  /** Heaviest first. */
  readonly packages: readonly MeasuredPackage[];
  /** Heaviest first. */
  readonly files: readonly MeasuredFile[];
}

/** Folders in /opt that Lambda's runtimes look into. */
const layerFolder = /^(?:python|lib|bin|extensions|nodejs|java|ruby|dotnet)\//;
const inLayer = /^python\/(?:lib\/python3\.\d+\/site-packages\/)?/;
const payloadIndex = /^lambda_slim_payloads\/[^/]+\/index\.json$/;
const payloadFile = /^lambda_slim_payloads\/[^/]+\/payload\./;
const models = /^lambda_slim_models\//;
const ours = /^(?:lambda_slim_boot[/.]|lambda_slim_payloads\/|lambda-slim-wrapper$)/;

/**
 * @param files every file of a zip or folder
 * @param read text of one of them by its path; null when it is not there
 * @throws SlimError `bad-archive` when there is nothing, or a payload's index is damaged
 */
export async function sizesOf(
  files: readonly ContentFile[],
  read: (path: string) => Promise<string | null>,
): Promise<ContentSizes> {
  // Often a path with a typing error, or a build that failed: it must not pass as small enough.
  if (files.length === 0) {
    throw new SlimError('bad-archive', 'there is no file in it.', {
      hint: 'Name the zip, the manifest (lambda-slim.json) or the folder that a build wrote.',
    });
  }
  const form = formOf(files.map((one) => one.path));
  // A layer is unpacked into /opt: what lies beside its python/ folder is not on sys.path.
  const prefixes = new Map<string, string>();
  const placed = files.map((one) => {
    const prefix = form === 'layer' ? (inLayer.exec(one.path)?.[0] ?? '') : '';
    const path = one.path.slice(prefix.length);
    prefixes.set(path, prefix);
    return { path, bytes: one.bytes };
  });
  const readPlaced = (path: string): Promise<string | null> => {
    const prefix = prefixes.get(path);
    return prefix === undefined ? Promise.resolve(null) : read(prefix + path);
  };
  const nested = await nestedFiles(placed, readPlaced);
  const shown = [...placed.filter((one) => !payloadFile.test(one.path)), ...nested];
  const paths = shown.map((one) => one.path);
  const installed = await readDistributions(paths, readPlaced);
  const owners = ownersOf(
    paths,
    installed.map(({ owned }) => owned),
  );
  const libraries = libraryOwners(installed.map(({ owned }) => owned));
  const versions = new Map(installed.map(({ facts }) => [facts.normalized, facts.version]));
  const rest = form === 'function' ? functionCode : unowned;
  const sums = new Map<string, number>();
  for (const { path, bytes } of shown) {
    // What a layer tells of itself is no package's, as in the manifest.
    if (providesPath.test(path)) continue;
    const owner = ours.test(path)
      ? bootstrap
      : models.test(path)
        ? modelReader
        : (owners.get(path)?.distribution ?? libraries(path) ?? rest);
    sums.set(owner, (sums.get(owner) ?? 0) + bytes);
  }
  return {
    form,
    unzipped: sum(files),
    tmp: sum(nested),
    packages: byWeight(
      [...sums].map(([name, bytes]) => ({ name, version: versions.get(name) ?? null, bytes })),
      (one) => one.name,
    ),
    files: byWeight(shown, (one) => one.path),
  };
}

/** A layer has all its Python below `python/`; a function's zip has a handler or packages at its top. */
export function formOf(paths: readonly string[]): Form {
  const top = paths.filter((path) => !layerFolder.test(path));
  const code = top.some((path) => /^[^/]+\.(?:py|so)$|\.dist-info\/|\.egg-info(?:\/|$)/.test(path));
  return !code && paths.some((path) => layerFolder.test(path)) ? 'layer' : 'function';
}

/** What payloads hold: `index.json` beside each tells. */
async function nestedFiles(
  files: readonly ContentFile[],
  read: (path: string) => Promise<string | null>,
): Promise<readonly ContentFile[]> {
  const nested: ContentFile[] = [];
  for (const { path } of files) {
    if (!payloadIndex.test(path)) continue;
    for (const file of listedIn((await read(path)) ?? '', path)) {
      nested.push({
        path: file.path.replace(/^python\//, ''),
        bytes: file.link === undefined ? file.bytes : 0,
      });
    }
  }
  return nested;
}

/**
 * @param path of the index, for the error
 * @throws SlimError `bad-archive`
 */
function listedIn(index: string, path: string): PayloadIndex['files'] {
  try {
    const { files } = parseJson(index) as PayloadIndex;
    if (files.every(isFile)) return files;
  } catch {
    // No JSON, or JSON of another shape: both are said below.
  }
  throw new SlimError('bad-archive', `${path} is damaged: it does not list the files of its payload.`, {
    hint: 'Build again.',
  });
}

/** Sizes are added up: only counts of bytes may be among them. */
const isFile = ({ path, bytes, link }: PayloadIndex['files'][number]): boolean =>
  typeof path === 'string' &&
  Number.isSafeInteger(bytes) &&
  bytes >= 0 &&
  (link === undefined || typeof link === 'string');

/** A library that is loaded by path lies under its SONAME in the payload; RECORD has it where the wheel had it. */
function libraryOwners(
  owned: readonly { readonly normalized: string; readonly paths: readonly string[] }[],
): (path: string) => string | null {
  let byName: Map<string, string> | null = null;
  return (path) => {
    if (!path.startsWith('lib/')) return null;
    byName ??= new Map(
      owned.flatMap(({ normalized, paths }) =>
        paths
          .filter((one) => one.includes('.so'))
          .map((one): [string, string] => [one.slice(one.lastIndexOf('/') + 1), normalized]),
      ),
    );
    return byName.get(path.slice(4)) ?? null;
  };
}

/** Heaviest first; equal ones by name, so that the order is the same everywhere. */
export function byWeight<Row extends { readonly bytes: number }>(
  rows: readonly Row[],
  name: (row: Row) => string,
): readonly Row[] {
  return [...rows].sort((a, b) => b.bytes - a.bytes || (name(a) < name(b) ? -1 : 1));
}

function sum(rows: readonly { readonly bytes: number }[]): number {
  return rows.reduce((total, row) => total + row.bytes, 0);
}
