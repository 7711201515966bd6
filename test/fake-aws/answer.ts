/** What the fake AWS is asked, and what it answers. */
import type { IncomingHttpHeaders } from 'node:http';

export interface Asked {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** From the signature, as at AWS. */
  readonly region: string;
  readonly service: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** As Lambda writes its errors: the name in a header, `Type` and `message` in the body. */
export function lambdaError(
  status: number,
  name: string,
  message: string,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly type?: 'User' | 'Service' } = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': name, ...more.headers },
    body: JSON.stringify({ Type: more.type ?? (status >= 500 ? 'Service' : 'User'), message }),
  };
}

/** 429, as Lambda's control plane gives it. */
export const throttled = (retryAfter = '0'): Answer => ({
  status: 429,
  headers: {
    'content-type': 'application/json',
    'x-amzn-errortype': 'TooManyRequestsException',
    'retry-after': retryAfter,
  },
  body: JSON.stringify({ Type: 'User', Reason: 'CallerRateLimitExceeded', message: 'Rate exceeded' }),
});

export const s3Error = (status: number, code: string, message: string, headers = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/xml', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});
