/** Patches, vendored folders and stubs, from the command line and the config file to the zip. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import { cli, codesOf, environment, folder, hostPython, manifestOf, tree, type Result } from './helper.js';

const from = await tree(
  {
    'alpha 1.5': { 'alpha/__init__.py': 'import beta\nvalue = beta.value\n' },
    'beta 2.0': { 'beta/__init__.py': 'value = 1\n', 'beta/more.py': 'value = 2\n' },
    'gamma 3.0': { 'gamma/__init__.py': '' },
  },
  { alpha: ['beta'] },
);

const diff = (before: string, after: string): string =>
  `--- a/beta/__init__.py\n+++ b/beta/__init__.py\n@@ -1 +1 @@\n-${before}\n+${after}\n`;

const toml = `vendor = ["libs"]

[[patches]]
package = "beta"
version = ">=2,<3"
file = "patches/beta.patch"
`;

const project = {
  'lambda-slim.toml': toml,
  'patches/beta.patch': diff('value = 1', 'value = 10'),
  'libs/mine/__init__.py': 'import beta\nassert beta.value == 10\n',
};

async function built(cwd: string, ...args: readonly string[]): Promise<Result> {
  return cli(['build', '--from', from, '--python', hostPython, '--quiet', ...args], { cwd });
}

async function textIn(cwd: string, name: string): Promise<string> {
  const script =
    'import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())';
  const zip = path.join(cwd, '.lambda-slim/layer.zip');
  return (await run('python3', ['-c', script, zip, `python/${name}`], { env: { PATH: environment['PATH'] } }))
    .stdout;
}

describe('patches and vendored folders of the config file', () => {
  test('they travel, are proven, and everything that reads the build knows them', async () => {
    const cwd = await folder(project);
    const { code, stdout, stderr } = await built(cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await textIn(cwd, 'beta/__init__.py')).toBe('value = 10');
    const manifest = await manifestOf(path.join(cwd, '.lambda-slim'));
    // The vendored module asserts that it has the patched one.
    expect(manifest.proof).toMatchObject({ state: 'proven', imported: ['alpha', 'beta', 'gamma', 'mine'] });
    expect(manifest.patches).toMatchObject([
      {
        package: 'beta',
        version: '2.0',
        file: 'patches/beta.patch',
        replace: null,
        paths: ['beta/__init__.py'],
      },
    ]);
    expect(manifest.vendored).toMatchObject([
      { folder: 'libs', files: 1, modules: ['mine'], distributions: [] },
    ]);
    expect(codesOf(manifest)).not.toContain('differs-from-record');
    expect(stdout).toContain('patched   beta 2.0 by patches/beta.patch (1 file)');
    expect(stdout).toContain('vendored  mine from libs (1 file, 36 bytes)');
    const why = await cli(['why', 'beta/__init__.py'], { cwd });
    expect(why.stdout).toContain('kept by option/--patch. It is patched by patches/beta.patch.');

    const again = await built(cwd);
    expect(again.stdout).toContain('Nothing has changed');
  });

  test('whatever of it changes, the build is old, and another one is made', async () => {
    const cwd = await folder(project);
    const quick = ['--no-proof', '--pyc', 'none'];
    expect((await built(cwd, ...quick)).code).toBe(0);
    const out = path.join(cwd, '.lambda-slim');
    const before = await manifestOf(out);
    const changes: readonly (readonly [what: string, file: string, text: string])[] = [
      ['patches/beta.patch', 'patches/beta.patch', diff('value = 1', 'value = 11')],
      ['libs', 'libs/mine/__init__.py', 'm = 1\n'],
      ['"patches" in lambda-slim.toml', 'lambda-slim.toml', toml.replace('<3', '<4')],
    ];
    for (const [what, file, text] of changes) {
      expect((await cli(['check'], { cwd })).stdout).not.toContain(`${what} has changed`);
      await writeFile(path.join(cwd, file), text);
      expect((await cli(['check'], { cwd })).stdout).toContain(`${what} has changed`);
    }
    expect((await built(cwd, ...quick)).code).toBe(0);
    expect((await manifestOf(out)).artifacts[0]?.contentDigest).not.toBe(before.artifacts[0]?.contentDigest);
    expect((await cli(['check'], { cwd })).stdout).not.toContain('older than');
  });

  test.each<readonly [what: string, args: readonly string[], error: string, lines: readonly string[]]>([
    [
      'a hunk that does not apply',
      ['--patch', 'beta:bad.patch'],
      'bad-patch',
      [
        'the hunk @@ -1,1 +1,1 @@ does not apply to beta/__init__.py of beta 2.0.',
        'line 1: the patch expects "value = 7", the file has "value = 1"',
      ],
    ],
    [
      'another version',
      ['--patch', 'beta>=3:patches/beta.patch'],
      'bad-patch',
      ['is for beta >=3, and the build has beta 2.0.'],
    ],
    ['no such file', ['--patch', 'beta:gone.patch'], 'not-found', ['--patch: ', 'gone.patch is not there.']],
    ['no patch', ['--patch', 'beta'], 'bad-option', ['must be like "keras>=2,<3:patches/keras.patch"']],
    ['no such folder', ['--vendor', 'gone'], 'not-found', ['gone is not there.']],
    [
      'what is resolved, too',
      ['--vendor', 'clash'],
      'bad-vendor',
      ['--vendor clash brings ', '(of beta 2.0)'],
    ],
  ])('%s: exit code 2, and nothing is written', async (_, args, error, lines) => {
    const cwd = await folder({
      'patches/beta.patch': diff('value = 1', 'value = 10'),
      'bad.patch': diff('value = 7', 'value = 8'),
      'clash/beta/__init__.py': '',
    });
    const { code, stdout } = await built(cwd, '--json', ...args);
    expect(code).toBe(2);
    const answer = JSON.parse(stdout) as { error: { code: string; message: string; details: string[] } };
    expect(answer.error.code).toBe(error);
    const said = [answer.error.message, ...answer.error.details].join('\n');
    for (const line of lines) expect(said).toContain(line);
    await expect(readFile(path.join(cwd, '.lambda-slim/lambda-slim.json'))).rejects.toThrow();
  });

  test('a patch whose package is left out is told', async () => {
    const cwd = await folder(project);
    await rm(path.join(cwd, 'libs/mine/__init__.py'));
    await writeFile(path.join(cwd, 'libs/mine.py'), '');
    const { code } = await built(cwd, '--exclude', 'beta', '--no-proof', '--pyc', 'none');
    expect(code).toBe(0);
    expect(codesOf(await manifestOf(path.join(cwd, '.lambda-slim')))).toContain('patch-unused');
  });
});

describe('--stub', () => {
  test('what a package asks of it fails with words that name the option, and the finding does, too', async () => {
    const cwd = await folder();
    const { code, stdout } = await built(cwd, '--stub', 'beta');
    // Something that was asked for does not import any more.
    expect(code).toBe(1);
    expect(stdout).toContain('beta was left out (lambda-slim build --stub beta)');
    const { findings, packages } = await manifestOf(path.join(cwd, '.lambda-slim'));
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'import-lost-by-option',
        args: expect.objectContaining({ option: '--stub', path: 'beta/__init__.py' }),
      }),
    );
    expect(packages.find((one) => one.distribution === 'beta')?.kept).toBeGreaterThan(0);
  });

  test('PKG:empty is an empty file', async () => {
    const cwd = await folder();
    expect((await built(cwd, '--stub', 'beta:empty', '--no-proof', '--pyc', 'none')).code).toBe(0);
    expect(await textIn(cwd, 'beta/__init__.py')).toBe('');
  });

  test('another word behind the colon is refused', async () => {
    const { code, stderr } = await built(await folder(), '--stub', 'beta:none');
    expect(code).toBe(2);
    expect(stderr).toContain('--stub is "beta:none", but must be like pandas:empty.');
  });
});
