import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, spawned, folder, hostPython, listing, smallTree } from './helper.js';

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

  test.each([
    ['[project]\nname = "My.Service"\n', 'My.Service'],
    ['[tool.poetry]\nname = "orders"\n', 'orders'],
    ['[tool.ruff]\nline-length = 99\n', path.basename(cwd)],
    ['[project', path.basename(cwd)],
  ])('names the project as its pyproject.toml %j does, else as its folder', async (content, name) => {
    await writeFile(path.join(cwd, 'pyproject.toml'), content);
    const { stdout } = await cli(['report', '--json'], { cwd });
    await rm(path.join(cwd, 'pyproject.toml'));
    expect((JSON.parse(stdout) as { project: string }).project).toBe(name);
  });

  test.each<readonly [string, string, string]>([
    ['a browser', 'echo "$1" > shown', ''],
    ['no browser that works', 'exit 3', 'There is no browser here to show it in.\n'],
  ])('--open with %s', async (_name, script, said) => {
    // xdg-open takes no spaces in $BROWSER; the folder of the page has one.
    const browser = path.join(path.dirname(cwd), 'browser');
    await writeFile(browser, `#!/bin/sh\ncd '${cwd}' && ${script}\n`);
    await chmod(browser, 0o755);
    const { code, stdout } = await spawned(['report', '--open', '--quiet'], {
      cwd,
      env: { BROWSER: browser },
    });
    expect({ code, said: stdout.replace(/^→.*\n/, '') }).toEqual({ code: 0, said });
    if (said === '') expect(await read('shown')).toBe(`${path.join(cwd, '.lambda-slim/report.html')}\n`);
  });

  test.each<readonly [string, readonly string[], string]>([
    ['no build there', ['--out', 'elsewhere'], 'There is no build in'],
    ['the build’s own zip', ['--html', '.lambda-slim/layer.zip'], 'layer.zip is there already'],
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
    expect(await listing(path.join(cwd, '.lambda-slim'))).toEqual([
      '.gitignore',
      'lambda-slim.json',
      'layer.zip',
    ]);
  });

  test("leaves somebody's own page with that name alone", async () => {
    await writeFile(path.join(cwd, '.lambda-slim/report.html'), '<!doctype html><title>mine</title>');
    const { code, stderr } = await build();
    expect(code).toBe(2);
    expect(stderr).toContain('report.html');
    expect(await read('.lambda-slim/report.html')).toContain('mine');
  });
});
