import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, folder, hostPython, listing, smallTree } from './helper.js';

const cwd = await folder();
const from = await smallTree();
const build = (...args: readonly string[]) =>
  cli(['build', '--from', from, '--python', hostPython, ...args], { cwd });
await build();
const read = (name: string): Promise<string> => readFile(path.join(cwd, name), 'utf8');

describe('report', () => {
  test('writes the page beside the manifest, and prints the report', async () => {
    const { code, stdout, stderr } = await cli(['report'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('saved by rule');
    expect(stdout).toMatch(/→ \.lambda-slim\/report\.html {2}[\d.]+ KiB, opens in any browser/);
    expect(await read('.lambda-slim/report.html')).toContain('alpha/tests/test_alpha.py');
  });

  test('--html names another file; --quiet prints only where it is', async () => {
    const { stdout } = await cli(['report', '--html', 'pages/size.html', '--quiet'], { cwd });
    expect(stdout).toMatch(/^→ pages\/size\.html [^\n]*\n$/);
    expect(await read('pages/size.html')).toBe(await read('.lambda-slim/report.html'));
  });

  test('--json prints the data of the page', async () => {
    const { stdout } = await cli(['report', '--json'], { cwd });
    const { packages } = JSON.parse(stdout) as { packages: readonly { name: string }[] };
    expect(packages.map(({ name }) => name).sort()).toEqual(['alpha', 'beta']);
  });

  test('--open shows it; without a browser it is still written', async () => {
    const { code, stdout } = await cli(['report', '--open', '--quiet'], {
      cwd,
      env: { BROWSER: '/bin/false' },
    });
    expect(code).toBe(0);
    expect(stdout).toContain('→ .lambda-slim/report.html');
  });

  test.each<readonly [string, readonly string[], string]>([
    ['no build there', ['--out', 'elsewhere'], 'There is no build in'],
    ['a page that cannot be written', ['--html', '/dev/null/page.html'], 'cannot be written'],
  ])('%s ends with 2', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await cli(['report', ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
  });
});

describe('the next build', () => {
  test('takes the page away with the build that it tells of', async () => {
    await cli(['report'], { cwd });
    const { code } = await build('--exclude', 'beta');
    expect(code).toBe(0);
    expect(await listing(path.join(cwd, '.lambda-slim'))).toEqual(['lambda-slim.json', 'layer.zip']);
  });

  test("leaves somebody's own page with that name alone", async () => {
    await writeFile(path.join(cwd, '.lambda-slim/report.html'), '<!doctype html><title>mine</title>');
    const { code, stderr } = await build();
    expect(code).toBe(2);
    expect(stderr).toContain('report.html');
    expect(await read('.lambda-slim/report.html')).toContain('mine');
  });
});
