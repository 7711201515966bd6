/**
 * Logins that a tool would end in the wrong place: what is left of the password is then a host or a path, is asked for by name, and is
 * told to everybody. Refused before any tool runs, in words that hold nothing of the address. Pure.
 */
import { SlimError } from '../errors.js';
import type { Environment } from '../model.js';
import { hasCutLogin } from '../text/logins.js';

/** Variables by which the tools are told where to ask, and through whom. */
const variables =
  /^(?:(?:PIP|UV)_(?:DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|PROXY)|(?:HTTPS?|ALL)_PROXY)$/i;

/**
 * @param text may hold secrets; its variables filled in
 * @param place for people
 * @throws SlimError `bad-requirements`
 */
export function refuseCutLogin(text: string, place: string): void {
  if (hasCutLogin(text)) throw cutLogin('bad-requirements', place);
}

/**
 * The same for what the command line, the config file and the environment name.
 * @throws SlimError `bad-option`
 */
export function refuseCutLogins(indexes: readonly string[], environment: Environment): void {
  if (indexes.some(hasCutLogin)) throw cutLogin('bad-option', '--index');
  for (const [name, value = ''] of Object.entries(environment))
    if (variables.test(name) && hasCutLogin(value)) throw cutLogin('bad-option', `The variable ${name}`);
}

const cutLogin = (code: 'bad-requirements' | 'bad-option', place: string): SlimError =>
  new SlimError(code, `${place}: an address has a login that holds a "/", a "?" or a "#".`, {
    hint: 'Escape what is special in the user name and the password: "/" is %2F, "?" is %3F, "#" is %23, "@" is %40, ":" is %3A.',
  });
