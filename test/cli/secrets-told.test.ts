/** Tools that tell all they were given tell nothing secret, wherever the secret was written; without the redactor they do. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Secrets } from '../../src/text/secrets.js';
import { cli, type Result } from './helper.js';
import {
  placed,
  sourcesAt,
  startIndex,
  talkative,
  textsIn,
  traces,
  type Source,
  type Tool,
} from './secret-sources.js';

jest.setTimeout(120_000);

const index = await startIndex();
afterAll(() => index.stop());
afterEach(() => {
  jest.restoreAllMocks();
});

const tools: readonly Tool[] = ['uv', 'pip', 'docker'];
const names = Object.keys(sourcesAt('x'));

test('there are enough of them', () => {
  expect(names.length).toBeGreaterThanOrEqual(40);
});

const said = ({ stdout, stderr }: Result): string => `${stdout}${stderr}`;

describe('a tool that tells all it was given', () => {
  let bin = '';
  beforeAll(async () => {
    bin = await talkative();
  });
  const { host } = index;
  const rows = names.flatMap((name) => {
    const source = sourcesAt(`${host}/404`)[name] ?? {};
    return (source.tools ?? tools).map((tool) => [name, tool, source] as const);
  });

  async function ran(
    source: Source,
    tool: Tool,
    manners: readonly string[],
  ): Promise<Result & { cache: string }> {
    const { cwd, cache, env } = await placed(source);
    const own = { ...env, PATH: `${bin}:/usr/bin:/bin` };
    const args = [
      'build',
      '--resolver',
      tool,
      '--cache-dir',
      cache,
      '--no-proof',
      ...manners,
      ...(source.args ?? []),
    ];
    return { ...(await cli(args, { cwd, env: own })), cache };
  }

  test.each(rows)('%s, %s', async (_name, tool, source) => {
    // Text at each length, then the document: each with all that is said beside it.
    const document = ['--json', '--verbose'];
    for (const manners of tool === 'uv' ? [['--quiet'], [], ['--verbose'], document] : [document]) {
      const result = await ran(source, tool, manners);
      expect(result.code).toBe(2);
      expect(said(result).length).toBeGreaterThan(20);
      expect(said(result)).not.toMatch(traces);
      expect(await textsIn(result.cache)).not.toMatch(traces);
    }
    // The control: without the redactor it is there, so it was there to be hidden.
    if (source.refused === true || tool !== (source.tools ?? tools)[0]) return;
    jest.spyOn(Secrets.prototype, 'hide').mockImplementation((text) => text);
    expect(said(await ran(source, tool, ['--json', '--verbose']))).toMatch(traces);
  });
});
