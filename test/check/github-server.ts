/** The part of GitHub's REST API that has to do with comments on pull requests, on this machine. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitHub {
  readonly url: string;
  /** In the order in which they were made. */
  readonly comments: { id: number; body: string }[];
  /** `METHOD path`, in order. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

export const token = 'a-token';

/** @param answer an answer that is always given instead, e.g. 403 */
export async function startGitHub(
  repository: string,
  number: number,
  answer: { readonly status: number; readonly message: string } | null = null,
): Promise<GitHub> {
  const comments: { id: number; body: string }[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    asked.push(`${request.method ?? ''} ${url.pathname}${url.search}`);
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const send = (status: number, body: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      const given = text === '' ? null : (JSON.parse(text) as { body: string });
      const list = `/repos/${repository}/issues/${number}/comments`;
      const one = /\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1];
      if (answer !== null) send(answer.status, { message: answer.message });
      else if (request.headers.authorization !== `Bearer ${token}`) send(401, { message: 'Bad credentials' });
      else if (request.method === 'GET' && url.pathname === list) {
        const [page, size] = [url.searchParams.get('page'), url.searchParams.get('per_page')].map(Number);
        send(200, comments.slice(((page ?? 1) - 1) * (size ?? 30), (page ?? 1) * (size ?? 30)));
      } else if (request.method === 'POST' && url.pathname === list && given !== null) {
        comments.push({ id: 1000 + comments.length, body: given.body });
        send(201, comments.at(-1));
      } else if (request.method === 'PATCH' && one !== undefined && given !== null) {
        const found = comments.find((comment) => comment.id === Number(one));
        if (found === undefined) send(404, { message: 'Not Found' });
        else {
          found.body = given.body;
          send(200, found);
        }
      } else send(404, { message: 'Not Found' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
