/** One comment on a pull request, renewed in place: a hidden marker finds the one of an earlier run. */
import { readFile } from 'node:fs/promises';
import type { Environment } from '../model.js';
import type { Markdown } from '../text/markdown.js';
import type { Secrets } from '../text/secrets.js';

interface Comment {
  readonly id: number;
  readonly body?: string | null;
}

/** GitHub's largest page. */
const perPage = 100;
/** No pull request that is of use has more comments. */
const mostPages = 50;
/** GitHub refuses a longer body. */
const longestBody = 65_536;
const timeoutMs = 20_000;

/** `secrets`: what the comment must not hold. */
interface CommentWorld {
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
}

/**
 * Write the report as a comment, or renew the one with the same title.
 * @param environment GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_EVENT_PATH or GITHUB_REF, GITHUB_API_URL
 * @returns null when it is there; else why not: a report is worth no failed build
 */
export async function comment(
  markdown: Markdown,
  title: string,
  { environment, secrets, signal }: CommentWorld,
): Promise<string | null> {
  const token = environment.GITHUB_TOKEN ?? '';
  const repository = environment.GITHUB_REPOSITORY ?? '';
  if (token === '') return 'GITHUB_TOKEN is not set.';
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) return 'GITHUB_REPOSITORY names no repository.';
  const number = await pullRequest(environment);
  if (number === null) return 'this run belongs to no pull request.';
  const api = `${environment.GITHUB_API_URL ?? 'https://api.github.com'}/repos/${repository}`;
  const marker = `<!-- lambda-slim check: ${title.replaceAll('--', '- -')} -->`;
  const body = cut(`${marker}\n${secrets.hide(markdown)}`);
  const ask = asker(token, signal);
  try {
    const old = await find(`${api}/issues/${number}/comments`, marker, ask);
    if (old === null) await ask('POST', `${api}/issues/${number}/comments`, { body });
    else await ask('PATCH', `${api}/issues/comments/${old}`, { body });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return (error as Error).message;
  }
}

async function pullRequest(environment: Environment): Promise<number | null> {
  const fromRef = /^refs\/pull\/(\d+)\//.exec(environment.GITHUB_REF ?? '')?.[1];
  if (fromRef !== undefined) return Number(fromRef);
  // For events such as pull_request_target and issue_comment the ref is the branch that it goes to.
  const { pull_request: pull, issue } = await readEvent(environment.GITHUB_EVENT_PATH ?? '');
  return pull?.number ?? (issue?.pull_request === undefined ? null : (issue.number ?? null));
}

interface Event {
  readonly pull_request?: { readonly number?: number };
  readonly issue?: { readonly number?: number; readonly pull_request?: unknown };
}

/** Empty when there is none that can be read. */
async function readEvent(file: string): Promise<Event> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Event;
  } catch {
    return {};
  }
}

type Ask = (method: string, url: string, body?: unknown) => Promise<unknown>;

function asker(token: string, signal: AbortSignal): Ask {
  return async (method, url, body) => {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'lambda-slim',
        'x-github-api-version': '2022-11-28',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    }).catch((cause: unknown) => {
      throw new Error(`GitHub does not answer at ${new URL(url).host}.`, { cause });
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as unknown;
    throw new Error(`GitHub answers with HTTP ${response.status}${said(text)}.`);
  };
}

function said(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? ` (${message})` : '';
  } catch {
    return '';
  }
}

async function find(url: string, marker: string, ask: Ask): Promise<number | null> {
  for (let page = 1; page <= mostPages; page++) {
    const comments = (await ask('GET', `${url}?per_page=${perPage}&page=${page}`)) as readonly Comment[];
    const old = comments.find((one) => one.body?.startsWith(marker) === true);
    if (old !== undefined) return old.id;
    if (comments.length < perPage) return null;
  }
  return null;
}

function cut(body: string): string {
  const end = '\n\n… (cut: too long for a comment)\n';
  return body.length <= longestBody ? body : `${body.slice(0, longestBody - end.length)}${end}`;
}
