/**
 * Our own requests to package indexes, as the user's pip and uv would make them: with the logins of addresses, of `.netrc` and of
 * a keyring, through the same proxies, trusting the same certificates.
 */
import { httpWith, type Answer, type Http, type HttpSettings } from '../io/http.js';
import type { Environment } from '../model.js';
import { firstSet } from '../text/variables.js';
import type { World } from '../world.js';
import { readPipConfig } from './docker/pip-config.js';
import { askKeyring, authorization, fromNetrc, type Login, type Named } from './logins.js';
import { splitCredentials } from './secrets.js';
import { fromUvStore } from './uv-store.js';

export interface WebRequest {
  readonly method?: 'GET' | 'HEAD';
  /** Kinds of answers, as in the header of that name. */
  readonly accept?: string;
  readonly signal: AbortSignal;
}

/**
 * Ask a server of packages.
 * @param url may hold a login; without one, `.netrc` is looked into, and when the server wants one, a keyring
 * @throws when nobody answers
 */
export type Web = (url: string, request: WebRequest) => Promise<Answer>;

type Around = Pick<World, 'environment' | 'secrets'>;

/** One for a run: its connections and what a keyring told are used again. */
const webs = new WeakMap<Around['secrets'], Web>();

/** Hosts of a run whose certificates are not looked at. */
const trusted = new WeakMap<Around['secrets'], Set<string>>();

function trustedOf(secrets: Around['secrets']): Set<string> {
  const known = trusted.get(secrets) ?? new Set();
  trusted.set(secrets, known);
  return known;
}

/**
 * From now on the run looks at no certificate of these.
 * @param hosts as `--trusted-host` and uv's `allow-insecure-host` have them: a host, with a port or not, or an address; `*`: all
 */
export function trustHosts({ secrets }: Pick<World, 'secrets'>, hosts: readonly string[]): void {
  for (const host of hosts) trustedOf(secrets).add(host.trim().replace(/^https?:\/\/|\/.*$/gi, ''));
}

export function webOf(world: Around): Web {
  const known = webs.get(world.secrets);
  if (known !== undefined) return known;
  const web = makeWeb(world);
  webs.set(world.secrets, web);
  return web;
}

function makeWeb(world: Around): Web {
  const { secrets } = world;
  const settings = readPipConfig(world.environment).then((config) => ({ ...config, ...world.environment }));
  const http = settings.then((all) => {
    const named = [all['PIP_TRUSTED_HOST'], all['UV_INSECURE_HOST']].join(' ');
    trustHosts(
      world,
      named.split(/[\s,]+/).filter((host) => host !== ''),
    );
    return httpWith(httpSettings(all, trustedOf(secrets)));
  });
  const fromKeyrings = new Map<string, Promise<Named | null>>();
  const keyring = (address: string, user: string, signal: AbortSignal): Promise<Named | null> => {
    const { host } = new URL(address);
    const key = `${user}@${host}`;
    const asked = fromKeyrings.get(key) ?? settings.then((all) => askKeyring(address, user, all, signal));
    fromKeyrings.set(key, asked);
    return asked;
  };
  return async (url, request) => {
    const { address, user, password } = splitCredentials(url);
    const given = user === '' && password === '' ? null : { user, password };
    const { host, hostname } = new URL(address);
    const whole = given !== null && given.password !== '';
    const told = await fromKeyrings.get(`${user}@${host}`);
    const stored = async (all: Environment): Promise<Login | null> =>
      (await fromNetrc(hostname, all)) ?? fromUvStore(address, user, all);
    const login = whole ? given : ((await stored(await settings)) ?? told ?? given);
    if (login !== null && 'token' in login) secrets.learn(login.token);
    else if (login !== null) secrets.learnLogin(login.user, login.password);
    const answer = await send(await http, address, login, request);
    if (answer.status !== 401 || whole || told !== undefined) return answer;
    const other = await keyring(address, user, request.signal);
    if (other === null) return answer;
    secrets.learnLogin(other.user, other.password);
    await answer.body?.cancel();
    return send(await http, address, other, request);
  };
}

function send(
  http: Http,
  address: string,
  login: Login | null,
  { accept, ...request }: WebRequest,
): Promise<Answer> {
  const headers = {
    ...(login === null ? {} : { authorization: authorization(login) }),
    ...(accept === undefined ? {} : { accept }),
  };
  return http(address, { ...request, headers });
}

/** Programs' variables for a file of certificates: all count, as one of the tools would get through with each. */
const bundles = ['PIP_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE'];

/** @param all the environment, over the settings of pip's configuration as variables */
export function httpSettings(all: Environment, unchecked: HttpSettings['unchecked']): HttpSettings {
  const first = (...names: readonly string[]): string | null => firstSet(all, ...names);
  const proxy = (scheme: string): string | null =>
    first('PIP_PROXY', `${scheme}_proxy`, `${scheme}_PROXY`.toUpperCase(), 'all_proxy', 'ALL_PROXY');
  return {
    proxies: { http: proxy('http'), https: proxy('https') },
    direct: first('no_proxy', 'NO_PROXY') ?? '',
    bundles: bundles.map((name) => all[name] ?? '').filter((file) => file !== ''),
    identity: first('PIP_CLIENT_CERT', 'SSL_CLIENT_CERT'),
    unchecked,
  };
}
