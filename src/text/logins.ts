/** Where an address holds what nobody else may read: its login, a token in its path, a signature in its query. Pure. */

/** What an address holds, as written. */
export interface AddressSecrets {
  /** In front of the host; empty without a login. */
  readonly login: string;
  /** Parts of the path that look like tokens. */
  readonly tokens: readonly string[];
}

const named = String.raw`(?:[\p{L}\p{N}_-]+\.)+\p{L}{2,}|localhost`;
const numbered = String.raw`\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]`;
/** A host as it stands behind a login: it has a dot, or is known. */
const host = new RegExp(`^(?:${named}|${numbered})(?::\\d+)?(?=[/?#]|$)`, 'iu');
/** A host within a network of one's own. */
const shortHost = /^[a-z0-9-]+(?::\d+)?(?=\/)/i;
const port = /^[^:]*:\d{1,5}$/;

/**
 * How many letters of an address belong to its login, the `@` left out; -1 without one. A login may hold a `/` or an `@` that should
 * have been escaped: it then ends before the first `@` that a host follows.
 * @param rest what stands behind `://`
 * @param scheme in front of it: a path of git may hold an `@`, too, as it names the revision
 */
export function loginEnd(rest: string, scheme: string): number {
  const ats = [...rest.matchAll(/@/g)].map(({ index }) => index);
  const [first] = ats;
  if (first === undefined || /^(?:git\+)?file$/i.test(scheme)) return -1;
  const [authority = ''] = /^[^/?#]*/.exec(rest) ?? [];
  const before = ats.filter((at) => at > 0);
  const proper = before.find((at) => host.test(rest.slice(at + 1)));
  if (first < authority.length) {
    const last = authority.lastIndexOf('@');
    // "user:p@ss/word@host.example/": what follows the @ of the authority is no host.
    if (proper !== undefined && (proper <= last || !host.test(authority.slice(last + 1)))) return proper;
    return last;
  }
  if (host.test(authority)) return -1;
  const short = before.find((at) => rest[at - 1] !== '/' && shortHost.test(rest.slice(at + 1)));
  if (authority.includes(':') && !port.test(authority)) return proper ?? short ?? before.at(-1) ?? -1;
  const mayHaveRevision = /^(?:git|hg|svn|bzr)\b|^ssh$/i.test(scheme);
  return proper ?? (mayHaveRevision ? undefined : short) ?? -1;
}

/**
 * Whether a text holds an address whose login has a `/`, a `?` or a `#` that should have been escaped: tools take what is in front of
 * it for a host, ask the network for it, and tell everybody. An `@` behind a path may belong to a revision or a folder.
 */
export function hasCutLogin(text: string): boolean {
  for (const { 1: rest = '', index } of text.matchAll(/:\/\/([^\s'"<>]+)/g)) {
    const scheme = /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, index - 20), index))?.[0] ?? '';
    const [authority = ''] = /^[^/?#]*/.exec(rest) ?? [];
    const end = loginEnd(rest, scheme);
    if (end <= authority.length) continue;
    const isPort = port.test(authority) || !authority.includes(':');
    const place = rest.slice(end + 1);
    if (!isPort || (rest[end - 1] !== '/' && !/\.git$/i.test(rest.slice(0, end)) && /^[^/]+\/./.test(place)))
      return true;
  }
  return false;
}

/** Only a random text is long, and neither a word nor a number: `manylinux2014` and `my-company-packages` are none. */
export function looksRandom(text: string): boolean {
  if (text.length < 12) return false;
  if (/^[\w.~-]{16,}$/.test(text) && (text.match(/[a-z][A-Z]/g)?.length ?? 0) >= 3) return true;
  return text
    .split(/[-_.~%]/)
    .some((part) => part.length >= 10 && !/^[a-z]+\d{0,4}$/i.test(part) && !/^\d+$/.test(part));
}

/** Files have hashes in their addresses, and those are no secrets. */
export const isHash = (text: string): boolean => /^[0-9a-f]{32,}(?:$|[.-])/i.test(text);

/** What names a file, so that the address is none of an index. */
const aFile = /\.(?:whl|tar\.\w+|tgz|zip|metadata|html?|txt|md|json|git|whl\.metadata)$/i;

/** Parts of an index's path that look like tokens. Addresses of files are none of an index. */
export function pathTokens(path: string): readonly string[] {
  const bare = path.replace(/[?#].*$/s, '');
  if (aFile.test(bare)) return [];
  return bare.split('/').filter((part) => looksRandom(part) && !/[@:]/.test(part));
}

/** Query parameters that carry one: presigned S3 URLs, SAS tokens, access tokens. */
export const secretParameter =
  /([?&;](?:x-amz-(?:signature|credential|security-token)|sig|signature|token|access_token|private_token|auth|api_?key|key|password|secret)=)([^&\s'"<>#;]+)/gi;

export const authorization =
  /(\bauthorization['"]?\s*[:=]\s*['"]?)((?:(?:basic|bearer|token)\s+)?[^\s'"]+)/gi;
