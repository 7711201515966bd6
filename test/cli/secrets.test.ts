/** A login never leaves a run, wherever it was written: most of all when the run fails, as errors quote addresses. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { cli, folder } from './helper.js';

jest.setTimeout(120_000);

const secret = 'Zq7-hidden-pw';
/** Nobody listens there. */
const nowhere = '127.0.0.1:9';

interface Source {
  readonly lines?: string;
  readonly file?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const sources: Readonly<Record<string, Source>> = {
  'an index': { lines: `--index-url http://me:${secret}@${nowhere}/simple\nidna\n` },
  'an index with an unescaped /': { lines: `--index-url http://me:x/${secret}@${nowhere}/simple\nidna\n` },
  'a token in the path of an index': {
    lines: `--index-url http://${nowhere}/${secret}Ab3dE5fG7hI9/simple\nidna\n`,
  },
  'a wheel': { lines: `x @ http://${secret}:x@${nowhere}/x-1-py3-none-any.whl\n` },
  'a source archive': { lines: `x @ http://me:${secret}@${nowhere}/x-1.tar.gz\n` },
  'a line that is none': { lines: `x @@ http://me:${secret}@${nowhere}/x.tar.gz\n` },
  'a file on the web': { lines: `-r http://me:${secret}@${nowhere}/r.txt\n` },
  'a repository': { lines: `x @ git+http://${secret}-0123456789@${nowhere}/x/y.git\n` },
  '--index': { lines: 'idna\n', args: ['--index', `http://me:${secret}@${nowhere}/simple`] },
  '--upload': { lines: 'idna\n', args: ['--upload', `s3://me:${secret}@bucket/key`] },
  PIP_INDEX_URL: { lines: 'idna\n', env: { PIP_INDEX_URL: `http://me:${secret}@${nowhere}/simple` } },
  'the config file': {
    lines: 'idna\n',
    file: { 'lambda-slim.json': JSON.stringify({ indexes: [`http://me:${secret}@${nowhere}/simple`] }) },
  },
};

/** Everything below a folder that is text. */
async function textsIn(place: string): Promise<string> {
  const names = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((one) => one.isFile());
  const texts = await Promise.all(
    files.map((one) => readFile(path.join(one.parentPath, one.name), 'latin1').catch(() => '')),
  );
  return texts.join('\n');
}

test.each(
  Object.entries(sources).flatMap(([name, source]) =>
    [['--verbose'], ['--json']].map((manner) => [name, manner, source] as const),
  ),
)('%s, %j', async (_name, manner, { lines = '', file = {}, args = [], env = {} }) => {
  const cwd = await folder({ 'requirements.txt': lines, ...file });
  const cache = path.join(cwd, 'cache');
  const more = { PIP_RETRIES: '0', PIP_DEFAULT_TIMEOUT: '2', ...env };
  const { code, stdout, stderr } = await cli(
    ['build', '--resolver', 'pip', '--cache-dir', cache, '--no-proof', ...manner, ...args],
    { cwd, env: more },
  );
  expect(code).toBe(2);
  expect(`${stdout}${stderr}`.length).toBeGreaterThan(0);
  expect(`${stdout}${stderr}`).not.toContain(secret);
  expect(await textsIn(cache)).not.toContain(secret);
});
