/**
 * A request over HTTP → the event that API Gateway makes of it for a function (HTTP API, payload format 2.0), and what is
 * too large for it. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
 * read 2026-11; what that page leaves open is as captured from live APIs: the path comes decoded and the query as it was
 * sent, cookies are no header, and a body is text only for the types of `isText`. Pure.
 */
import { limits } from '../../limits.js';
import type { HttpAnswer, HttpRequest } from './model.js';

/** The event of payload format 2.0. */
export interface HttpEvent {
  readonly version: '2.0';
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly accountId: string;
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: Readonly<Record<'method' | 'path' | 'protocol' | 'sourceIp' | 'userAgent', string>>;
    readonly requestId: string;
    readonly routeKey: string;
    readonly stage: string;
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

const route = '$default';

export function eventOf(request: HttpRequest): HttpEvent {
  const { method, protocol, sourceIp, requestId, time } = request;
  const [sent = '/', ...queries] = request.target.split('?');
  const query = queries.join('?');
  const path = pathOf(sent);
  const { headers, cookies } = headersOf(request);
  const parameters = parametersOf(query);
  const domain = (headers['host'] ?? 'localhost').replace(/:\d+$/, '');
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(parameters === null ? {} : { queryStringParameters: parameters }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'lambda-slim',
      domainName: domain,
      domainPrefix: domain.split('.')[0] ?? domain,
      http: { method, path, protocol, sourceIp, userAgent: headers['user-agent'] ?? '' },
      requestId,
      routeKey: route,
      stage: route,
      time: timeText(time),
      timeEpoch: time,
    },
    ...bodyOf(request.body, headers['content-type'] ?? ''),
  };
}

/** Decoded; what cannot be decoded stays. An absolute target, as a proxy's client sends it, names its path. */
function pathOf(sent: string): string {
  const path = sent.replace(/^https?:\/\/[^/]*/i, '') || '/';
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Names in small letters; one that comes more than once is one, joined by commas; and what the gateway adds. */
function headersOf({ rawHeaders, sourceIp, port, traceId }: HttpRequest): {
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
} {
  const headers = new Map<string, string>();
  const cookies: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? ''];
    const before = headers.get(name);
    if (name === 'cookie') cookies.push(...value.split(/;\s*/).filter((one) => one !== ''));
    else if (!ofConnection.has(name)) headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  const through = headers.get('x-forwarded-for');
  headers.set('x-forwarded-for', through === undefined ? sourceIp : `${through}, ${sourceIp}`);
  headers.set('x-forwarded-port', String(port));
  headers.set('x-forwarded-proto', 'http');
  if (!headers.has('x-amzn-trace-id')) headers.set('x-amzn-trace-id', traceId);
  return { headers: Object.fromEntries([...headers].sort(([a], [b]) => (a < b ? -1 : 1))), cookies };
}

/** They are about the way to the gateway. */
const ofConnection: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'upgrade',
    'te',
    'trailer',
    'expect',
  ],
]);

/** Decoded; a name that comes more than once has its values joined by commas. */
function parametersOf(query: string): Readonly<Record<string, string>> | null {
  if (query === '') return null;
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = found.get(name);
    found.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(found);
}

/** As measured against live APIs: forms, and a body without a type, come in base64. */
const isText = /^(?:text\/[^;]*|application\/(?:json|xml|javascript))\s*(?:;|$)/i;

function bodyOf(body: Uint8Array, type: string): Pick<HttpEvent, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { isBase64Encoded: false };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  return isText.test(type.trim())
    ? { body: bytes.toString('utf8'), isBase64Encoded: false }
    : { body: bytes.toString('base64'), isBase64Encoded: true };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function timeText(time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${months[Number(month) - 1] ?? ''}/${year}:${clock.slice(0, 8)} +0000`;
}

/** Why a request does not come to the function, and what is answered; null: it comes. */
export interface Refusal {
  readonly answer: HttpAnswer;
  readonly because: string;
}

/** @param bodyBytes that came, or more than are taken */
export function refusalOf(
  {
    method,
    target,
    protocol,
    rawHeaders,
  }: Pick<HttpRequest, 'method' | 'target' | 'protocol' | 'rawHeaders'>,
  bodyBytes: number,
): Refusal | null {
  const { headerBytes, bodyBytes: most } = limits.httpApi;
  const line = method.length + target.length + protocol.length + 2;
  const head = rawHeaders.reduce((sum, one) => sum + one.length, line);
  if (head > headerBytes)
    return refusal(
      431,
      'Request Header Fields Too Large',
      `request line and headers have more than ${headerBytes} bytes`,
    );
  return bodyBytes > most
    ? refusal(
        413,
        'Request Entity Too Large',
        `the body has more than the ${most} bytes that API Gateway takes`,
      )
    : null;
}

/** What Lambda's own limit refuses: base64 makes a body a third larger. */
export function tooLarge(event: HttpEvent): Refusal | null {
  const bytes = Buffer.byteLength(JSON.stringify(event));
  const { payloadBytes } = limits;
  return bytes > payloadBytes
    ? refusal(
        413,
        'Request Entity Too Large',
        `the event has ${bytes} bytes, and Lambda takes ${payloadBytes}`,
      )
    : null;
}

export function refusal(status: number, message: string, because: string): Refusal {
  const body = Buffer.from(JSON.stringify({ message }));
  return { answer: { status, headers: [['content-type', 'application/json']], body }, because };
}
