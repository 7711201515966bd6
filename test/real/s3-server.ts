/** A local S3 (moto) over real HTTP, and a proxy before it that breaks what it is told to break. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inCi, repository } from './helper-build.js';

const program = path.join(repository, '.test-tools/aws/bin/moto_server');
/** Null when the tests can run; in CI they run and fail. */
export const missingServer: string | null =
  existsSync(program) || inCi ? null : 'moto is not installed: run "bash test/setup/tools.sh"';

export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/**
 * What happens to an answer. `cut`: the connection ends in the middle of the body. `short`: half of the body, and headers that
 * say so. `flip`: one byte is another. `whole`: the request loses its Range. `lie`: Content-Range names a larger object.
 * `lost`: the request is done, and its answer never comes. `slow`: it comes after half a second, and its second half after
 * another. Otherwise S3's own error.
 */
export type Fault =
  | 'cut'
  | 'short'
  | 'flip'
  | 'whole'
  | 'lie'
  | 'lost'
  | 'slow'
  | {
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** The fault for a request; `count`: how many requests this rule was asked about, this one included. Null: none. */
export type Rule = (asked: Request, count: number) => Fault | null;

export interface LocalS3 {
  /** Of the proxy, e.g. `http://127.0.0.1:4000`. */
  readonly endpoint: string;
  /** Of the server itself. */
  readonly direct: string;
  /** Requests since the last `breakWith`, in order. */
  readonly requests: Request[];
  /** The most requests at the same time since then. */
  readonly most: () => number;
  /** Faults given since then: a rule that never matches proves nothing. */
  readonly faults: () => number;
  /** A rule from now on, and nothing remembered. */
  readonly breakWith: (rule?: Rule) => void;
  readonly stop: () => Promise<void>;
}

export async function startS3(): Promise<LocalS3> {
  const { child, port } = await startMoto();
  const requests: Request[] = [];
  const state = { rule: (() => null) as Rule, count: 0, faults: 0, open: 0, most: 0 };
  const server = createServer((asked, answer) => {
    const seen = { method: asked.method ?? '', url: asked.url ?? '', headers: asked.headers };
    requests.push(seen);
    state.most = Math.max(state.most, ++state.open);
    answer.on('close', () => state.open--);
    const fault = state.rule(seen, ++state.count);
    if (fault !== null) state.faults++;
    if (typeof fault === 'object' && fault !== null) void refuse(asked, answer, fault);
    else forward(port, asked, answer, fault);
  });
  await listening(server);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    direct: `http://127.0.0.1:${port}`,
    requests,
    most: () => state.most,
    faults: () => state.faults,
    breakWith: (rule = () => null) => {
      requests.length = 0;
      Object.assign(state, { rule, count: 0, faults: 0, most: 0 });
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The first `many` requests that match fail. */
export function first(many: number, fault: Fault, matches: (asked: Request) => boolean): Rule {
  let count = 0;
  return (asked) => (matches(asked) && ++count <= many ? fault : null);
}

export const slowDown: Fault = { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };

async function startMoto(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.setEncoding('utf8');
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('exit', () => reject(new Error(said)));
    child.stderr.on('data', (part: string) => {
      said = `${said}${part}`.slice(-5000);
      const found = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return { child, port };
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function refuse(
  asked: IncomingMessage,
  answer: ServerResponse,
  { status, code, message = code, headers = {} }: Exclude<Fault, string>,
): Promise<void> {
  await text(asked).catch(() => '');
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const all = { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body), ...headers };
  answer.writeHead(status, all).end(asked.method === 'HEAD' ? '' : body);
}

function forward(port: number, asked: IncomingMessage, answer: ServerResponse, fault: Fault | null): void {
  const headers = { ...asked.headers };
  if (fault === 'whole') delete headers.range;
  const onward = request({
    ...{ host: '127.0.0.1', port, method: asked.method, path: asked.url, headers },
    // moto's server leaves connections open at its own will.
    agent: false,
  });
  onward.on('error', () => answer.destroy());
  onward.on('response', (given) => {
    const chunks: Buffer[] = [];
    given.on('data', (chunk: Buffer) => chunks.push(chunk));
    given.on('error', () => answer.destroy());
    given.on('end', () => reply(answer, given, Buffer.concat(chunks), fault, asked.method ?? ''));
  });
  asked.on('error', () => onward.destroy());
  asked.pipe(onward);
}

function reply(
  answer: ServerResponse,
  given: IncomingMessage,
  body: Buffer,
  fault: Fault | null,
  method: string,
): void {
  if (fault === 'lost') {
    answer.destroy();
    return;
  }
  const headers = { ...given.headers };
  delete headers['transfer-encoding'];
  delete headers.connection;
  if (method !== 'HEAD') headers['content-length'] = String(body.length);
  const half = Math.floor(body.length / 2);
  if (fault === 'flip') body[half]! ^= 1;
  if (fault === 'lie') headers['content-range'] = headers['content-range']?.replace(/\/(\d+)$/, '/9$1');
  if (fault === 'short') headers['content-length'] = String(half);
  if (fault === 'slow') {
    setTimeout(() => answer.writeHead(given.statusCode ?? 500, headers).write(body.subarray(0, half)), 500);
    setTimeout(() => answer.end(body.subarray(half)), 1000);
    return;
  }
  answer.writeHead(given.statusCode ?? 500, headers);
  if (fault === 'cut') answer.write(body.subarray(0, half), () => answer.destroy());
  else answer.end(fault === 'short' ? body.subarray(0, half) : body);
}

/** As a function has them. */
export const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' };
export const isRange = ({ method, headers }: Request): boolean =>
  method === 'GET' && headers.range !== undefined;
export const denied: Fault = { status: 403, code: 'AccessDenied', message: 'Access Denied' };
