/**
 * A fake CodeArtifact over real HTTP: its two control calls, answered as AWS answers them, and repositories that are read with
 * the token as password.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json, type Answer } from './answer.js';

/** What a CodeArtifact token looks like: a JSON web token of some 1,000 letters. */
export const token = `eyJ2ZXIiOjEsImlzdSI6MTcw.${'Zm9vYmFyLXNlY3JldA'.repeat(8)}._-x`;

export interface FakeCodeArtifact {
  readonly endpoint: string;
  /** e.g. `GetAuthorizationToken domain=d domain-owner=1 region=eu-central-1`, `GET /pypi/r/simple/numpy/ 200`. */
  readonly log: string[];
  /** The next control calls get this instead. */
  fail: Answer | null;
  /** False: repositories refuse everybody. */
  readable: boolean;
  readonly stop: () => Promise<void>;
}

/** As AWS writes its errors. */
export const refusal = (status: number, name: string, message: string, more = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
  body: JSON.stringify({ message, ...more }),
});

/** @param folder wheels and source archives; each is in the repository `r` of the domain `dd` */
export async function startCodeArtifact(folder: string): Promise<FakeCodeArtifact> {
  const log: string[] = [];
  const server = createServer((incoming, outgoing) => {
    void answerTo(incoming).then(({ status, headers = {}, body = '' }) => {
      outgoing.writeHead(status, headers).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeCodeArtifact = {
    endpoint,
    log,
    fail: null,
    readable: true,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answerTo(incoming: IncomingMessage): Promise<Answer> {
    const url = new URL(incoming.url ?? '', endpoint);
    if (url.pathname.startsWith('/v1/')) return control(incoming, url);
    const answer = await packages(incoming, decodeURIComponent(url.pathname));
    log.push(`${incoming.method ?? ''} ${url.pathname} ${answer.status}`);
    return answer;
  }

  function control(incoming: IncomingMessage, url: URL): Answer {
    const [, region = ''] = /Credential=[^/]+\/\d+\/([^/]+)\/codeartifact\//.exec(incoming.headers.authorization ?? '') ?? []; // prettier-ignore
    const action =
      url.pathname === '/v1/authorization-token' ? 'GetAuthorizationToken' : 'GetRepositoryEndpoint';
    const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`).sort();
    log.push([action, ...query, `region=${region}`].join(' '));
    if (fake.fail !== null) return fake.fail;
    const missing = (resourceType: string, resourceId: string): Answer =>
      refusal(404, 'ResourceNotFoundException', `${resourceType} not found. Domain owner: 123456789012. ${resourceType}: '${resourceId}'`, { resourceType, resourceId }); // prettier-ignore
    const domain = url.searchParams.get('domain') ?? '';
    if (domain !== 'dd') return missing('domain', domain);
    if (action === 'GetAuthorizationToken')
      return json(200, { authorizationToken: token, expiration: Date.now() / 1000 + 10_800 });
    const repository = url.searchParams.get('repository') ?? '';
    if (repository !== 'rr') return missing('repository', repository);
    return json(200, { repositoryEndpoint: `${endpoint}/pypi/${repository}/` });
  }

  async function packages(incoming: IncomingMessage, place: string): Promise<Answer> {
    const wanted = `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`;
    if (incoming.headers.authorization !== wanted)
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="CodeArtifact"' } };
    if (!fake.readable)
      return { status: 403, body: 'User is not authorized to perform: codeartifact:ReadFromRepository' };
    const [, name = '', file] = /^\/pypi\/rr\/simple\/([^/]+)\/(?:[^/]+\/([^/]+))?$/.exec(place) ?? [];
    if (file !== undefined) return { status: 200, body: await readFile(path.join(folder, file)) };
    const normal = (text: string): string => text.toLowerCase().replace(/[-_.]+/g, '-');
    const files = (await readdir(folder)).filter(
      (one) => normal(one.replace(/-\d.*$/, '')) === name && /\.(?:whl|gz)$/.test(one),
    );
    if (files.length === 0) return { status: 404 };
    const links = files.map(async (one) => {
      const sha256 = createHash('sha256').update(await readFile(path.join(folder, one))).digest('hex'); // prettier-ignore
      const version = /^[^-]+-(\d[^-]*?)(?:-|\.tar)/.exec(one)?.[1] ?? '';
      return `<a href="${version}/${one}#sha256=${sha256}">${one}</a><br/>`;
    });
    const page = `<!DOCTYPE html><html><head><title>Links for ${name}</title></head><body><h1>Links for ${name}</h1>${(await Promise.all(links)).join('\n')}</body></html>`;
    return { status: 200, headers: { 'content-type': 'text/html' }, body: page };
  }
  return fake;
}
