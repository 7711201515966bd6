import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  actionsOf,
  cli,
  codesOf,
  entriesOf,
  folder,
  hostPython,
  listing,
  manifestOf,
  smallTree,
  tree,
} from './helper.js';

/** Build a tree; the output folder, and what the program said. */
async function built(
  from: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly out: string; readonly code: number | null; readonly stdout: string }> {
  const cwd = await folder();
  const result = await cli(
    ['build', '--from', from, '--out', 'out', '--python', hostPython, '--quiet', ...args],
    { cwd, env },
  );
  if (result.stderr !== '') throw new Error(result.stderr);
  return { out: path.join(cwd, 'out'), code: result.code, stdout: result.stdout };
}

const small = await smallTree();

describe('what stays and what goes', () => {
  test.each<readonly [string, readonly string[], Readonly<Record<string, string | undefined>>]>([
    [
      'by default',
      [],
      { 'alpha/tests/test_alpha.py': 'drop base/test-suites', 'beta/more.py': 'keep kept/default' },
    ],
    ['--keep', ['--keep', 'alpha/tests/**'], { 'alpha/tests/test_alpha.py': 'keep option/--keep' }],
    [
      '--drop',
      ['--drop', 'beta/m*.py'],
      { 'beta/more.py': 'drop option/--drop', 'beta/__init__.py': 'keep kept/default' },
    ],
    [
      '--keep before --drop',
      ['--keep', 'beta/**', '--drop', 'beta/more.py'],
      { 'beta/more.py': 'keep option/--keep' },
    ],
    [
      '--stub',
      ['--stub', 'beta'],
      { 'beta/__init__.py': 'stub option/--stub', 'beta/more.py': 'drop option/--stub' },
    ],
  ])('%s', async (_name, args, expected) => {
    const { out, code } = await built(small, args);
    expect(code).toBe(0);
    expect(await actionsOf(out)).toMatchObject(expected);
  });

  test('--exclude takes what only that package needs', async () => {
    const from = await tree(
      {
        'alpha 1.0': { 'alpha/__init__.py': '' },
        'beta 2.0': { 'beta/__init__.py': '' },
        'gamma 3.0': { 'gamma/__init__.py': '' },
      },
      { alpha: ['beta'] },
    );
    const { out, code } = await built(from, ['--exclude', 'Alpha']);
    expect(code).toBe(0);
    expect(await actionsOf(out)).toMatchObject({
      'alpha/__init__.py': 'drop option/--exclude',
      'beta/__init__.py': 'drop unneeded/dependency',
      'gamma/__init__.py': 'keep kept/default',
    });
  });

  test('--exclude of what another package needs warns: another layer must bring it', async () => {
    const { out, code, stdout } = await built(small, ['--exclude', 'beta']);
    expect(code).toBe(0);
    expect(codesOf(await manifestOf(out))).toContain('excluded-but-needed');
    expect(stdout).toContain('beta is excluded, but alpha needs it.');
  });

  test.each([
    ['--drop', 'drop-matched-nothing', 'matched no file.'],
    ['--keep', 'drop-matched-nothing', 'matched no file.'],
    ['--exclude', 'name-matched-nothing', 'names no package of this build.'],
    ['--stub', 'name-matched-nothing', 'names no package of this build.'],
    ['--service', 'name-matched-nothing', 'names no AWS service'],
  ])('%s that matches nothing warns by name: %s', async (flag, finding, words) => {
    const { code, stdout, out } = await built(small, [flag, 'alfa']);
    expect(code).toBe(0);
    expect(stdout).toContain(`${flag} alfa ${words}`);
    expect(stdout.includes('Did you mean alpha?')).toBe(words.includes('package'));
    expect(codesOf(await manifestOf(out))).toContain(finding);
  });

  test('--exclude-runtime leaves out what Lambda has', async () => {
    const from = await tree(
      {
        'boto3 1.40.0': { 'boto3/__init__.py': 'import botocore\n' },
        'botocore 1.40.0': { 'botocore/__init__.py': '' },
        'mine 1.0': { 'mine/__init__.py': '' },
      },
      { boto3: ['botocore'] },
    );
    const { out } = await built(from, ['--exclude-runtime']);
    const entries = await entriesOf(path.join(out, 'layer.zip'));
    expect(entries).toContain('python/mine/__init__.py');
    expect(entries.filter((name) => name.includes('boto'))).toEqual([]);
  });

  test('--prune aggressive is heard', async () => {
    const { out, code } = await built(small, ['--prune', 'aggressive']);
    expect(code).toBe(0);
    expect(await listing(out)).toEqual(['lambda-slim.json', 'layer.zip']);
  });
});

describe('--pyc', () => {
  const isBytecode = (name: string): boolean => name.endsWith('.pyc');
  const isSource = (name: string): boolean => name.endsWith('.py');

  test.each<readonly [string, readonly [sources: number, bytecode: number]]>([
    ['none', [3, 0]],
    ['auto', [3, 3]],
    ['all', [3, 3]],
    ['only', [0, 3]],
  ])('%s', async (policy, [sources, bytecode]) => {
    const { out, code } = await built(small, ['--pyc', policy]);
    expect(code).toBe(0);
    const entries = await entriesOf(path.join(out, 'layer.zip'));
    expect([entries.filter(isSource).length, entries.filter(isBytecode).length]).toEqual([sources, bytecode]);
  });
});

describe('--format and --code', () => {
  const app = { 'app.py': 'import alpha\ndef handler(event, context): return alpha\n', 'lib/util.py': '' };

  test.each<readonly [string, readonly string[], boolean, readonly string[]]>([
    ['a layer by default', [], false, ['lambda-slim.json', 'layer.zip']],
    ['a function with --code', [], true, ['function.zip', 'lambda-slim.json']],
    ['a function of packages only', ['--format', 'function'], false, ['function.zip', 'lambda-slim.json']],
    ['code and layer apart', ['--format', 'layer'], true, ['function.zip', 'lambda-slim.json', 'layer.zip']],
  ])('%s', async (_name, args, withCode, expected) => {
    const own = withCode ? ['--code', await folder(app)] : [];
    const { out, code } = await built(small, [...args, ...own, '--pyc', 'none']);
    expect(code).toBe(0);
    expect(await listing(out)).toEqual(expected);
    if (withCode) {
      const entries = await entriesOf(path.join(out, 'function.zip'));
      expect(entries).toEqual(expect.arrayContaining(['app.py', 'lib/util.py']));
      expect(entries.includes('alpha/__init__.py')).toBe(!expected.includes('layer.zip'));
    }
  });

  test('the handler goes into the manifest, and into what to do next', async () => {
    const own = ['--code', await folder(app), '--handler', 'app.handler', '--pyc', 'none'];
    const { out, code, stdout } = await built(small, own);
    expect(code).toBe(0);
    expect((await manifestOf(out)).handler).toBe('app.handler');
    expect(stdout).toContain('lambda-slim verify --handler app.handler');
    const asLayer = await built(small, ['--handler', 'app.handler', '--pyc', 'none']);
    expect(asLayer.stdout).not.toContain('verify --handler');
  });

  test.each([[[]], [['--json']], [['--quiet']]])(
    'a folder as --handler: code, and one note; %j',
    async (more) => {
      const cwd = await folder({ 'src/app.py': 'import alpha\n' });
      const args = [
        'build',
        '--from',
        small,
        '--handler',
        'src',
        '--python',
        hostPython,
        '--no-proof',
        ...more,
      ];
      const { code, stderr } = await cli(args, { cwd });
      expect(code).toBe(0);
      expect(stderr.match(/^note: --handler src names a folder: write --code src\./gm)).toHaveLength(1);
      expect(await entriesOf(path.join(cwd, '.lambda-slim/function.zip'))).toContain('app.py');
    },
  );

  test('a folder', async () => {
    const { out, stdout } = await built(small, ['--format', 'directory', '--pyc', 'none']);
    expect(await listing(out)).toEqual(
      expect.arrayContaining(['lambda-slim.json', 'package/alpha/__init__.py', 'package/beta/more.py']),
    );
    expect(stdout).not.toContain('0 bytes zipped');
  });

  test('code that wants the path of a package', async () => {
    const own = await folder({ 'beta/__init__.py': 'mine = 1\n' });
    const { code, stderr } = await cli(['build', '--from', small, '--code', own], {
      cwd: await folder(),
    });
    expect(code).toBe(2);
    expect(stderr).toContain('beta/__init__.py');
    expect(stderr).toContain('(path-clash)');
  });

  test('an empty folder of code', async () => {
    const { code, stderr } = await cli(['build', '--from', small, '--code', await folder()], {
      cwd: await folder(),
    });
    expect(code).toBe(2);
    expect(stderr).toContain('(nothing-to-build)');
  });
});

describe('a finding that is an error ends with 1', () => {
  const machO = Buffer.concat([Buffer.from('cffaedfe0c00000100000000', 'hex'), Buffer.alloc(64)]);
  const names = Array.from({ length: 7 }, (_, index) => `mac/_native${index}.so`);

  test('text: some of many, the hint once, and no command to deploy it', async () => {
    const from = await tree({
      'mac 1.0': {
        'mac/__init__.py': '',
        ...Object.fromEntries(names.map((name) => [name, machO])),
      },
    });
    const { code, stdout } = await built(from, []);
    expect(code).toBe(1);
    expect(stdout).toContain('✖ error foreign-binary  mac/_native0.so (of mac) is a Mach-O file');
    expect(stdout).toContain('… and 2 more foreign-binary (--verbose)');
    expect(stdout.match(/take Linux wheels only/g)).toHaveLength(1);
    expect(stdout).toContain('✖ 7 errors above: do not deploy this (exit code 1).');
    expect(stdout).not.toContain('aws lambda');
    const verbose = await built(from, ['--verbose']);
    expect(verbose.stdout).toContain('mac/_native6.so');
    const json = await built(from, ['--json', '--plan']);
    expect(json.code).toBe(1);
    expect(codesOf(JSON.parse(json.stdout) as never).filter((one) => one === 'foreign-binary')).toHaveLength(
      7,
    );
  });
});

test('recipes of one’s own', async () => {
  const cwd = await folder({
    'mine.yaml': `recipes:
  - name: beta
    provedOn: ">=1"
    rules:
      - name: more
        files: [beta/more.py]
        because: Nobody needs more.
`,
  });
  const { out, code } = await built(small, ['--recipes', path.join(cwd, 'mine.yaml')]);
  expect(code).toBe(0);
  expect((await actionsOf(out))['beta/more.py']).toBe('drop beta/more');
  expect(await readFile(path.join(out, 'lambda-slim.json'), 'utf8')).toContain('Nobody needs more.');
});
