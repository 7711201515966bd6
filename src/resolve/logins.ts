/** Where pip and uv look for a login that an address does not hold: `.netrc`, a keyring. What `uv auth` keeps is in uv-store.ts. */
import { readFile } from 'node:fs/promises';
import { run } from '../io/run.js';
import type { Environment } from '../model.js';
import { netrcEntry, parseNetrc } from '../text/netrc.js';
import { basic } from './secrets.js';
import { findProgram, isYes, toolEnvironment } from './tools.js';
import { homeFolder, inHome } from '../io/user-folders.js';

export interface Named {
  readonly user: string;
  readonly password: string;
}

/** A token alone is that of the scheme "Bearer". */
export type Login = Named | { readonly token: string };

/** As a header has it. */
export const authorization = (login: Login): string =>
  'token' in login ? `Bearer ${login.token}` : basic(login.user, login.password);

/** Files that may be the user's netrc, the first that exists counting; one that is named is the only one. */
export function netrcFiles(environment: Environment): readonly string[] {
  const named = environment['NETRC'];
  if (named !== undefined) return [named.replace(/^~(?=\/)/, homeFolder(environment) ?? '~')];
  return inHome(environment, '.netrc', '_netrc');
}

/** @param host without its port */
export async function fromNetrc(host: string, environment: Environment): Promise<Named | null> {
  for (const file of netrcFiles(environment)) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue;
    const entry = netrcEntry(parseNetrc(text), host);
    return entry === null ? null : { user: entry.login, password: entry.password };
  }
  return null;
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
): Promise<Named | null> {
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

const loginIn = ([user = '', password = '']: readonly (string | undefined)[]): Named => ({ user, password });

/** @param environment over the settings of pip's configuration */
export function keyringProvider(environment: Environment): 'auto' | 'disabled' | 'import' | 'subprocess' {
  const named = [environment['PIP_KEYRING_PROVIDER'], environment['UV_KEYRING_PROVIDER']].filter(
    (one) => one !== undefined && one !== '',
  );
  for (const known of ['import', 'subprocess', 'disabled'] as const) if (named.includes(known)) return known;
  return isYes(environment['PIP_NO_INPUT']) ? 'disabled' : 'auto';
}
