/** Files of the user that hold logins: the tools read them by themselves, and may tell of what they found. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { parseNetrc } from '../text/netrc.js';
import type { World } from '../world.js';
import { pipConfigFiles, parsePipConfig } from './docker/pip-config.js';
import { netrcFiles } from './logins.js';
import { pdmFiles, poetryFiles } from './tool-logins.js';
import { inConfig, inHome } from '../io/user-folders.js';
import { uvStoreFile } from './uv-store.js';

/** Bytes: none of them is ever as long. */
const most = 1 << 20;

/** Have the run know every secret in them. What cannot be read is nobody's secret here. */
export async function learnLogins({
  environment,
  secrets,
}: Pick<World, 'environment' | 'secrets'>): Promise<void> {
  for (const file of [...netrcFiles(environment), ...inHome(environment, '.netrc', '_netrc')]) {
    for (const { login, password } of parseNetrc(await textOf(file)))
      if (password !== '') secrets.learnLogin(login, password);
  }
  for (const file of pipConfigFiles(environment)) secrets.readVariables(parsePipConfig(await textOf(file)));
  await learnRegistryLogins(
    path.join(environment['DOCKER_CONFIG'] ?? inHome(environment, '.docker')[0] ?? '', 'config.json'),
    environment,
    secrets,
  );
  const others = [
    ...inHome(environment, '.git-credentials', '.pypirc', '.gitconfig'),
    ...inConfig(environment, 'git/credentials', 'git/config', 'uv/uv.toml', 'pypoetry/config.toml'),
    ...poetryFiles(environment),
    ...pdmFiles(environment),
    uvStoreFile(environment) ?? '',
  ];
  for (const file of others) {
    const text = await textOf(file);
    secrets.read(text);
    for (const [, value = ''] of text.matchAll(/^\s*"?(?:password|token)"?\s*[=:]\s*["']?([^\s"']+)/gim))
      secrets.learn(value);
  }
}

/** What `docker login` keeps: a user and a password as base64, or a token. */
async function learnRegistryLogins(
  file: string,
  environment: World['environment'],
  secrets: World['secrets'],
): Promise<void> {
  for (const text of [await textOf(file), environment['DOCKER_AUTH_CONFIG'] ?? '']) {
    for (const [, name = '', value = ''] of text.matchAll(
      /"(auth|identitytoken|registrytoken|password)"\s*:\s*"([^"\\]+)"/gi,
    )) {
      secrets.learn(value);
      if (name !== 'auth') continue;
      const [user = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
      if (password.length > 0) secrets.learnLogin(user, password.join(':'));
    }
  }
}

async function textOf(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const facts = await handle.stat();
      return facts.isFile() && facts.size <= most ? await handle.readFile('utf8') : '';
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
