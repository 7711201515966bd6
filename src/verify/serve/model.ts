/** The nouns of `verify --serve`. Times are milliseconds. Pure. */
import type { Percentiles } from '../../model.js';

/** What was asked for. */
export interface ServeWish {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Environments at once. */
  readonly concurrency: number;
}

/** A request as it came over HTTP. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  /** e.g. `HTTP/1.1`. */
  readonly protocol: string;
  readonly body: Uint8Array;
  readonly sourceIp: string;
  /** Port that it came to. */
  readonly port: number;
  readonly requestId: string;
  readonly traceId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What goes back. */
export interface HttpAnswer {
  readonly status: number;
  /** A name may come more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** What came of one request, as it is told at once. */
export interface ServedRequest {
  readonly event: 'request';
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Null: the client left before there was one. */
  readonly status: number | null;
  /** All of it, from the request to the answer. */
  readonly ms: number;
  readonly cold: boolean;
  /** Of these, what the environment's start took; null: it was there. */
  readonly initMs: number | null;
  /** Of these, waiting for room on this machine. */
  readonly waitMs: number;
  /** What the function took; null: it was not invoked. */
  readonly functionMs: number | null;
  /** Why the answer is not the function's own; null: it is. */
  readonly because: string | null;
  /** Where the function failed, a line each. */
  readonly traceback: readonly string[];
}

/** A line of the function's log, as it comes. */
export interface LoggedLine {
  readonly event: 'log';
  /** Which environment wrote it, from 1; 0: the one that loads the function before it is served. */
  readonly environment: number;
  readonly line: string;
}

export interface Listening {
  readonly event: 'listening';
  readonly url: string;
  readonly handler: string;
  readonly concurrency: number;
  /** Environments that this machine has memory for, as far as is known. */
  readonly room: number;
}

/** What is told at the end. */
export interface ServeSummary {
  readonly event: 'summary';
  readonly requests: number;
  /** Of these, answers of 500 and more. */
  readonly failed: number;
  readonly environments: number;
  /** What the function took: for requests that started an environment, with the start. */
  readonly cold: Percentiles | null;
  readonly warm: Percentiles | null;
  readonly peakMemory: number;
  readonly tmpBytes: number;
}
