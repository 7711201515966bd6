/** A package index behind a login, over HTTP and HTTPS, and a proxy: all of them real, on this machine. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../program.js';

export interface Started {
  /** e.g. `127.0.0.1:4000`. */
  readonly host: string;
  /** What was asked, in order: `GET /simple/demo/ me:secret`, the login decoded, `-` without one. */
  readonly log: string[];
  readonly stop: () => Promise<void>;
}

/** Files of a certificate authority and of a server `localhost` that it vouches for. */
export interface Certificates {
  readonly ca: string;
  readonly server: string;
  readonly key: string;
  /** Of a client: its certificate and key in one file. */
  readonly client: string;
}

const config = `
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[host]
subjectAltName = DNS:localhost, IP:127.0.0.1
`;

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-tls-'));
  await writeFile(path.join(folder, 'openssl.cnf'), config);
  const openssl = async (...args: string[]): Promise<void> => {
    const result = await run('openssl', args, { cwd: folder, env: { OPENSSL_CONF: 'openssl.cnf' } });
    if (!result.ok) throw new Error(result.stderr);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Ours', '-extensions', 'ca'); // prettier-ignore
  for (const name of ['server', 'client']) {
    await openssl('req', '-x509', ...key, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-extensions', 'host', '-CA', 'ca.pem', '-CAkey', 'ca.key'); // prettier-ignore
  }
  const at = (name: string): string => path.join(folder, name);
  const both = await Promise.all(['client.pem', 'client.key'].map((name) => readFile(at(name), 'utf8')));
  await writeFile(at('both.pem'), both.join(''));
  return { ca: at('ca.pem'), server: at('server.pem'), key: at('server.key'), client: at('both.pem') };
}

export interface IndexOptions {
  /** `user:password`; null: everybody may read. */
  readonly login: string | null;
  readonly certificates?: Certificates;
  /** Clients must show a certificate. */
  readonly mutual?: boolean;
}

/** A simple index (PEP 503) of a folder's files at `/simple/`. */
export async function startIndex(folder: string, options: IndexOptions): Promise<Started> {
  const { login, certificates, mutual = false } = options;
  const log: string[] = [];
  const answer = (asked: IncomingMessage, response: ServerResponse): void => {
    const given = decoded(asked.headers.authorization);
    log.push(`${asked.method ?? ''} ${asked.url ?? ''} ${given}`);
    if (login !== null && given !== login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="packages"' }).end();
      return;
    }
    void pageOrFile(folder, decodeURIComponent(asked.url ?? '')).then((body) => {
      if (body === null) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/octet-stream' }).end(body); // prettier-ignore
    });
  };
  const server =
    certificates === undefined
      ? http.createServer(answer)
      : https.createServer(
          {
            cert: await readFile(certificates.server),
            key: await readFile(certificates.key),
            ca: await readFile(certificates.ca),
            requestCert: mutual,
            rejectUnauthorized: mutual,
          },
          answer,
        );
  return listening(server, log);
}

/** @param login `user:password` that it wants; null: none */
export async function startProxy(login: string | null = null): Promise<Started> {
  const log: string[] = [];
  const sockets = new Set<Socket>();
  const refused = (asked: IncomingMessage): boolean => {
    const given = decoded(asked.headers['proxy-authorization']);
    log.push(`${asked.method ?? ''} ${asked.url ?? ''} ${given}`);
    return login !== null && given !== login;
  };
  const server = http.createServer((asked, response) => {
    if (refused(asked)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end();
      return;
    }
    const { method, headers } = asked;
    const onward = http.request(asked.url ?? '', { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    asked.pipe(onward);
  });
  server.on('connect', (asked: IncomingMessage, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (refused(asked)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n'); // prettier-ignore
      return;
    }
    const [host = '', port = '443'] = (asked.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
  });
  const started = await listening(server, log);
  return {
    ...started,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await started.stop();
    },
  };
}

async function listening(server: Server | https.Server, log: string[]): Promise<Started> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const decoded = (header: string | undefined): string =>
  header === undefined ? '-' : Buffer.from(header.replace(/^Basic /, ''), 'base64').toString();

async function pageOrFile(folder: string, url: string): Promise<string | Buffer | null> {
  const names = await readdir(folder);
  const [, file] = /^\/files\/(.+)$/.exec(url) ?? [];
  if (file !== undefined) return names.includes(file) ? readFile(path.join(folder, file)) : null;
  const [, name] = /^\/simple\/([^/]+)\/$/.exec(url) ?? [];
  if (name === undefined) return null;
  const own = names.filter((one) => one.split('-')[0]?.replaceAll('_', '-') === name);
  return own.length === 0 ? null : own.map((one) => `<a href="/files/${one}">${one}</a>\n`).join('');
}
