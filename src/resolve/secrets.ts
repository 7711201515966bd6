/** Logins in URLs, taken apart for who logs in. Pure. */
import type { Environment } from '../model.js';
import { percentDecoded } from '../text/percent.js';

/** A URL without its user name and password, and both, decoded; empty when it has none. */
export function splitCredentials(url: string): {
  readonly address: string;
  readonly user: string;
  readonly password: string;
} {
  if (!URL.canParse(url)) return { address: url, user: '', password: '' };
  const parsed = new URL(url);
  const { username, password } = parsed;
  if (username === '' && password === '') return { address: url, user: '', password: '' };
  parsed.username = '';
  parsed.password = '';
  return { address: parsed.href, user: percentDecoded(username), password: percentDecoded(password) };
}

/** An index's name as a part of a variable's name. */
export const namePart = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

/** `UV_INDEX_NAME_USERNAME` and `_PASSWORD`, and Poetry's variables of the same meaning; undefined: not given. */
export function namedLogin(
  name: string,
  environment: Environment,
): { readonly user: string | undefined; readonly password: string | undefined } {
  const upper = namePart(name);
  const given = (what: string): string | undefined =>
    environment[`UV_INDEX_${upper}_${what}`] ?? environment[`POETRY_HTTP_BASIC_${upper}_${what}`];
  return { user: given('USERNAME'), password: given('PASSWORD') };
}

/** An index's address with the login of its name, which comes before one that it holds. */
export function indexWithLogin(name: string, url: string, environment: Environment): string {
  const { user, password } = namedLogin(name, environment);
  if (!URL.canParse(url) || (user === undefined && password === undefined)) return url;
  const parsed = new URL(url);
  if (user !== undefined) parsed.username = encodeURIComponent(user);
  if (password !== undefined) parsed.password = encodeURIComponent(password);
  return parsed.href;
}

/** A login as a header has it. */
export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
