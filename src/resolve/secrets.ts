/** No secret is printed or stored: every text that comes from a tool, a requirements file or an index passes here. Pure. */

const mask = '****';

/** Names of variables whose values are secrets wherever they show up. */
const secretName =
  /(^|_)(PASSWORD|PASSWD|TOKEN|SECRET|API_?KEY|ACCESS_KEY(_ID)?|CREDENTIALS?|AUTH)($|_)|^UV_INDEX_.*_USERNAME$/i;

/** Query parameters that carry one: presigned S3 URLs, SAS tokens, access tokens. */
const secretParameter =
  /([?&;](?:x-amz-(?:signature|credential|security-token)|sig|signature|token|access_token|auth|api_?key|key|password|secret)=)[^&\s'"<>#;]+/gi;

const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)([^/\s'"<>@]+(?:@[^/\s'"<>@]+)*)@/gi;

const header = /(\bauthorization['"]?\s*[:=]\s*['"]?)(?:(?:basic|bearer|token)\s+)?[^\s'"]+/gi;

/**
 * Mask user and password in URLs (`https://****@host/`), tokens in query strings, Authorization headers, and the values of
 * variables whose names say that they are secret (and of the passwords inside URLs that other variables hold).
 * `ssh://git@host` keeps its well-known user name.
 */
export function redact(text: string, environment: Readonly<Record<string, string | undefined>> = {}): string {
  let result = text
    .replace(userInfo, (whole, scheme: string, user: string) =>
      user === 'git' || user === mask ? whole : `${scheme}${mask}@`,
    )
    .replace(secretParameter, `$1${mask}`)
    .replace(header, `$1${mask}`);
  for (const value of secretValues(environment)) result = result.replaceAll(value, mask);
  return result;
}

function secretValues(environment: Readonly<Record<string, string | undefined>>): string[] {
  const values = new Set<string>();
  const add = (value: string): void => {
    // Very short values ("1", "yes") are switches, and masking them would tear ordinary words apart.
    if (value.length >= 6) values.add(value);
  };
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue;
    if (secretName.test(name)) add(value);
    for (const [, , user = ''] of value.matchAll(userInfo)) {
      const password = user.slice(user.indexOf(':') + 1);
      if (user.includes(':')) {
        add(password);
        add(decoded(password));
      }
    }
  }
  // Longest first: one secret may contain another.
  return [...values].sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
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
  return { address: parsed.href, user: decoded(username), password: decoded(password) };
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
