/**
 * Logins of named indexes that Poetry and PDM keep in files of the user's: Poetry's `auth.toml`, PDM's `config.toml` and the project's
 * `pdm.toml`. They become the variables that `namedLogin` reads, so that everything else knows one place.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expandVariables } from '../python/lines.js';
import type { Environment } from '../model.js';
import type { World } from '../world.js';
import { parseTomlOrNothing, tableAt, tableOf, textOf, type Table } from './inputs/toml.js';
import { namedLogin, namePart } from './secrets.js';
import { settingsFolders } from '../io/user-folders.js';

/**
 * The environment with them, which the run's secrets then know. A login that is in the environment already is the one that counts, and
 * a file that is not there or cannot be read says nothing.
 * @param folder of the project
 */
export async function withToolLogins(
  folder: string,
  { environment, secrets }: Pick<World, 'environment' | 'secrets'>,
): Promise<Environment> {
  const found = new Map<string, Table>();
  for (const file of poetryFiles(environment)) {
    for (const [name, login] of Object.entries(tableAt(await tableIn(file), 'http-basic'))) {
      // Poetry's own name for the public index: that login is for publishing.
      if (name.toLowerCase() !== 'pypi') found.set(name, tableOf(login));
    }
  }
  // The later file wins, as for PDM. A mirror's own login (`pypi.username`) is left: by its name it would go to PyPI, too.
  for (const file of [...pdmFiles(environment), path.join(folder, 'pdm.toml')]) {
    const pypi = tableOf((await tableIn(file))['pypi']);
    for (const [name, login] of Object.entries(pypi)) found.set(name, tableOf(login));
  }
  const added: Record<string, string> = {};
  for (const [name, login] of found) {
    const given = namedLogin(name, environment);
    const [user, password] = ['username', 'password'].map((key) =>
      expandVariables(textOf(login[key]), environment),
    );
    if (given.user !== undefined || given.password !== undefined) continue;
    if (password !== undefined && password !== '') secrets.learnLogin(user ?? '', password);
    for (const [what, value = ''] of [
      ['USERNAME', user],
      ['PASSWORD', password],
    ] as const) {
      if (value !== '') added[`POETRY_HTTP_BASIC_${namePart(name)}_${what}`] = value;
    }
  }
  return { ...environment, ...added };
}

/** Poetry's, the one that wins last. */
export const poetryFiles = (environment: Environment): readonly string[] => {
  const named = environment['POETRY_CONFIG_DIR'];
  const folders =
    named !== undefined && named !== ''
      ? [named]
      : settingsFolders(environment).map((folder) => path.join(folder, 'pypoetry'));
  return folders.map((folder) => path.join(folder, 'auth.toml'));
};

/** PDM's for the user, the one that wins last. */
export const pdmFiles = (environment: Environment): readonly string[] => {
  const named = environment['PDM_CONFIG_FILE'];
  if (named !== undefined && named !== '') return [named];
  return settingsFolders(environment).map((folder) => path.join(folder, 'pdm', 'config.toml'));
};

const tableIn = async (file: string): Promise<Table> =>
  parseTomlOrNothing(await readFile(file, 'utf8').catch(() => ''));
