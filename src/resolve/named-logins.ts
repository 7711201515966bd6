/**
 * pip knows no names of indexes, so the login of a name is put into the address for it and for containers: as a variable in their
 * files, whose value only the environment has.
 */
import path from 'node:path';
import { expandVariables } from '../python/lines.js';
import type { Environment } from '../model.js';
import type { World } from '../world.js';
import { fileOptions, writeLines, type CollectedInputs } from './inputs/input-lines.js';
import { namedIndex, sameIndex } from './inputs/name-sources.js';
import { parseTomlOrNothing, tablesOf } from './inputs/toml.js';
import { indexWithLogin, namedLogin, splitCredentials } from './secrets.js';

const option = /^(--(?:extra-)?index-url )(\S+)$/;

/** @returns what was given where no index has a login by its name */
export async function withNamedLogins(
  inputs: CollectedInputs,
  { environment, secrets }: Pick<World, 'environment' | 'secrets'>,
): Promise<{ readonly inputs: CollectedInputs; readonly environment: Environment }> {
  const named = [
    ...inputs.lines.flatMap((line) => ('text' in line && line.index !== undefined ? [line.index] : [])),
    ...tablesOf(parseTomlOrNothing(inputs.uv.resolve)['index']).map(namedIndex),
  ];
  const added = new Map<string, string>();
  const opened = (url: string): string => {
    const { address } = splitCredentials(expandVariables(url, environment));
    const login = named
      .filter((one) => sameIndex(splitCredentials(expandVariables(one.url, environment)).address, address))
      .map(({ name }) => ({ name, ...namedLogin(name, environment) }))
      .find(({ user, password }) => user !== undefined || password !== undefined);
    if (login === undefined || !/^https?:/i.test(address)) return url;
    secrets.learnLogin(login.user ?? '', login.password ?? '');
    const whole = new URL(indexWithLogin(login.name, address, environment));
    const value = `${whole.username}:${whole.password}`;
    const variable = added.get(value) ?? `LAMBDA_SLIM_INDEX_LOGIN_${added.size + 1}`;
    added.set(value, variable);
    return address.replace('://', `://\${${variable}}@`);
  };
  const options = inputs.options.map((line) =>
    line.replace(option, (_, name: string, url: string) => `${name}${opened(url)}`),
  );
  const lines = inputs.lines.map((line) =>
    'text' in line && line.index !== undefined
      ? { ...line, index: { ...line.index, url: opened(line.index.url) } }
      : line,
  );
  if (added.size === 0) return { inputs, environment };
  const file = path.join(inputs.folder, 'requirements-logins.txt');
  await writeLines(file, fileOptions(options, lines), lines);
  const variables = Object.fromEntries([...added].map(([value, variable]) => [variable, value]));
  return {
    inputs: { ...inputs, options, lines, files: [file] },
    environment: { ...environment, ...variables },
  };
}
