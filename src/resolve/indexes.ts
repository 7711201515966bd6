/**
 * The indexes that packages are taken from: `--index` put in front of those of the requirements, and CodeArtifact's
 * addresses opened, for whichever tool resolves. A token goes into the tools' environment only: files name its variable.
 */
import path from 'node:path';
import { cannotRead, isCodeArtifact, openRepository, parseCodeArtifact } from '../aws/codeartifact.js';
import type { CodeArtifactAccess } from '../aws/codeartifact.js';
import { SlimError } from '../errors.js';
import type { BuildRequest, Environment } from '../model.js';
import type { World } from '../world.js';
import { webOf } from './web.js';
import { fileOptions, writeLines, type CollectedInputs } from './inputs/input-lines.js';

/**
 * Option lines with the request's own indexes in front. Where the request names any, PyPI is no longer asked by default.
 * uv takes a package from the first index that has it, and `--index-url` comes last there.
 */
export function withIndexes(indexes: readonly string[], options: readonly string[]): readonly string[] {
  const [last, ...others] = [...indexes].reverse();
  if (last === undefined) return options;
  const hasMain = options.some((line) => line.startsWith('--index-url '));
  const first = hasMain ? indexes : others.reverse();
  return [
    ...(hasMain ? [] : [`--index-url ${last}`]),
    ...first.map((index) => `--extra-index-url ${index}`),
    ...options,
  ];
}

/** Variables of the tools that name indexes. */
const variables = [
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'UV_DEFAULT_INDEX',
  'UV_INDEX_URL',
  'UV_INDEX',
  'UV_EXTRA_INDEX_URL',
];

const option = /^(--(?:extra-)?index-url )(\S+)$/;

export interface OpenIndexes {
  /** Files and options with addresses that the tools know. */
  readonly inputs: CollectedInputs;
  /** With the tokens. */
  readonly environment: Environment;
  /** Says what is wrong when it is CodeArtifact that refused. */
  readonly reword: (error: SlimError) => Promise<SlimError>;
}

/**
 * Get tokens for all of CodeArtifact's addresses. Nothing is asked when there are none.
 * @throws SlimError `bad-option`, `no-credentials`, `aws-refused`, `aws-unreachable`, `not-in-cache` (offline)
 */
export async function openIndexes(
  inputs: CollectedInputs,
  request: Pick<BuildRequest, 'offline'>,
  context: Pick<World, 'environment' | 'secrets' | 'signal'>,
): Promise<OpenIndexes> {
  const { environment, secrets, signal } = context;
  const named = [
    ...inputs.options.map((line) => option.exec(line)?.[2] ?? ''),
    ...variables.flatMap((name) => (environment[name] ?? '').split(/\s+/).map(withoutName)),
  ].filter(isCodeArtifact);
  const addresses = [...new Set(named)];
  if (addresses.length === 0) return { inputs, environment, reword: (error) => Promise.resolve(error) };
  if (request.offline) {
    throw new SlimError('not-in-cache', `The packages of ${addresses[0] ?? ''} are not all in the cache.`, {
      hint: 'Build once without --offline.',
    });
  }
  const access = new Map<string, CodeArtifactAccess & { readonly variable: string }>();
  for (const [index, address] of addresses.entries()) {
    const opened = await openRepository(parseCodeArtifact(address), environment, signal);
    secrets.learn(opened.token);
    secrets.learnLogin('aws', opened.token);
    access.set(address, { ...opened, variable: `LAMBDA_SLIM_INDEX_TOKEN_${index + 1}` });
  }
  const options = inputs.options.map((line) => {
    const [, name = '', address = ''] = option.exec(line) ?? [];
    const found = access.get(address);
    return found === undefined ? line : `${name}${withLogin(found.index, `\${${found.variable}}`)}`;
  });
  const changed: Record<string, string | undefined> = { ...environment };
  for (const { variable, token } of access.values()) changed[variable] = encodeURIComponent(token);
  for (const name of variables) {
    const value = environment[name];
    if (value === undefined || !/codeartifact:/i.test(value)) continue;
    changed[name] = value.replace(/\S+/g, (word) => {
      const found = access.get(withoutName(word));
      if (found === undefined) return word;
      return word.replace(withoutName(word), withLogin(found.index, encodeURIComponent(found.token)));
    });
  }
  const file = path.join(inputs.folder, 'requirements-indexes.txt');
  await writeLines(file, fileOptions(options, inputs.lines), inputs.lines);
  return {
    inputs: { ...inputs, options, files: [file] },
    environment: changed,
    reword: async (error) => {
      if (!maybeRefused.includes(error.code)) return error;
      for (const [address, one] of access) {
        if (await isRefused(one, context)) return cannotRead(parseCodeArtifact(address), error.details);
      }
      return error;
    },
  };
}

/** What a tool's failure is taken for when an index gives it nothing. */
const maybeRefused: readonly string[] = ['index-unreachable', 'resolution-failed', 'no-wheel'];

/** The tools call a refusal by many names; the index itself says it plainly. */
async function isRefused(
  { index, token }: CodeArtifactAccess,
  context: Pick<World, 'environment' | 'secrets' | 'signal'>,
): Promise<boolean> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(15_000)]);
  return webOf(context)(`${withLogin(index, encodeURIComponent(token))}pip/`, { signal }).then(
    ({ status }) => status === 401 || status === 403,
    () => false,
  );
}

/** uv's `name=https://…`. */
const withoutName = (word: string): string => word.replace(/^[A-Za-z0-9._-]+=/, '');

const withLogin = (index: string, password: string): string => index.replace('://', `://aws:${password}@`);
