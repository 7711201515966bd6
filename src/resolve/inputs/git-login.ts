/** The login of a repository's address, handed to git through its environment: its command line is in everybody's list of processes. Pure. */
import { SlimError } from '../../errors.js';
import type { Environment } from '../../model.js';
import { looksRandom } from '../../text/logins.js';
import { percentDecoded } from '../../text/percent.js';

export interface GitLogin {
  /** The address as it may stand on a command line. */
  readonly url: string;
  /** What git reads the login from (git 2.31 and newer); empty without one. */
  readonly environment: Environment;
}

/** git asks it like any other helper for credentials; both words are built into the shell, so nobody sees the answer. */
const helper =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$LAMBDA_SLIM_GIT_USER" "$LAMBDA_SLIM_GIT_PASSWORD"; }; f';

/**
 * A name alone is told to the user's own helpers, which may know its password; a token alone is a whole login.
 * @param url of a repository, without `git+`; may hold a login
 * @param environment the caller's: its own settings of git stay
 * @param written as the user wrote it, free of secrets
 * @throws SlimError `bad-requirements`
 */
export function gitLogin(url: string, environment: Environment, written: string): GitLogin {
  const [, scheme = '', login = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)@(.*)$/is.exec(url) ?? [];
  if (login === '') return { url, environment: {} };
  const colon = login.indexOf(':');
  const [user, password] = colon < 0 ? [login, null] : [login.slice(0, colon), login.slice(colon + 1)];
  if (/ssh/i.test(scheme)) {
    if (password === null) return { url, environment: {} };
    throw refused(
      written,
      'gives a password to ssh, which takes none from an address',
      'Log in with a key (git+ssh://git@…), or name the repository by git+https://.',
    );
  }
  const [name, secret] = [percentDecoded(user), percentDecoded(password ?? '')];
  // Each line is one answer to git.
  if (/[\n\r\0]/.test(name + secret)) {
    throw refused(
      written,
      'has a login with a line break',
      'Correct the login: "%0A" and "%0D" are line breaks.',
    );
  }
  const bare = `${scheme}${rest}`;
  const place = `credential.${scheme}${/^[^/]*/.exec(rest)?.[0] ?? ''}`;
  if (password === null && !looksRandom(name)) {
    return { url: bare, environment: settings([[`${place}.username`, name]], environment) };
  }
  return {
    url: bare,
    environment: {
      // The empty one takes the user's helpers out: they would answer first, and keep this login afterwards.
      ...settings(
        [
          [`${place}.helper`, ''],
          [`${place}.helper`, helper],
        ],
        environment,
      ),
      LAMBDA_SLIM_GIT_USER: name,
      LAMBDA_SLIM_GIT_PASSWORD: secret,
    },
  };
}

/** As variables, behind those that are there. */
function settings(
  pairs: readonly (readonly [name: string, value: string])[],
  { GIT_CONFIG_COUNT }: Environment,
): Environment {
  const first = /^\d+$/.test(GIT_CONFIG_COUNT ?? '') ? Number(GIT_CONFIG_COUNT) : 0;
  return {
    GIT_CONFIG_COUNT: String(first + pairs.length),
    ...Object.fromEntries(
      pairs.flatMap(([name, value], index) => [
        [`GIT_CONFIG_KEY_${first + index}`, name],
        [`GIT_CONFIG_VALUE_${first + index}`, value],
      ]),
    ),
  };
}

const refused = (written: string, because: string, hint: string): SlimError =>
  new SlimError('bad-requirements', `"${written}" ${because}.`, { hint });
