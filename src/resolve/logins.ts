/** Where pip and uv look for a login that an address does not hold: `.netrc`, what `uv auth` keeps, a keyring. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../io/run.js';
import type { Environment } from '../model.js';
import { netrcEntry, parseNetrc } from '../text/netrc.js';
import { parseTomlOrNothing, tablesOf, textOf } from './inputs/toml.js';
import { findProgram, isYes, toolEnvironment } from './tools.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Files that may be the user's netrc, the first that exists counting; one that is named is the only one. */
export function netrcFiles(environment: Environment): readonly string[] {
  const named = environment['NETRC'];
  const home = environment['HOME'] ?? environment['USERPROFILE'];
  if (named !== undefined) return [named.replace(/^~(?=\/)/, home ?? '~')];
  return home === undefined ? [] : ['.netrc', '_netrc'].map((name) => path.join(home, name));
}

/** @param host without its port */
export async function fromNetrc(host: string, environment: Environment): Promise<Login | null> {
  for (const file of netrcFiles(environment)) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue;
    const entry = netrcEntry(parseNetrc(text), host);
    return entry === null ? null : { user: entry.login, password: entry.password };
  }
  return null;
}

/** Where `uv auth login` keeps logins. */
export function uvStoreFile(environment: Environment): string | null {
  const named = environment['UV_CREDENTIALS_DIR'] ?? '';
  const home = environment['HOME'] ?? environment['USERPROFILE'];
  const data = environment['XDG_DATA_HOME'] ?? (home === undefined ? null : path.join(home, '.local/share'));
  const folder = named !== '' ? named : data === null ? null : path.join(data, 'uv', 'credentials');
  return folder === null ? null : path.join(folder, 'credentials.toml');
}

/**
 * What `uv auth login` was told for the server, or for the narrowest part of it.
 * @param address of what is wanted, without a login
 * @param user empty when not known
 */
export async function fromUvStore(
  address: string,
  user: string,
  environment: Environment,
): Promise<Login | null> {
  const file = uvStoreFile(environment);
  const text = file === null ? '' : await readFile(file, 'utf8').catch(() => '');
  const wanted = new URL(address);
  const parts = wanted.pathname.split('/');
  const found = tablesOf(parseTomlOrNothing(text)['credential']).flatMap((one) => {
    const service = textOf(one['service']);
    const login = { user: textOf(one['username']), password: textOf(one['password']) };
    if (!URL.canParse(service) || login.password === '' || (user !== '' && user !== login.user)) return [];
    const { origin, pathname } = new URL(service);
    const own = pathname.replace(/\/$/, '').split('/');
    const covers = origin === wanted.origin && own.every((part, at) => part === parts[at]);
    return covers ? [{ depth: own.length, login }] : [];
  });
  return found.sort((one, other) => other.depth - one.depth)[0]?.login ?? null;
}

/** The services by which a server's login may be kept: as pip asks, the narrower one first. */
function servicesOf(address: string): readonly string[] {
  const url = new URL(address);
  const index = /^(.*\/)[^/]+\/?$/.exec(url.pathname)?.[1] ?? '/';
  const around = [`${url.origin}${index}`, `${url.origin}${index.replace(/\/$/, '')}`];
  return [...new Set([...around, url.origin, url.host])];
}

const ask = `
import json, sys
import keyring
user, services = sys.argv[1] or None, sys.argv[2:]
for service in services:
    found = keyring.get_credential(service, user)
    if found is not None:
        print(json.dumps([found.username, found.password]))
        break
`;

/** Milliseconds: somebody may have to unlock it. */
const patience = 60_000;

/**
 * Ask the user's keyring: its module in the Python on PATH, else its program, or what PIP_KEYRING_PROVIDER and
 * UV_KEYRING_PROVIDER say. Nobody is asked where PIP_NO_INPUT forbids questions and no provider is named.
 * @param address of what is wanted, without a login
 * @param user empty when not known
 */
export async function askKeyring(
  address: string,
  user: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<Login | null> {
  const provider = keyringProvider(environment);
  if (provider === 'disabled') return null;
  const services = servicesOf(address);
  const options = { env: toolEnvironment(environment), onlyEnv: true, timeout: patience, signal };
  const python = (await findProgram('python3', environment)) ?? (await findProgram('python', environment));
  if (provider !== 'subprocess' && python !== null) {
    const { ok, stdout } = await run(python, ['-c', ask, user, ...services], options);
    if (ok) return stdout.trim() === '' ? null : loginIn(JSON.parse(stdout) as [string, string]);
  }
  const program = provider === 'import' ? null : await findProgram('keyring', environment);
  if (program === null) return null;
  for (const service of services) {
    const args = user === '' ? ['--mode', 'creds', 'get', service] : ['get', service, user];
    const { ok, stdout } = await run(program, args, options);
    const lines = stdout.split(/\r?\n/);
    if (ok && stdout !== '') return loginIn(user === '' ? [lines[0], lines[1]] : [user, lines[0]]);
  }
  return null;
}

const loginIn = ([user = '', password = '']: readonly (string | undefined)[]): Login => ({ user, password });

/** @param environment over the settings of pip's configuration */
export function keyringProvider(environment: Environment): 'auto' | 'disabled' | 'import' | 'subprocess' {
  const named = [environment['PIP_KEYRING_PROVIDER'], environment['UV_KEYRING_PROVIDER']].filter(
    (one) => one !== undefined && one !== '',
  );
  for (const known of ['import', 'subprocess', 'disabled'] as const) if (named.includes(known)) return known;
  return isYes(environment['PIP_NO_INPUT']) ? 'disabled' : 'auto';
}
