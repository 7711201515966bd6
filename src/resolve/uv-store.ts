/** What `uv auth login` keeps in its file, read as uv reads it: for our own requests, and to say why uv has no login. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../model.js';
import { parseTomlOrNull, tablesOf, textOf, type Table } from './inputs/toml.js';
import type { Login } from './logins.js';
import { dataFolder } from '../io/user-folders.js';

interface Entry {
  readonly service: URL;
  /** Null: a bearer token has none. */
  readonly user: string | null;
  readonly login: Login;
}

/** Where `uv auth login` keeps logins. */
export function uvStoreFile(environment: Environment): string | null {
  const named = environment['UV_CREDENTIALS_DIR'] ?? '';
  const data = dataFolder(environment);
  const folder = named !== '' ? named : data === null ? null : path.join(data, 'uv', 'credentials');
  return folder === null ? null : path.join(folder, 'credentials.toml');
}

/**
 * What `uv auth login` was told for the server, or for the narrowest part of it. Of several users' logins none is taken, as
 * uv takes none.
 * @param address of what is wanted, without a login
 * @param user empty when not known
 */
export async function fromUvStore(
  address: string,
  user: string,
  environment: Environment,
): Promise<Login | null> {
  const [only, ...others] = nearest((await storeOf(environment)).entries ?? [], address, user);
  return only === undefined || others.length > 0 ? null : only.login;
}

/**
 * Why a login that was told to `uv auth` does not count.
 * @param addresses of what refused, without logins
 * @returns a sentence for people; null where there is no such reason
 */
export async function whyNotInUvStore(
  addresses: readonly string[],
  environment: Environment,
): Promise<string | null> {
  if (keepsThemElsewhere(environment)) {
    return 'Here "uv auth login" keeps logins in the system\'s keyring (native-auth), where lambda-slim cannot read them: log in without that preview, or give them in one of these ways.';
  }
  const { file, entries } = await storeOf(environment);
  if (entries === null) {
    return `uv reads none of the logins in ${file}, as an entry of it is not valid: write it anew with "uv auth login".`;
  }
  const several = addresses.find((one) => URL.canParse(one) && nearest(entries, one, '').length > 1);
  return several === undefined
    ? null
    : `"uv auth" knows several logins for ${new URL(several).host}: put the user's name into the index's URL (https://NAME@…).`;
}

const keepsThemElsewhere = ({ UV_PREVIEW: all = '', UV_PREVIEW_FEATURES: some = '' }: Environment): boolean =>
  /^(1|true|yes|on|y|t)$/i.test(all) || some.split(',').some((one) => one.trim() === 'native-auth');

/** The entries that cover most of the address. */
function nearest(entries: readonly Entry[], address: string, user: string): readonly Entry[] {
  const wanted = new URL(address);
  const parts = wanted.pathname.split('/');
  const covering = entries.flatMap((entry) => {
    const { origin, pathname } = entry.service;
    const own = pathname.replace(/\/$/, '').split('/');
    const covers = origin === wanted.origin && own.every((part, at) => part === parts[at]);
    return covers && (user === '' || user === entry.user) ? [{ depth: own.length, entry }] : [];
  });
  const depth = Math.max(...covering.map((one) => one.depth));
  return covering.filter((one) => one.depth === depth).map(({ entry }) => entry);
}

/** Null for entries: uv reads all of the file or nothing. */
async function storeOf(
  environment: Environment,
): Promise<{ readonly file: string; readonly entries: readonly Entry[] | null }> {
  const file = uvStoreFile(environment) ?? '';
  const text = await readFile(file, 'utf8').catch(() => '');
  const table = parseTomlOrNull(text);
  const entries = table === null ? [null] : tablesOf(table['credential']).map(entryOf);
  if (!entries.every((one) => one !== null)) return { file, entries: null };
  // The last one of a service and a user counts.
  const byKey = new Map(entries.map((one) => [`${one.service.href} ${one.user ?? '-'}`, one]));
  return { file, entries: [...byKey.values()] };
}

/** Null when uv would not take it. */
function entryOf(one: Table): Entry | null {
  const service = textOf(one['service']);
  const { scheme = 'basic', username, password, token } = one;
  if (!URL.canParse(service)) return null;
  const place = new URL(service);
  if (scheme === 'bearer') {
    const alone = username === undefined && password === undefined;
    return alone && typeof token === 'string' ? { service: place, user: null, login: { token } } : null;
  }
  if (scheme !== 'basic' || typeof username !== 'string' || token !== undefined) return null;
  return { service: place, user: username, login: { user: username, password: textOf(password) } };
}
