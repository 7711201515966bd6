/** The comment on a pull request, against a server that answers as GitHub's does. */
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { comment } from '../../src/check/pull-request.js';
import type { Environment } from '../../src/model.js';
import { marked, plainMarkdown } from '../../src/text/markdown.js';
import { Secrets } from '../../src/text/secrets.js';
import { folder } from '../cli/helper.js';
import { startGitHub, token, type GitHub } from './github-server.js';

const { signal } = new AbortController();
let server: GitHub | null = null;
afterEach(async () => server?.close());

async function start(...answer: readonly { status: number; message: string }[]): Promise<GitHub> {
  server = await startGitHub('me/project', 7, answer[0] ?? null);
  return server;
}

const environment = (github: GitHub, change: Environment = {}): Environment => ({
  GITHUB_API_URL: github.url,
  GITHUB_REPOSITORY: 'me/project',
  GITHUB_TOKEN: token,
  GITHUB_REF: 'refs/pull/7/merge',
  ...change,
});

const world = (github: GitHub, change: Environment = {}): Parameters<typeof comment>[2] => ({
  environment: environment(github, change),
  secrets: new Secrets(),
  signal,
});

test('the first run writes it, a later one renews it, another title has its own', async () => {
  const github = await start();
  const say = (text: string, title: string): Promise<string | null> =>
    comment(plainMarkdown(text), title, world(github));
  github.comments.push({ id: 1, body: 'What a nice change!' });
  expect(await say('first', 'Size')).toBeNull();
  expect(await say('other', 'Size of b')).toBeNull();
  expect(await say('second', 'Size')).toBeNull();
  expect(github.comments.map((one) => one.body)).toEqual([
    'What a nice change!',
    '<!-- lambda-slim check: Size -->\nsecond',
    '<!-- lambda-slim check: Size of b -->\nother',
  ]);
});

test('it is found behind many others', async () => {
  const github = await start();
  for (let id = 1; id <= 250; id++) github.comments.push({ id, body: `comment ${id}` });
  github.comments.push({ id: 777, body: '<!-- lambda-slim check: Size -->\nold' });
  expect(await comment(marked`new`, 'Size', world(github))).toBeNull();
  expect(github.comments).toHaveLength(251);
  expect(github.comments.at(-1)).toEqual({ id: 777, body: '<!-- lambda-slim check: Size -->\nnew' });
  expect(github.asked.filter((one) => one.startsWith('GET'))).toHaveLength(3);
});

test('what is too long is cut', async () => {
  const github = await start();
  await comment(plainMarkdown('x'.repeat(100_000)), 'Size', world(github));
  expect(github.comments[0]!.body).toHaveLength(65_536);
  expect(github.comments[0]!.body).toContain('… (cut');
});

describe('the number of the pull request', () => {
  test.each<readonly [string, unknown, number]>([
    ['pull_request_target', { pull_request: { number: 7 } }, 1],
    ['issue_comment on a pull request', { issue: { number: 7, pull_request: {} } }, 1],
    ['issue_comment on an issue', { issue: { number: 7 } }, 0],
    ['push', { ref: 'refs/heads/main' }, 0],
    ['none that can be read', 'no json', 0],
  ])('of the event: %s', async (_name, event, count) => {
    const github = await start();
    const place = await folder({ 'event.json': typeof event === 'string' ? event : JSON.stringify(event) });
    const because = await comment(
      marked`text`,
      'Size',
      world(github, {
        GITHUB_REF: 'refs/heads/main',
        GITHUB_EVENT_PATH: path.join(place, 'event.json'),
      }),
    );
    expect(github.comments).toHaveLength(count);
    expect(because === null).toBe(count === 1);
  });
});

describe('why not', () => {
  test.each<readonly [string, Environment, string]>([
    ['no token', { GITHUB_TOKEN: undefined }, 'GITHUB_TOKEN is not set'],
    ['a wrong token', { GITHUB_TOKEN: 'other' }, 'HTTP 401 (Bad credentials)'],
    ['no repository', { GITHUB_REPOSITORY: 'nothing' }, 'names no repository'],
    ['no pull request', { GITHUB_REF: 'refs/heads/main' }, 'no pull request'],
    ['nobody there', { GITHUB_API_URL: 'http://127.0.0.1:9' }, 'does not answer at 127.0.0.1:9'],
  ])('%s', async (_name, change, why) => {
    const github = await start();
    expect(await comment(marked`text`, 'Size', world(github, change))).toContain(why);
  });

  test('a pull request from a fork: its token may not write', async () => {
    const github = await start({ status: 403, message: 'Resource not accessible by integration' });
    const because = await comment(marked`text`, 'Size', world(github));
    expect(because).toBe('GitHub answers with HTTP 403 (Resource not accessible by integration).');
    expect(because).not.toContain(token);
  });
});
