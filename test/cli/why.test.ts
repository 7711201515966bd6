import { describe, expect, test } from '@jest/globals';
import { cli, folder, hostPython, smallTree } from './helper.js';

const cwd = await folder({ 'lambda-slim.json': '{"out": "made"}' });
await cli(['build', '--from', await smallTree(), '--python', hostPython], { cwd });

describe('why', () => {
  test.each<readonly [string, string, readonly string[]]>([
    [
      'a path',
      'alpha/tests/test_alpha.py',
      ['alpha/tests/test_alpha.py: dropped by base/test-suites.', '→ 0 bytes'],
    ],
    ['a path of Lambda', '/opt/python/beta/more.py', ['beta/more.py: kept. No rule drops it.']],
    ['a path of the zip', 'python/beta/more.py', ['beta/more.py: kept. No rule drops it.']],
    ['a module', 'beta.more', ['beta/more.py: kept. No rule drops it.']],
    ['a package', 'Beta', ['beta 2.0: needed by alpha. 158 bytes raw, 504 bytes kept.']],
    ['a glob', 'alpha/**/*.py', ['kept: 1 file', 'dropped by base/test-suites: 2 files']],
    ['a folder', 'alpha/tests/', ['dropped by base/test-suites: 2 files', 'dropped alpha/tests/__init__.py']],
  ])('%s', async (_name, asked, expected) => {
    const { code, stdout, stderr } = await cli(['why', asked], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of expected) expect(stdout).toContain(text);
  });

  test('--json', async () => {
    const { stdout } = await cli(['why', 'beta', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ distribution: { name: 'beta', neededBy: ['alpha'] } });
  });

  test.each<readonly [string, readonly string[], string, string]>([
    ['an unknown name', ['alpah'], 'no file or package "alpah"', 'Did you mean "alpha"?'],
    ['nothing', [''], 'no file or package ""', 'Paths start at the package'],
    ['no build there', ['alpha', '--out', 'elsewhere'], 'There is no build in', 'lambda-slim build'],
  ])('%s ends with 2', async (_name, args, sentence, hint) => {
    const { code, stdout, stderr } = await cli(['why', ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(hint);
  });
});
