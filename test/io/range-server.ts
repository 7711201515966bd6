/** An HTTP server for one object, which answers ranges as S3 does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RangeServer {
  readonly address: string;
  readonly requests: () => number;
  /** Bytes of bodies so far. */
  readonly sent: () => number;
  readonly close: () => Promise<void>;
}

export async function serveRanges(
  content: Buffer,
  behaviour: { readonly status?: number; readonly ignoreRange?: boolean } = {},
): Promise<RangeServer> {
  let [requests, sent] = [0, 0];
  const server = createServer((request, response) => {
    requests++;
    if (behaviour.status !== undefined) {
      response.writeHead(behaviour.status).end();
      return;
    }
    const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (behaviour.ignoreRange === true || (first === '' && last === '')) {
      response.writeHead(200).end(content);
      return;
    }
    const start = first === '' ? Math.max(0, content.length - Number(last)) : Number(first);
    const end = first === '' || last === '' ? content.length - 1 : Math.min(Number(last), content.length - 1);
    const part = content.subarray(start, end + 1);
    sent += part.length;
    response
      .writeHead(206, {
        'content-range': `bytes ${start}-${end}/${content.length}`,
        'content-length': part.length,
      })
      .end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/layer.zip?signature=secret`,
    requests: () => requests,
    sent: () => sent,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
