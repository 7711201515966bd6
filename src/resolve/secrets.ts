/** Logins in URLs, taken apart for who logs in. Pure. */
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

/** `fetch` refuses user names in URLs: they become a header. */
export function withoutCredentials(url: string): {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return { address: url, headers: {} };
  const pair = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  parsed.username = '';
  parsed.password = '';
  return {
    address: parsed.href,
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  };
}
