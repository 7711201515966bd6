/** HTTP with the user's own proxies and certificates. Node's `fetch` knows neither, so this is the door to undici. */
import { readFile } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import tls from 'node:tls';
import { Agent, buildConnector, EnvHttpProxyAgent, fetch, type Dispatcher } from 'undici';

/** What a server answers, in the shape of the web's own `Response`. */
export type Answer = Awaited<ReturnType<typeof fetch>>;

export interface HttpSettings {
  /** Proxies by the scheme of what is asked for: addresses, perhaps with a login and without a scheme; null: none. */
  readonly proxies: { readonly http: string | null; readonly https: string | null };
  /** As in NO_PROXY: hosts, suffixes of hosts, networks (`10.0.0.0/8`), `*`. */
  readonly direct: string;
  /** PEM files whose certificates are trusted besides those of Node and of the machine. What cannot be read counts as not there. */
  readonly bundles: readonly string[];
  /** PEM file with a certificate of our own and its key; null: none. */
  readonly identity: string | null;
  /** Hosts, perhaps with a port, or `*`, whose certificates are not looked at: asked at each connection. Behind a proxy they are all the same. */
  readonly unchecked: Pick<ReadonlySet<string>, 'has'>;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Redirects are followed, and a login is not taken along to another host. @throws as `fetch` does, when nobody answers */
export type Http = (address: string, request: HttpRequest) => Promise<Answer>;

/** Connections are kept for the next request, and hold no process open. */
export function httpWith(settings: HttpSettings): Http {
  const trust = onceOnly(() => trusted(settings));
  const agents = new Map<string, Promise<Dispatcher>>();
  const through = (proxy: string | null): Promise<Dispatcher> => {
    const agent = agents.get(proxy ?? '') ?? agentFor(proxy, settings, trust);
    agents.set(proxy ?? '', agent);
    return agent;
  };
  return async (address, request) => {
    const { hostname, protocol } = new URL(address);
    const proxy = protocol === 'https:' ? settings.proxies.https : settings.proxies.http;
    const dispatcher = await through(inNetworks(hostname, settings.direct) ? null : proxy);
    return fetch(address, { ...request, dispatcher });
  };
}

interface Trust {
  readonly secureContext: tls.SecureContext;
}

async function agentFor(
  proxy: string | null,
  { direct, unchecked }: HttpSettings,
  trust: () => Promise<Trust>,
): Promise<Dispatcher> {
  const connector = onceOnly(async () => buildConnector({ ...(await trust()) }));
  const credulous = buildConnector({ rejectUnauthorized: false });
  const connect: buildConnector.connector = (options, callback) => {
    const names = [options.hostname, `${options.hostname}:${options.port}`];
    if (options.protocol !== 'https:' || ['*', ...names].some((name) => unchecked.has(name)))
      credulous(options, callback);
    else
      connector().then(
        (checking) => checking(options, callback),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
  };
  if (proxy === null) return new Agent({ connect });
  // Only a proxy wants them before it is known whether they are needed.
  const known = await trust();
  const uri = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  return new EnvHttpProxyAgent({
    httpProxy: uri,
    httpsProxy: uri,
    noProxy: direct,
    // Most proxies open tunnels for HTTPS only.
    proxyTunnel: false,
    connect,
    requestTls: known,
    proxyTls: known,
  });
}

/** Reading the machine's certificates and those of a bundle takes a tenth of a second: once, and not for plain HTTP. */
async function trusted({ bundles, identity }: HttpSettings): Promise<Trust> {
  const texts = await Promise.all(bundles.map((file) => readFile(file, 'utf8').catch(() => '')));
  const own = texts.flatMap((text) =>
    text.match(/-----BEGIN [^-]*CERTIFICATE-----[^-]+-----END [^-]+-----/g),
  );
  const ca = [...tls.getCACertificates('default'), ...tls.getCACertificates('system'), ...own];
  const pem = identity === null ? null : await readFile(identity, 'utf8').catch(() => null);
  const secureContext = tls.createSecureContext({
    ca: [...new Set(ca.filter((one) => one !== null))],
    ...(pem === null ? {} : { cert: pem, key: pem }),
  });
  return { secureContext };
}

/** Whether an address lies in one of the networks of a NO_PROXY: names are compared by undici, networks are not. */
function inNetworks(host: string, direct: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  if (family === 0) return false;
  const networks = new BlockList();
  for (const [, network = '', bits = ''] of direct.matchAll(/([0-9a-f.:]+)\/(\d+)/gi)) {
    const kind = isIP(network);
    if (kind !== 0 && Number(bits) <= (kind === 4 ? 32 : 128))
      networks.addSubnet(network, Number(bits), kind === 4 ? 'ipv4' : 'ipv6');
  }
  return networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function onceOnly<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null;
  return () => (made ??= make());
}
