/** HTTP in front of a pool of environments, as API Gateway is in front of a function. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { SlimError } from '../../errors.js';
import { limits } from '../../limits.js';
import type { Pool, Served } from '../load/pool.js';
import { answerOf, type Answered } from './answer.js';
import { eventOf, refusal, refusalOf, tooLarge } from './event.js';
import type { HttpRequest, ServedRequest, ServeWish } from './model.js';

/** Milliseconds that API Gateway waits for a function; the function goes on until its own timeout. */
export interface ServeLimits {
  readonly gatewayMs: number;
}

/**
 * @param tell hears of each request when it was answered
 * @returns a server that does not listen yet
 */
export function gateway(pool: Pool, { gatewayMs }: ServeLimits, tell: (one: ServedRequest) => void): Server {
  // A header of 10 KiB is ours to refuse; one that Node cuts off it answers with 431 itself.
  const server = createServer({ maxHeaderSize: 64 * 1024, requestTimeout: 0 }, (request, response) => {
    void answer({ request, response, unsent: null }, pool, gatewayMs, tell);
  });
  // A client that asks whether it may send its body is told so only when it would be taken.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const length = Number(request.headers['content-length'] ?? 0);
    const unsent = length > limits.httpApi.bodyBytes ? length : null;
    if (unsent === null) response.writeContinue();
    void answer({ request, response, unsent }, pool, gatewayMs, tell);
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Bytes of a body that its client keeps back; null: it comes. */
  readonly unsent: number | null;
}

/** Never throws: what goes wrong on our side is an answer, too. */
async function answer(
  { request: incoming, response, unsent }: Exchange,
  pool: Pool,
  gatewayMs: number,
  tell: (one: ServedRequest) => void,
): Promise<void> {
  const began = performance.now();
  const body =
    unsent === null
      ? await bodyOf(incoming, limits.httpApi.bodyBytes)
      : { bytes: Buffer.alloc(0), length: unsent };
  if (body === null) return;
  const request = requestOf(incoming, body.bytes);
  const event = eventOf(request);
  const refused = refusalOf(request, body.length) ?? tooLarge(event);
  const { answered, served } =
    refused === null ? await within(pool.serve(event), gatewayMs) : { answered: refused, served: null };
  const gone = response.destroyed || response.socket?.destroyed === true;
  const { status, headers, body: bytes } = answered.answer;
  if (!gone) {
    response.writeHead(status, [
      ...headers.flat(),
      ...(status === 204 || status === 304 ? [] : ['content-length', String(bytes.length)]),
      ...['apigw-requestid', request.requestId],
    ]);
    response.end(status === 204 || status === 304 ? undefined : bytes);
  }
  tell({
    event: 'request',
    method: request.method,
    path: request.target,
    status: gone ? null : status,
    ms: performance.now() - began,
    cold: served !== null && served.init !== null,
    initMs: served?.init?.ms ?? null,
    waitMs: served?.waitMs ?? 0,
    functionMs: served?.invocation.ms ?? null,
    because: answered.because,
    traceback: (served?.invocation.error?.stackTrace ?? []).flatMap((one) =>
      one.replace(/\n$/, '').split('\n'),
    ),
  });
}

interface Outcome {
  readonly answered: Answered;
  /** Null: it did not come to the function, or has not come back. */
  readonly served: Served | null;
}

/** What API Gateway answers when the function takes too long is a 503; the function does not know. */
async function within(work: Promise<Served>, ms: number): Promise<Outcome> {
  let late: NodeJS.Timeout | undefined;
  const timedOut = new Promise<Outcome>((resolve) => {
    late = setTimeout(() => {
      const because = `there was no answer within the ${ms / 1000} s that API Gateway waits`;
      resolve({ answered: refusal(503, 'Service Unavailable', because), served: null });
    }, ms);
  });
  const done = work.then(
    (served): Outcome => ({ answered: answerOf(served.invocation), served }),
    (error: unknown): Outcome => ({
      answered: refusal(503, 'Service Unavailable', error instanceof Error ? error.message : String(error)),
      served: null,
    }),
  );
  return Promise.race([done, timedOut]).finally(() => clearTimeout(late));
}

/**
 * All of a body is read, as a client hears no answer before it has sent its request; what is beyond the limit is only counted.
 * @returns `length` of all that came; null: the client left
 */
async function bodyOf(request: IncomingMessage, most: number): Promise<Body | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= most) chunks.push(chunk);
    else chunks.length = 0;
  });
  const whole = await finished(request, { writable: false }).then(
    () => true,
    () => false,
  );
  return whole ? { bytes: Buffer.concat(chunks), length } : null;
}

interface Body {
  readonly bytes: Buffer;
  readonly length: number;
}

function requestOf(incoming: IncomingMessage, body: Buffer): HttpRequest {
  const { method = 'GET', url = '/', rawHeaders, httpVersion, socket } = incoming;
  const time = Date.now();
  return {
    ...{ method, target: url, rawHeaders, protocol: `HTTP/${httpVersion}`, body, time },
    sourceIp: (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    port: socket.localPort ?? 0,
    requestId: randomUUID(),
    traceId: `Root=1-${Math.trunc(time / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
  };
}

/**
 * @returns its address
 * @throws SlimError `bad-option` when the port is taken, or the host is none of this machine's
 */
export async function listen(server: Server, { host, port }: ServeWish): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    const what =
      code === 'EADDRINUSE' ? `port ${port} is taken` : `${host}:${port} cannot be used (${code ?? '?'})`;
    throw new SlimError('bad-option', `--serve: ${what}.`, {
      hint: 'Name another port, or 0 for one that is free.',
      cause,
    });
  });
  const address = server.address();
  const found = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${found}/`;
}
