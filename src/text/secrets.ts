/**
 * What must not be printed or stored. A run has one of these: it learns each secret where the run meets it, and all that leaves the
 * run (both streams, reports, the manifest, what the cache keeps of a decision, errors with their causes) goes through it. A
 * secret that it never met is still known by its place: a login in a URL, a token in a query. Pure.
 */
import { authorization, isHash, loginEnd, looksRandom, pathTokens, secretParameter } from './logins.js';
import { percentDecoded } from './percent.js';
import { visible } from './terminal.js';

export const mask = '****';

/** Names of variables whose values are secrets wherever they show up. */
const secretName =
  /(^|_)(PASSWORD|PASSWD|PASS|PASSPHRASE|TOKEN|SECRET|API_?KEY|ACCESS_KEY(_ID)?|PRIVATE_KEY|CREDENTIALS?|AUTH)($|_)/i;
const nameOfUser = /(^|_)USERNAME$/i;
/** Variables of the same words that say where something lies. */
const saysWhere = /_(?:FILE|SOCK|PATH|DIR|FOLDER|HOME|SCRIPT|TYPE|PROVIDER|EXPIRATION)$/i;

/** Words that stand in logins and elsewhere: they are hidden in a login, and nowhere else. */
const ordinary = new Set(
  'access admin anonymous codeartifact docker gitlab-ci-token lambda-slim oauth2 oauth2accesstoken password private python requirements resolver username x-access-token x-oauth-basic x-token-auth __token__ _json_key _json_key_base64'.split(
    ' ',
  ),
);

/** Below this a secret is hidden only where it is a word of its own: four letters are a part of many a hash. */
const longEnough = 12;

/** A quotation mark ends an address, but for one within a login. */
const addresses = /:\/\/((?:[^\s"/@\\]+@)?[^\s'"<>`\\]+)/g;

/** Letters; what is longer is looked for by itself. */
const mostInPattern = 1000;

type Known = string | RegExp;

export class Secrets {
  readonly #forms = new Set<string>();
  #patterns: readonly Known[] | null = null;

  /** @param variables whose secrets it begins with */
  constructor(variables: Readonly<Record<string, string | undefined>> = {}) {
    this.readVariables(variables);
  }

  /**
   * A secret: from now on it is hidden in each spelling that a tool may give it. What is very short, a plain word or a number is
   * hidden by its place only, as it would tear other texts apart.
   */
  learn(secret: string): void {
    for (const form of formsOf(secret)) {
      if (isOrdinary(form) || this.#forms.has(form)) continue;
      this.#forms.add(form);
      this.#patterns = null;
    }
    // An unescaped / or @ ends the login for some tools, which then tell of what is left.
    if (/[/@:#?]/.test(secret))
      secret.split(/[/@:#?]/).forEach((part) => part !== secret && this.learn(part));
  }

  /** A user and a password, and both as a header has them. */
  learnLogin(user: string, password: string): void {
    const alone = password === '' || password === 'x-oauth-basic';
    // Whose name it is stands in paths, too; a token in its place is long.
    if (looksRandom(user) || (alone && user.length >= 10 && /\d|^.{16}/.test(user))) this.learn(user);
    if (!alone) this.learn(password);
    for (const [one, other] of [
      [user, password],
      [percentDecoded(user), percentDecoded(password)],
    ])
      this.learn(base64(`${one ?? ''}:${other ?? ''}`));
  }

  /** Learn what a text of ours holds: a line, a file, an argument, a setting. */
  read(text: string): void {
    if (text.includes('://')) {
      for (const { 1: narrow = '', index } of text.matchAll(/:\/\/([^\s'"<>`]+)/g))
        this.#readAddress(narrow, schemeBefore(text, index));
      // A quotation mark may belong to a password.
      for (const { 1: wide = '', index } of text.matchAll(
        /:\/\/([^\s"/]{0,200}['<>`][^\s"]{0,200}@[^\s"]+)/g,
      ))
        this.#readAddress(wide, schemeBefore(text, index));
    }
    for (const [, , value = ''] of text.matchAll(secretParameter)) this.learn(value);
    for (const [, , value = ''] of text.matchAll(authorization)) this.learn(value.replace(/^\w+\s+/, ''));
  }

  /** The same for all texts in a value. */
  readIn(value: unknown): void {
    if (typeof value === 'string') this.read(value);
    else if (typeof value === 'object' && value !== null)
      Object.values(value).forEach((inner) => this.readIn(inner));
  }

  /** Variables: values of those whose names say that they are secret, and what addresses in the others hold. */
  readVariables(variables: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined || value === '') continue;
      this.read(value);
      const isPlace = /CREDENTIALS?$/i.test(name) && /^[/~.]|^[a-z]:\\/i.test(value);
      if (isSecretName(name) && !isPlace) this.learn(value);
      else if (nameOfUser.test(name) && looksRandom(value)) this.learn(value);
      // Proxies need no scheme.
      const [, user = '', password = ''] = /^([^:@/\s]+):(\S+)@[^@\s]+$/.exec(value) ?? [];
      if (password !== '' && /proxy/i.test(name)) this.learnLogin(user, password);
    }
  }

  #readAddress(rest: string, scheme: string): void {
    const end = loginEnd(rest, scheme);
    if (end >= 0) {
      const login = rest.slice(0, end);
      const colon = login.indexOf(':');
      const [user, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
      if (!/ssh/i.test(scheme) || password !== '')
        this.learnLogin(withoutVariables(user), withoutVariables(password));
    }
    if (/^https?$/i.test(scheme))
      for (const token of pathTokens(rest.slice(end + 1).replace(/^[^/]*/, ''))) this.learn(token);
  }

  /** The text, without anything that is secret. */
  hide(text: string): string {
    let safe = text;
    for (const known of this.#known()) safe = safe.replaceAll(known, mask);
    if (safe.includes('://'))
      safe = safe.replace(addresses, (_, rest: string, at: number, whole: string) =>
        hideAddress(rest, at, whole, true),
      );
    return safe.replace(secretParameter, `$1${mask}`).replace(authorization, `$1${mask}`);
  }

  /** The same data without anything that is secret, in names of members, too. */
  hideIn<Facts>(value: Facts): Facts {
    return this.#map(value) as Facts;
  }

  #map(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((inner) => this.#map(inner));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [this.hide(key), this.#map(inner)]),
    );
  }

  #known(): readonly Known[] {
    if (this.#patterns !== null) return this.#patterns;
    // Longest first: one secret may contain another.
    const forms = [...this.#forms].sort((a, b) => b.length - a.length);
    const long = forms.filter((form) => form.length > mostInPattern);
    const short = forms.slice(long.length).map(matching);
    // V8 refuses a pattern of some hundred thousand letters.
    const groups = Array.from({ length: Math.ceil(short.length / 100) }, (_, at) =>
      short.slice(at * 100, at * 100 + 100),
    );
    this.#patterns = [...long, ...groups.map((group) => new RegExp(group.join('|'), 'gu'))];
    return this.#patterns;
  }
}

/** For keys: logins and signatures may change, and nothing else of an address. */
export function withoutLogins(text: string): string {
  return text
    .replace(addresses, (_, rest: string, at: number, whole: string) => hideAddress(rest, at, whole, false))
    .replace(secretParameter, `$1${mask}`);
}

/** Whether a variable's name says that its value is secret. */
export const isSecretName = (name: string): boolean => secretName.test(name) && !saysWhere.test(name);

function hideAddress(rest: string, at: number, text: string, tokens: boolean): string {
  const scheme = schemeBefore(text, at);
  const end = loginEnd(rest, scheme);
  const login = end < 0 ? '' : rest.slice(0, end);
  const place = rest.slice(end + 1);
  const safe =
    tokens && /^https?$/i.test(scheme)
      ? place.replace(/(?<=\/)[^/?#@:]+(?=\/|$)/g, (part) =>
          looksRandom(part) && !isHash(part) && !/\.\w{1,8}$/.test(part) ? mask : part,
        )
      : place;
  if (end < 0) return `://${safe}`;
  // Everybody's user of a git server.
  return login === 'git' || login === mask ? `://${login}@${safe}` : `://${mask}@${safe}`;
}

function schemeBefore(text: string, at: number): string {
  return /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, at - 20), at))?.[0] ?? '';
}

/** Whether a text is too common to be hidden wherever it stands. */
function isOrdinary(text: string): boolean {
  return (
    text.length < 4 ||
    /^\p{L}{1,7}$/u.test(text) ||
    /^[\d.,+-]{1,7}$/.test(text) ||
    /^\*+$/.test(text) ||
    text.includes('${') ||
    ordinary.has(text.toLowerCase())
  );
}

/** How tools, formats and screens may spell it. */
function formsOf(secret: string): ReadonlySet<string> {
  const plain = percentDecoded(secret);
  const spelled = [secret, plain].flatMap((one) => [
    one,
    encoded(one),
    encoded(one).replace(/[!'()*~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`),
    JSON.stringify(one).slice(1, -1),
    visible(one),
    one.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    one.replace(/[\\`*[\]<>~]/g, '\\$&'),
    one.replaceAll("'", "\\'"),
  ]);
  return new Set(spelled);
}

/** A pattern for one form. */
function matching(form: string): string {
  const literal = form
    .replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => `%${hex.replace(/[a-f]/gi, eitherCase)}`);
  if (form.length >= longEnough) return literal;
  const before = /^[\p{L}\p{N}]/u.test(form) ? '(?<![\\p{L}\\p{N}])' : '';
  const behind = /[\p{L}\p{N}]$/u.test(form) ? '(?![\\p{L}\\p{N}])' : '';
  return `${before}${literal}${behind}`;
}

const eitherCase = (letter: string): string => `[${letter.toLowerCase()}${letter.toUpperCase()}]`;

/** `${NAME}` is no secret; what it stands for is learned from the environment. */
const withoutVariables = (text: string): string => (/^\$\{\w+\}$/.test(text) ? '' : text);

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
