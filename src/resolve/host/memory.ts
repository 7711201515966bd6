/**
 * What was decided for the same inputs, kept in the cache without any address. A decision that nothing can change any more, as
 * every package in it is pinned, stands for the index; any other one does so with `--offline` only.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheKey } from '../../text/cache-key.js';
import type { Finding } from '../../findings/findings.js';
import type { BuildRequest, Environment, Target } from '../../model.js';
import { readPipConfig } from '../docker/pip-config.js';
import type { CollectedInputs } from '../inputs/input-lines.js';
import { uvFiles } from '../inputs/uv-config.js';
import type { Pin } from '../pins.js';
import { isSecretName, withoutLogins } from '../../text/secrets.js';
import type { World } from '../../world.js';

export interface Remembered {
  /** Of the installed tree. */
  readonly treeKey: string;
  readonly findings: readonly Finding[];
  /** Only an edited file can change it. */
  readonly settled: boolean;
}

/** Everything on this machine that decides, but for what an index answers. Holds no secret. */
export async function memoryKey(
  inputs: CollectedInputs,
  request: BuildRequest,
  target: Target,
  tool: string,
  environment: Environment,
): Promise<string> {
  const files = [
    path.join(request.folder, 'uv.toml'),
    path.join(request.folder, 'pyproject.toml'),
    ...uvFiles(environment),
  ];
  const settings = Object.entries({ ...(await readPipConfig(environment)), ...environment })
    .filter(([name]) => /^(?:PIP|UV)_/.test(name))
    .map(([name, value]) => [name, isSecretName(name) ? '' : withoutLogins(value ?? '')])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return cacheKey({
    format: 2,
    digest: inputs.digest,
    target: [target.python, target.architecture, target.glibc],
    tool,
    torch: request.torchBackend,
    build: request.buildSources,
    uv: withoutLogins(inputs.uv.resolve),
    exact: inputs.exact,
    claims: inputs.claims.map((one) => ({ ...one, indexes: one.indexes.map(withoutLogins) })),
    settings,
    files: await Promise.all(files.map(digestOf)),
  });
}

async function digestOf(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : createHash('sha256').update(text).digest('hex');
}

/** Null when nothing is known that may be used. */
export async function recall(
  key: string,
  request: Pick<BuildRequest, 'offline' | 'refresh'>,
  { cache }: Pick<World, 'cache'>,
): Promise<Remembered | null> {
  if (request.refresh) return null;
  const entry = await cache.find('pins', key);
  const text = entry && (await readFile(path.join(entry.path, 'decision.json'), 'utf8').catch(() => null));
  if (text === null) return null;
  const remembered = JSON.parse(text) as Remembered;
  return remembered.settled || request.offline ? remembered : null;
}

/** Keep a decision for the next build. */
export async function remember(
  key: string,
  decision: Remembered,
  { cache, secrets }: Pick<World, 'cache' | 'secrets'>,
): Promise<void> {
  await cache.replace('pins', key, (folder) =>
    writeFile(path.join(folder, 'decision.json'), JSON.stringify(secrets.hideIn(decision))),
  );
}

export const isSettled = (pins: readonly Pin[], exact: ReadonlySet<string>): boolean =>
  pins.every((pin) => exact.has(pin.name));
