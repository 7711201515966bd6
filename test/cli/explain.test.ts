import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Explanation } from '../../src/reference/codes.js';
import { cli } from './helper.js';

/** The text below a code's heading, without Markdown's marks. */
async function onPage(page: string, code: string): Promise<string> {
  const text = await readFile(`docs/reference/${page}.md`, 'utf8');
  const [, section = ''] = text.split(`\n## ${code}\n`);
  return (section.split('\n## ')[0] ?? '').replace(/[`<>]|_\w+_: /g, '').trim();
}

describe('explain', () => {
  test.each([
    ['findings', 'via-s3', 'via-s3  finding (info)'],
    ['findings', 'import-lost', 'import-lost  finding (error)'],
    ['errors', 'needs-newer-python', 'needs-newer-python  error (exit code 2)'],
    ['errors', 'interrupted', 'interrupted  error (exit code 130)'],
  ])('the same text as docs/reference/%s.md has for %s', async (page, code, head) => {
    const { code: exit, stdout, stderr } = await cli(['explain', code]);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toBe(`${head}\n\n${await onPage(page, code)}\n`);
  });

  test('as JSON', async () => {
    const { stdout } = await cli(['explain', 'no-wheel', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'no-wheel', kind: 'error', severity: null });
  });

  test('without a code: all of them', async () => {
    const [text, json] = await Promise.all([cli(['explain']), cli(['explain', '--json'])]);
    const codes = JSON.parse(json.stdout) as readonly Explanation[];
    expect(codes.length).toBeGreaterThan(90);
    for (const { code, meaning } of codes) {
      expect(text.stdout).toMatch(new RegExp(`^  ${code} `, 'm'));
      expect(text.stdout).toContain(meaning);
    }
  });

  test('an unknown code: the nearest one', async () => {
    const { code, stdout, stderr } = await cli(['explain', 'no-weel']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('No finding and no error has the code "no-weel".');
    expect(stderr).toContain('Did you mean "no-wheel"?');
  });
});

describe('help', () => {
  test('of build: headings in this order, each option below one', async () => {
    const { stdout } = await cli(['build', '--help']);
    const headings = [...stdout.matchAll(/^(\S.*):$/gm)].map(([, title]) => title);
    expect(headings).toEqual([
      'Arguments',
      'Input (where the packages and your code come from)',
      'Target (the function that it is for)',
      'What stays, and what is left out',
      'Packing (what is written)',
      'This machine (tools and caches)',
      'Every command',
      'Examples',
    ]);
  });

  test.each([
    ['build', 'Exit codes: 0 done, 1 a finding is an error, 2 the request or the machine, 3 a bug of ours'],
    ['verify', 'Exit codes: 0 it works, 1 a finding is an error, 2'],
    ['publish-layer', 'Exit codes: 0 done, 1 a part failed, 2 nothing was published, 3'],
    ['why', 'Exit codes: 0 done, 2 the request or the machine, 3'],
    ['diff', 'Exit codes: 0 done, 2'],
    ['explain', 'Exit codes: 0 done, 2'],
  ])('of %s: its exit codes', async (command, text) => {
    expect((await cli([command, '--help'])).stdout).toContain(text);
  });
});
