/**
 * What a function returned → what API Gateway answers (HTTP API, payload format 2.0). What it would refuse, or what its
 * pages say nothing of, is refused here, with the reason: green must mean that it works there. Pure.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, read 2026-11
 */
import { errorLine } from '../probe-handler.js';
import type { Invocation } from '../model.js';
import { refusal, type Refusal } from './event.js';
import type { HttpAnswer } from './model.js';

/** An answer; `because` says why it is not the function's own. */
export interface Answered {
  readonly answer: HttpAnswer;
  readonly because: string | null;
}

export function answerOf({ ok, result, error }: Invocation): Answered {
  return ok ? interpreted(result) : internalError(errorLine(error) ?? 'the process has ended');
}

const internalError = (because: string): Refusal => refusal(500, 'Internal Server Error', because);

function interpreted(result: unknown): Answered {
  if (!isRecord(result) || !('statusCode' in result)) return inferred(result);
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  const status = statusOf(statusCode);
  if (status === null) return wrong(`statusCode is ${said(statusCode)}, not a number from 200 to 599`);
  if (!isRecord(headers ?? {})) return wrong(`headers is ${said(headers)}, not an object`);
  if (
    !Array.isArray(cookies ?? []) ||
    !((cookies ?? []) as unknown[]).every((one) => typeof one === 'string')
  )
    return wrong(`cookies is ${said(cookies)}, not a list of texts`);
  if (body !== null && typeof body !== 'string')
    return wrong(`body is ${said(body)}, not a text: use json.dumps`);
  const bytes = bytesOf(body ?? '', isBase64Encoded === true);
  if (bytes === null) return wrong('isBase64Encoded is true, and body is no base64');
  if (((cookies ?? []) as string[]).some((one) => notInHeader.test(one)))
    return wrong('a cookie holds a letter that a header cannot have');
  const own = headerPairs((headers ?? {}) as Readonly<Record<string, unknown>>);
  if ('wrong' in own) return wrong(own.wrong);
  const typed = own.pairs.some(([name]) => name === 'content-type');
  return {
    answer: {
      status,
      headers: [
        ...(typed || bytes.length === 0 ? [] : [['content-type', 'text/plain;charset=UTF-8'] as const]),
        ...own.pairs,
        ...((cookies ?? []) as string[]).map((one) => ['set-cookie', one] as const),
      ],
      body: bytes,
    },
    because: null,
  };
}

const wrong = (because: string): Refusal =>
  internalError(`the answer is none that API Gateway takes: ${because}`);

/** Without a statusCode: all of it is the body, and it went well. */
function inferred(result: unknown): Answered {
  const text = typeof result === 'string' ? result : JSON.stringify(result ?? null);
  const headers = [['content-type', 'application/json']] as const;
  return { answer: { status: 200, headers, body: Buffer.from(text) }, because: null };
}

function statusOf(given: unknown): number | null {
  const status = typeof given === 'string' && /^\d{3}$/.test(given) ? Number(given) : given;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? status
    : null;
}

function bytesOf(body: string, encoded: boolean): Buffer | null {
  if (!encoded) return Buffer.from(body);
  const plain = body.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(plain) ? Buffer.from(plain, 'base64') : null;
}

/** What HTTP's grammar has no place for; a line break would begin another header. */
const notInHeader = /[^\t\x20-\x7e\x80-\xff]/;

/** They are about the way from the gateway, which makes them itself. */
const ofConnection: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer', 'content-length'],
]);

function headerPairs(
  headers: Readonly<Record<string, unknown>>,
): { readonly pairs: readonly (readonly [string, string])[] } | { readonly wrong: string } {
  const pairs: (readonly [string, string])[] = [];
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (value === null || ofConnection.has(name)) continue;
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return { wrong: `${said(given)} is no name of a header` };
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return { wrong: `the header ${given} is ${said(value)}, not a text: join several with commas` };
    const text = String(value);
    if (notInHeader.test(text))
      return { wrong: `the header ${given} holds a letter that a header cannot have` };
    pairs.push([name, text]);
  }
  return { pairs };
}

function said(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
