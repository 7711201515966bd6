/** What a build is made from: written down by the build, and compared by the commands that read it. */
import path from 'node:path';
import pMap from 'p-map';
import { vendoredDigest } from '../amend/vendor.js';
import { codeDigest, codeFiles } from '../code/files.js';
import { SlimError } from '../errors.js';
import type { Finding } from '../findings/findings.js';
import { exists, isFolder } from '../io/exists.js';
import { ownCommand } from '../io/own-command.js';
import { olderFindings, type BuildAgain, type InputsNow } from '../manifest/older.js';
import type { BuildInputs, BuildRequest, Manifest, ReadInput } from '../model.js';
import { buildOptions } from '../options/build.js';
import { isGiven, type Given } from '../options/command-line.js';
import { readConfig, type ConfigFile } from '../options/config.js';
import { modernized } from '../options/former.js';
import { detectSource } from '../resolve/inputs/detect.js';
import { inputDigest } from '../resolve/inputs/input-digest.js';
import { envOption } from '../options/variables.js';
import { cacheKey } from '../text/cache-key.js';
import { defaultOut } from '../text/own-names.js';
import { relativePath } from '../text/relative-path.js';
import { isSecretName, Secrets } from '../text/secrets.js';
import { quoted } from '../text/shell.js';

type ConfigInputs = NonNullable<BuildInputs['config']>;

/** Settings that say where something lies or how to get there: they change nothing of what is built. */
const countsNot: readonly string[] = [
  ...['out', 'offline', 'noBuild', 'containerEngine', 'cacheDir', 'cacheLimit', 'noCache', 'confine'],
  'provenance',
  'interpreter',
];

const counting = buildOptions.filter((row) => !('inConfig' in row) && !countsNot.includes(row.key));

/** @param config that took part */
export function configInputs(
  sources: Given,
  config: ConfigFile | null,
  folder: string,
): BuildInputs['config'] {
  if (sources.configFile === false) return null;
  const given = counting.filter((row) => isGiven(sources, row));
  return { ...configNow(config, folder), given: given.map(({ key }) => key).sort() };
}

function configNow(config: ConfigFile | null, folder: string): Pick<ConfigInputs, 'path' | 'values'> {
  if (config === null) return { path: null, values: {} };
  const read = modernized(buildOptions, { flags: {}, environment: {}, config, cwd: folder });
  const values = read.config?.values ?? {};
  return {
    path: relativePath(folder, config.file),
    values: Object.fromEntries(
      counting.flatMap(({ key }) =>
        values[key] === undefined ? [] : [[key, cacheKey({ value: harmless(key, values[key]) })]],
      ),
    ),
  };
}

/** A digest of a password that is short is as good as the password. */
function harmless(key: string, value: unknown): unknown {
  if (key !== envOption.key || !Array.isArray(value)) return value;
  return value.map((one: unknown) => {
    const [, name = '', given = ''] = /^([^=]*)=(.*)$/s.exec(String(one)) ?? [];
    return isSecretName(name) || new Secrets().hide(given) !== given ? name : one;
  });
}

/**
 * @param read what told the resolver what to install
 * @param code digest of the function's own code
 */
export async function buildInputs(
  request: BuildRequest,
  config: BuildInputs['config'],
  read: readonly ReadInput[],
  code: string,
): Promise<BuildInputs> {
  const { folder, out, from, requirements, recipes, keep, excludeCode: exclude } = request;
  const version = { place: path.join(folder, '.python-version'), kind: 'file' } as const;
  const own: readonly ReadInput[] = recipes.map((place) => ({ place, kind: 'file' }));
  const digests = await pMap(
    [...read, ...own, version],
    async (one) => ({
      path: relativePath(folder, one.place),
      kind: one.kind,
      // What is read where it is there, and is not.
      sha256: await digestOf(one).catch(() => null),
    }),
    { concurrency: 8 },
  );
  return {
    folder: relativePath(out, folder),
    detected: requirements.length === 0 && request.package === null && from === null,
    read: digests
      .flatMap(({ sha256, ...one }) => (sha256 === null ? [] : [{ ...one, sha256 }]))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    code:
      request.code === null
        ? null
        : { path: relativePath(folder, request.code), sha256: code, keep, exclude },
    config,
  };
}

/**
 * Whether what a build was made from is still the same. What cannot be read is not held against it.
 * @param out the folder that its manifest lies in, absolute
 * @param cwd where its commands are typed, absolute
 */
export async function olderThanInputs(
  out: string,
  { inputs: told }: Pick<Manifest, 'inputs'>,
  cwd: string,
): Promise<readonly Finding[]> {
  if (told === undefined) return [];
  return olderFindings(told, await inputsNow(out, told), againHere(out, told, cwd));
}

/** What builds it once more, seen from a folder. */
function againHere(out: string, { folder: told, config }: BuildInputs, cwd: string): BuildAgain {
  const folder = path.resolve(out, told);
  const own = relativePath(cwd, folder);
  const elsewhere = path.resolve(folder, defaultOut) === out ? [] : ['--out', relativePath(cwd, out) || '.'];
  const words = [...(own === '' ? [] : [own]), ...elsewhere].map(quoted);
  const given = config?.given ?? [];
  return {
    command: [ownCommand(cwd), 'build', ...words].join(' '),
    options: counting.filter(({ key }) => given.includes(key)).map(({ name }) => `--${name}`),
  };
}

async function inputsNow(out: string, told: BuildInputs): Promise<InputsNow> {
  const folder = path.resolve(out, told.folder);
  const digests = await pMap(
    told.read,
    async ({ path: name, kind }) =>
      [name, await digestNow({ place: path.resolve(folder, name), kind })] as const,
    { concurrency: 8 },
  );
  const read = new Map<string, string | null>();
  for (const [name, digest] of digests) if (digest !== undefined) read.set(name, digest);
  return {
    read,
    detected: told.detected ? await detectedNow(folder) : null,
    code: await codeNow(folder, out, told.code),
    config: await configThere(folder, told.config),
  };
}

const digestOf = (one: ReadInput): Promise<string> =>
  one.kind === 'vendored' ? vendoredDigest(one.place) : inputDigest(one);

/** @returns null: nothing is there; undefined: nobody knows */
async function digestNow(one: ReadInput): Promise<string | null | undefined> {
  try {
    return await digestOf(one);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : undefined;
  }
}

async function detectedNow(folder: string): Promise<string | null> {
  return detectSource(folder).then(
    ({ source }) => relativePath(folder, source.file),
    () => null,
  );
}

async function codeNow(folder: string, out: string, code: BuildInputs['code']): Promise<InputsNow['code']> {
  if (code === null) return undefined;
  const place = path.resolve(folder, code.path);
  if (!(await isFolder(place))) return null;
  const { keep, exclude } = code;
  try {
    const { files } = await codeFiles({ folder: place, project: folder, out, keep, exclude });
    return await codeDigest(files);
  } catch (error) {
    if (error instanceof SlimError) return error.code === 'nothing-to-build' ? null : undefined;
    throw error;
  }
}

/** It may hold nothing for us any more; one that is broken is broken for the search, too. */
function none(error: unknown): null {
  if (error instanceof SlimError) return null;
  throw error;
}

async function configThere(folder: string, told: BuildInputs['config']): Promise<InputsNow['config']> {
  if (told === null) return undefined;
  try {
    const named = told.path === null ? null : path.resolve(folder, told.path);
    const same =
      named === null || !(await exists(named)) ? null : await readConfig(folder, named).catch(none);
    return configNow(same ?? (await readConfig(folder, null)), folder);
  } catch (error) {
    if (error instanceof SlimError) return undefined;
    throw error;
  }
}
