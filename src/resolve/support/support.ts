/** Distributions that lambda-slim itself needs for a target: exact wheels, fetched once into the cache with the machine's uv or pip. */
import { uvConfig } from '../inputs/uv-config.js';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError, throwIfAborted } from '../../errors.js';
import { cacheKey } from '../../text/cache-key.js';
import type { BuildRequest, Environment, StagedFile, Target } from '../../model.js';
import { stripAll } from '../../stage/strip-cache.js';
import { explainFailure } from '../host/explain.js';
import type { HostTool } from '../host/tool.js';
import { chooseHost } from '../host/choose.js';
import type { World } from '../../world.js';
import { botoPins, clientPins, zstdPin, type SupportPin } from './pins.js';
import { installedNames, verifyTree } from '../tree.js';

export interface SupportContext extends World {
  /** What the build asked for: `uv` and `pip` are followed, so that the same index settings hold. Default: auto. */
  readonly resolver?: BuildRequest['resolver'];
  /** The build's folder: where uv looks for its settings. Default: none. */
  readonly folder?: string;
  /** Only what is in the caches. Default: false. */
  readonly offline?: boolean;
}

interface Support {
  /** For people, e.g. `the zstd extension`. */
  readonly name: string;
  readonly pins: readonly SupportPin[];
  /** Another way to the same end: a whole sentence. */
  readonly remedy: string;
}

/**
 * The extension module that opens zstd frames on a Python before 3.14, and its licences; empty from 3.14 on.
 *
 * The file is the module `_zstd` of whatever package it lies in: `from ._zstd import ZstdDecompressor` in lambda_slim_boot.
 * It imports nothing of backports.zstd to decompress, and releases the GIL meanwhile.
 * @throws SlimError `bad-requirements`, `no-resolver`, `no-wheel`, `needs-newer-python`, `resolution-failed`,
 *   `index-unreachable`,
 *   `hash-mismatch`, `not-in-cache` (offline), `disk-full`, `interrupted`, `cache-unwritable`
 */
export async function zstdExtension(target: Target, context: SupportContext): Promise<readonly StagedFile[]> {
  const pin = zstdPin(target);
  if (pin === null) return [];
  const support: Support = {
    name: 'the zstd extension',
    pins: [pin],
    remedy: 'Or build with --codec gzip, which needs no extension (its payload is larger and opens slower).',
  };
  const root = await fetchOnce(support, target, context, async (folder) =>
    writeFile(path.join(folder, licenceFile), await licencesIn(folder)),
  );
  const folder = path.join(root, 'backports', 'zstd');
  const names = await readdir(folder);
  const name = names.find((one) => /^_zstd\..*\.so$/.test(one));
  if (name === undefined) throw new Error(`${pin.name} ${pin.version} has no _zstd.*.so`);
  const module = path.join(folder, name);
  const { size } = await stat(module);
  const stripped = (await stripAll([{ source: module, bytes: size }], context.cache, () => {})).get(module);
  const licence = path.join(root, licenceFile);
  const staged = { place: 'python', distribution: null, origin: 'boot' } as const;
  return [
    {
      ...staged,
      path: `lambda_slim_boot/${licenceFile}`,
      source: licence,
      bytes: (await stat(licence)).size,
      mode: 0o644,
    },
    {
      ...staged,
      path: `lambda_slim_boot/${name}`,
      ...(stripped?.stripped === true
        ? { source: stripped.source, bytes: stripped.bytes }
        : { source: module, bytes: size }),
      mode: 0o755,
    },
  ];
}

const licenceFile = 'LICENSE.zstd.txt';

/**
 * An absolute folder with the runtime client `awslambdaric` and all that it needs, as the wheels have them.
 * @throws SlimError as for the zstd extension: what `fetchOnce` throws
 */
export async function runtimeClient(target: Target, context: SupportContext): Promise<string> {
  return fetchOnce(
    {
      name: 'the runtime client',
      pins: clientPins(target),
      remedy: 'Or verify where a container engine answers: AWS’s images have their own client.',
    },
    target,
    context,
  );
}

/**
 * An absolute folder with boto3, for the end of sys.path, where Lambda's runtime has its own.
 * @throws SlimError as for the zstd extension: what `fetchOnce` throws
 */
export async function runtimeBoto(target: Target, context: SupportContext): Promise<string> {
  return fetchOnce(
    {
      name: 'the runtime’s boto3',
      pins: botoPins(target),
      remedy: 'Or put boto3 into the package, so that the runtime’s is not needed.',
    },
    target,
    context,
  );
}

/**
 * The key names wheels and target only, so that what was fetched once needs neither tool nor network again.
 * @param finish adds to the installed tree
 */
async function fetchOnce(
  support: Support,
  target: Target,
  context: SupportContext,
  finish: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  throwIfAborted(context.signal);
  const { pins } = support;
  const step = context.progress.start(`fetch ${support.name.replace(/^the /, '')}`);
  const { python, architecture, glibc } = target;
  const key = cacheKey({ format: 1, pins, python, architecture, glibc });
  const entry = await context.cache.folder('support', key, async (folder) => {
    await install(support, folder, target, context, (text) => step.note(text));
    await verifyTree(folder, target);
    await finish(folder);
  });
  step.end(pins.map(({ name, version }) => `${name} ${version}`)[0], { cached: entry.cached });
  return entry.path;
}

/** Limits that the user set for other distributions. Here each is exact and has its hash. */
const nobodysLimits: Environment = {
  PIP_CONSTRAINT: undefined,
  PIP_UPLOADED_PRIOR_TO: undefined,
  UV_CONSTRAINT: undefined,
  UV_OVERRIDE: undefined,
  UV_EXCLUDE_NEWER: undefined,
};

async function install(
  { name, pins, remedy }: Support,
  folder: string,
  target: Target,
  context: SupportContext,
  note: (text: string) => void,
): Promise<void> {
  const work = await context.cache.workFolder('support');
  const texts = pins.map((pin) => `${pin.name}==${pin.version} --hash=sha256:${pin.sha256}`);
  const file = path.join(work, 'pins.txt');
  await writeFile(file, `${texts.join('\n')}\n`);
  const environment = { ...context.environment, ...nobodysLimits };
  const host = await chosen(context, target).catch((error: unknown) => {
    throw reworded(error, name, remedy);
  });
  const run = {
    cwd: context.folder ?? work,
    environment,
    secrets: context.secrets,
    note,
    signal: context.signal,
  };
  const settings = {
    settings: [],
    beside: [],
    named: [],
    nested: [],
    exact: false,
    environment,
    secrets: context.secrets,
  };
  const uv = await uvConfig({ folder: run.cwd, ...settings });
  const network = context.offline === true ? ('offline' as const) : ('any' as const);
  const install = { cpu: false, hashes: true, network, run };
  const result = await host.install(file, folder, install, { folder: work, uv, exact: false });
  if (result.ok) return;
  if (context.offline === true) {
    const sentence = `${name.charAt(0).toUpperCase()}${name.slice(1)} is not in the cache.`;
    throw new SlimError('not-in-cache', sentence, { hint: `Build once without --offline. ${remedy}` });
  }
  const inputs = { lines: [], asked: [], options: [], uv, files: [file], written: new Map(), folder: work };
  throw reworded(
    await explainFailure({
      result,
      inputs,
      target,
      host,
      environment,
      secrets: context.secrets,
      signal: run.signal,
      cacheRoot: context.cache.root,
    }),
    name,
    remedy,
  );
}

async function chosen(context: SupportContext, target: Target): Promise<HostTool> {
  const { resolver = 'auto' } = context;
  const wanted = resolver === 'uv' || resolver === 'pip' ? resolver : 'auto';
  return chooseHost({ resolver: wanted }, target, context);
}

/** The user did not ask for these distributions: the sentence says what they are for, the hint what does without. */
function reworded(error: unknown, name: string, remedy: string): unknown {
  if (!(error instanceof SlimError)) return error;
  const hints: Partial<Record<SlimError['code'], string>> = {
    'index-unreachable': error.hint,
    'no-resolver': 'Install uv (https://docs.astral.sh/uv/) or a Python with pip: this is fetched with them.',
    'hash-mismatch': 'Name an index that has PyPI’s own files: the hash is of the wheel on pypi.org.',
  };
  const hint = hints[error.code] ?? 'The package index must have this wheel, as pypi.org does.';
  const sentence = `${name.charAt(0).toUpperCase()}${name.slice(1)} cannot be fetched: ${error.message}`;
  return new SlimError(error.code, sentence, {
    hint: `${hint} ${remedy}`,
    details: error.details,
    cause: error,
  });
}

/** Text of every licence that the one installed distribution names. */
async function licencesIn(root: string): Promise<string> {
  const [installed] = await installedNames(root);
  const folder = path.join(root, installed?.folder ?? '', 'licenses');
  const names = (await readdir(folder)).sort();
  const texts = names.map(async (one) => {
    const text = await readFile(path.join(folder, one), 'utf8');
    return `==== ${installed?.folder.replace('.dist-info', '') ?? ''}: ${one} ====\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join('\n');
}
