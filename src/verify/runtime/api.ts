/**
 * Lambda's Runtime API for one execution environment: what the runtime client polls for work and posts answers to.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, read 2026-11. Answers and the refusal of what is out of
 * turn follow aws-lambda-rie, so that a client's mistake is not hidden here.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Initialization, Invocation, RuntimeError } from '../model.js';

/** Bytes of an answer, as AWS's error names them: 6 MiB and a hundred for the envelope. */
const responseLimit = 6_291_556;

/** What the environment does now. `over`: nothing more can come of it. */
type State = 'starting' | 'idle' | 'busy' | 'over';

interface Pending {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  started: number;
  readonly settle: (invocation: Invocation) => void;
}

export class RuntimeApi {
  /** Not listening: the caller hands it connections or lets it listen. */
  readonly server: Server = createServer((request, response) => void this.#serve(request, response));
  readonly #functionArn: string;
  readonly #initialized = Promise.withResolvers<Initialization>();
  #state: State = 'starting';
  #startedAt = performance.now();
  /** Until the snapshot: what comes after is no part of initialization. */
  #snapshotAt: number | null = null;
  #parked: ServerResponse | null = null;
  #pending: Pending | null = null;
  #end: RuntimeError | null = null;

  constructor(functionArn: string) {
    this.#functionArn = functionArn;
    // A long poll takes as long as it takes.
    this.server.requestTimeout = 0;
    this.server.headersTimeout = 0;
    this.server.keepAliveTimeout = 0;
  }

  /** The function's process starts now: initialization is measured from here. */
  started(): void {
    this.#startedAt = performance.now();
  }

  /** Resolves at the first `next`, at an error that is reported, or at `over`. */
  get initialized(): Promise<Initialization> {
    return this.#initialized.promise;
  }

  /** Nothing more can come of it. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** The environment has ended, or is ended because of this: whoever waits gets the error. Only the first call counts. */
  over(error: RuntimeError): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#end = error;
    this.#initialized.resolve({ ok: false, ms: this.#sinceStart(), error });
    const id = this.#pending?.id;
    this.#settle({
      ok: false,
      result: null,
      error:
        id === undefined
          ? error
          : { ...error, errorMessage: `RequestId: ${id} Error: ${error.errorMessage}` },
    });
    this.#parked?.destroy();
  }

  /**
   * Hand the function one event; only one at a time.
   * @param timeoutMs the function's timeout: after it the environment is `over`, and the caller ends it
   */
  async invoke(event: unknown, timeoutMs: number): Promise<Invocation> {
    if (this.#pending !== null) throw new Error('The environment is busy.');
    if (this.#end !== null) return { ok: false, result: null, error: this.#end, ms: 0 };
    const answer = new Promise<Invocation>((settle) => {
      this.#pending = { id: randomUUID(), event, timeoutMs, started: performance.now(), settle };
    });
    const late = setTimeout(() => {
      const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      this.over({ errorType: 'Sandbox.Timedout', errorMessage, stackTrace: [] });
    }, timeoutMs);
    this.#hand();
    return answer.finally(() => clearTimeout(late));
  }

  /** When the function waits for work and there is some. After an answer it comes back for more within a moment. */
  #hand(): void {
    const [client, pending] = [this.#parked, this.#pending];
    if (client === null || pending === null) return;
    this.#parked = null;
    this.#state = 'busy';
    pending.started = performance.now();
    client.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': pending.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + pending.timeoutMs),
      'Lambda-Runtime-Invoked-Function-Arn': this.#functionArn,
      'Lambda-Runtime-Trace-Id': traceId(),
    });
    client.end(JSON.stringify(pending.event ?? null));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request).catch(() => null);
    // The process was ended in the middle of its request.
    if (body === null) return;
    const [, version, runtime, ...rest] = (request.url ?? '').split('/');
    const call = `${request.method ?? ''} ${rest.join('/').replace(/^invocation\/[^/]+\//, 'invocation/ID/')}`;
    if (version !== '2018-06-01' || runtime !== 'runtime') notFound(response);
    else this.#take(call, rest[1] ?? '', request, response, body);
  }

  #take(call: string, id: string, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    switch (call) {
      case 'GET invocation/next':
        this.#next(response);
        break;
      case 'POST invocation/ID/response':
        this.#answer(id, response, body);
        break;
      case 'POST invocation/ID/error':
        this.#failure(id, response, errorIn(body, request));
        break;
      case 'GET restore/next':
        this.#restore(response);
        break;
      case 'POST init/error':
        this.#failedStart(response, errorIn(body, request), 'InitError');
        break;
      case 'POST restore/error':
        this.#failedStart(response, errorIn(body, request), 'RestoreError');
        break;
      default:
        notFound(response);
    }
  }

  /** The snapshot is taken and restored at once. */
  #restore(response: ServerResponse): void {
    if (this.#state !== 'starting' || this.#snapshotAt !== null) {
      outOfTurn(response, 'RestoreReady');
      return;
    }
    this.#snapshotAt = performance.now();
    send(response, 200, '');
  }

  #next(response: ServerResponse): void {
    if (this.#state === 'busy' || this.#state === 'over' || this.#parked !== null) {
      outOfTurn(response, 'Ready');
      return;
    }
    if (this.#state === 'starting') {
      const ms = this.#sinceStart();
      this.#state = 'idle';
      this.#initialized.resolve({ ok: true, ms, error: null });
    }
    this.#parked = response;
    response.once('close', () => {
      if (this.#parked === response) this.#parked = null;
    });
    this.#hand();
  }

  #answer(id: string, response: ServerResponse, body: Buffer): void {
    if (!this.#isCurrent(id)) {
      wrongId(response);
      return;
    }
    if (body.length > responseLimit) {
      refuse(
        response,
        413,
        'RequestEntityTooLarge',
        `Exceeded maximum allowed payload size (${responseLimit} bytes).`,
      );
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${responseLimit} bytes).`;
      const error = { errorType: 'Function.ResponseSizeTooLarge', errorMessage, stackTrace: [] };
      this.#state = 'idle';
      this.#settle({ ok: false, result: null, error });
      return;
    }
    accepted(response);
    this.#state = 'idle';
    this.#settle({ ok: true, result: parsed(body), error: null });
  }

  #failure(id: string, response: ServerResponse, error: RuntimeError): void {
    if (!this.#isCurrent(id)) {
      wrongId(response);
      return;
    }
    accepted(response);
    this.#state = 'idle';
    this.#settle({ ok: false, result: null, error });
  }

  #failedStart(response: ServerResponse, error: RuntimeError, to: string): void {
    if (this.#state !== 'starting') {
      outOfTurn(response, to);
      return;
    }
    accepted(response);
    this.over(error);
  }

  #isCurrent(id: string): boolean {
    return this.#state === 'busy' && this.#pending?.id === id;
  }

  #settle(outcome: Omit<Invocation, 'ms'>): void {
    const pending = this.#pending;
    this.#pending = null;
    pending?.settle({ ...outcome, ms: performance.now() - pending.started });
  }

  #sinceStart(): number {
    return (this.#snapshotAt ?? performance.now()) - this.#startedAt;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The handler's answer; text when it is no JSON (a client may post anything). */
function parsed(body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function errorIn(body: Buffer, request: IncomingMessage): RuntimeError {
  const posted = parsed(body);
  const fields: Partial<Record<keyof RuntimeError, unknown>> =
    typeof posted === 'object' && posted !== null ? posted : { errorMessage: posted };
  const named = request.headers['lambda-runtime-function-error-type'];
  const { errorType, errorMessage, stackTrace } = fields;
  return {
    errorType:
      typeof errorType === 'string' && errorType !== '' ? errorType : String(named ?? 'Runtime.Unknown'),
    errorMessage: typeof errorMessage === 'string' ? errorMessage : '',
    stackTrace: Array.isArray(stackTrace) ? stackTrace.map(String) : [],
  };
}

const accepted = (response: ServerResponse): void => send(response, 202, '{"status":"OK"}\n');

const notFound = (response: ServerResponse): void => send(response, 404, '404 page not found\n');

const wrongId = (response: ServerResponse): void =>
  refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');

const outOfTurn = (response: ServerResponse, to: string): void =>
  refuse(
    response,
    403,
    'InvalidStateTransition',
    `State transition to ${to} failed for runtime. Error: State transition is not allowed`,
  );

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  send(response, status, `${JSON.stringify({ errorMessage, errorType })}\n`);
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
}

function traceId(): string {
  const time = Math.trunc(Date.now() / 1000).toString(16);
  return `Root=1-${time}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}
