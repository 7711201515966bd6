/**
 * A fake AWS over real HTTP: S3 and Lambda's control plane behind one address, told apart by the signature's scope. moto
 * stands for what goes well; this stands for AWS's exact refusals, which moto does not have.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { limits } from '../../src/limits.js';
import { throttled, type Answer, type Asked } from './answer.js';
import { FakeLambda } from './lambda.js';
import { FakeS3 } from './s3.js';

/** `lost`: it is done, and the answer never comes. `silent`: nothing is done, and no answer comes until the client goes. */
export type Fault = Answer | 'lost' | 'silent';

export interface FakeAws {
  readonly endpoint: string;
  readonly s3: FakeS3;
  readonly lambda: FakeLambda;
  /** Everything that was asked, e.g. `eu-central-1 POST /2018-10-31/layers/demo/versions`. */
  readonly log: string[];
  /** What was asked that may change something. */
  readonly changes: () => readonly string[];
  /** The next `times` requests that match get this instead. `then` is called with each. */
  readonly fail: (
    matches: (asked: Asked) => boolean,
    fault: Fault,
    times?: number,
    then?: () => void,
  ) => void;
  readonly stop: () => Promise<void>;
}

export async function startFakeAws(): Promise<FakeAws> {
  const s3 = new FakeS3();
  let endpoint = '';
  const lambda = new FakeLambda(s3, () => endpoint);
  const log: string[] = [];
  const rules: { matches: (asked: Asked) => boolean; fault: Fault; left: number; then: () => void }[] = [];
  /** When Lambda was asked, by Region: all calls of an account share fifteen a second. */
  const times = new Map<string, number[]>();
  const tooMany = (region: string): boolean => {
    const now = performance.now();
    const recent = (times.get(region) ?? []).filter((time) => time > now - 1000);
    times.set(region, [...recent, now]);
    return recent.length >= limits.controlPlaneRate;
  };
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const asked = await read(incoming);
    if (asked.path.startsWith('/zips/')) {
      send(outgoing, zipRange(lambda.zip(asked.path.slice('/zips/'.length)), asked));
      return;
    }
    log.push(`${asked.region} ${asked.method} ${asked.path}`);
    const rule = rules.find((one) => one.left > 0 && one.matches(asked));
    if (rule !== undefined) rule.left--;
    rule?.then();
    if (rule?.fault === 'silent') return;
    const answer =
      typeof rule?.fault === 'object'
        ? rule.fault
        : asked.service === 'lambda' && tooMany(asked.region)
          ? throttled('1')
          : asked.service === 's3'
            ? s3.answer(asked)
            : lambda.answer(asked);
    if (rule?.fault === 'lost') outgoing.destroy();
    else send(outgoing, answer, asked.method);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ endpoint, s3, lambda, log },
    changes: () => log.filter((line) => !/ (?:GET|HEAD) /.test(line)),
    fail: (matches, fault, times = 1, then = () => {}) => rules.push({ matches, fault, left: times, then }),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(incoming: IncomingMessage): Promise<Asked> {
  const url = new URL(incoming.url ?? '', 'http://aws');
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(incoming.headers.authorization ?? '') ?? [];
  return {
    ...{ method: incoming.method ?? '', headers: incoming.headers, region, service },
    ...{ path: decodeURIComponent(url.pathname), query: url.searchParams, body: await buffer(incoming) },
  };
}

function send(outgoing: ServerResponse, { status, headers = {}, body = '' }: Answer, method = 'GET'): void {
  const length = method === 'HEAD' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  outgoing.writeHead(status, { ...length, ...headers }).end(method === 'HEAD' ? '' : body);
}

function zipRange(zip: Buffer | null, { headers }: Asked): Answer {
  if (zip === null) return { status: 403 };
  if (headers.range === undefined) return { status: 200, body: zip };
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const start = first === '' ? Math.max(0, zip.length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? zip.length - 1 : Math.min(zip.length - 1, Number(last));
  return {
    status: 206,
    headers: { 'content-range': `bytes ${start}-${end}/${zip.length}` },
    body: zip.subarray(start, end + 1),
  };
}
