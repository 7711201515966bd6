import { describe, expect, test } from '@jest/globals';
import { version } from '../../src/io/own-version.js';
import { commonOptions } from '../../src/options/common.js';
import { buildOptions } from '../../src/options/build.js';
import type { OptionRow } from '../../src/options/row.js';
import { cli, folder, smallTree } from './helper.js';

const escape = String.fromCharCode(27);

interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly details: readonly string[];
  };
}

describe('help', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['--help', ['--help'], ['build', 'why', 'Examples:', '$ lambda-slim build']],
    ['help', ['help'], ['build', 'why', 'Examples:']],
    ['why --help', ['why', '--help'], ['Examples:', '--out', '--json']],
    ['--help', ['build', '--help'], ['Examples:', '--code src', 'Exit codes:', 'publish-layer-version']],
  ])('%s', async (_name, args, expected) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of expected) expect(stdout).toContain(text);
  });

  test('build --help has every option', async () => {
    const { stdout } = await cli(['build', '--help']);
    for (const row of [...buildOptions, ...commonOptions] as readonly OptionRow[]) {
      expect(stdout).toContain(`--${row.name}${row.value === undefined ? '' : ` <${row.value}>`}`);
    }
  });

  test('--version', async () => {
    expect(await cli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('without a command the help goes to standard error', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: lambda-slim');
  });
});

describe('a wrong command line ends with 2 and a way out', () => {
  test.each<readonly [string, readonly string[], string, string]>([
    ['unknown command', ['biuld'], "Unknown command 'biuld'.", 'Did you mean build?'],
    ['unknown option', ['build', '--pyhton', '3.12'], "Unknown option '--pyhton'.", 'Did you mean --python?'],
    ['option without value', ['build', '--python'], "Option '--python <X.Y>' argument missing.", '--help'],
    ['too many arguments', ['build', 'a', 'b'], "Too many arguments for 'build'.", '--help'],
    ['missing argument', ['why'], "Missing required argument 'path|package'.", 'why --help'],
    ['bad value', ['build', '--python', '3.8'], '--python is "3.8", but must be one of 3.9,', '--help'],
    ['bad number', ['build', '--ephemeral-storage', '99'], 'a whole number from 512 to 10240', '--help'],
    ['bad glibc', ['build', '--glibc', '3'], '--glibc is "3", but must be like 2.34', '--help'],
    ['missing folder', ['build', 'nowhere'], 'nowhere is not there', 'existing folder'],
    ['missing file', ['build', '-r', 'no.txt'], 'no.txt is not there', 'existing file'],
    ['missing code', ['build', '--code', 'src'], '--code: ', 'existing folder'],
    ['contradiction', ['build', '--from', '.', '--resolver', 'uv'], '--resolver uv', 'one of the two'],
    ['nothing to slim', ['build', '--resolver', 'directory'], 'needs --from DIR', '--from'],
  ])('%s', async (_name, args, sentence, hint) => {
    const cwd = await folder();
    const [plain, json] = await Promise.all([
      cli(args, { cwd }),
      cli([args[0] ?? '', '--json', ...args.slice(1)], { cwd }),
    ]);
    expect({ code: plain.code, stdout: plain.stdout }).toEqual({ code: 2, stdout: '' });
    expect(plain.stderr).toMatch(/^✖ /);
    expect(plain.stderr).toContain(sentence);
    expect(plain.stderr).toContain(hint);

    expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 2, stderr: '' });
    const { error } = JSON.parse(json.stdout) as Failure;
    expect(error.message).toContain(sentence);
    expect(error.hint).toContain(hint);
    expect(plain.stderr).toContain(`(${error.code})`);
  });

  test('--json without a command is one document, too', async () => {
    const { code, stdout, stderr } = await cli([], { env: { LAMBDA_SLIM_JSON: '1' } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect((JSON.parse(stdout) as Failure).error.code).toBe('bad-option');
  });
});

describe('where output goes', () => {
  test('results on standard output, progress on standard error, no colours in a pipe', async () => {
    const { code, stdout, stderr } = await cli(['build', '--from', await smallTree(), '--plan']);
    expect(code).toBe(0);
    expect(stdout).toContain('heaviest packages');
    // The table of times may name the step; its line is progress.
    expect(stdout).not.toMatch(/^inventory: /m);
    expect(stderr).toMatch(/^inventory: \d+ files of 2 distributions, /m);
    expect(stdout + stderr).not.toContain(escape);
    expect(stdout).not.toMatch(/ $/m);
  });

  test('--quiet is silent but for the result', async () => {
    const { code, stdout, stderr } = await cli(['build', '--from', await smallTree(), '--plan', '--quiet']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('heaviest packages');
  });

  test('--json --quiet is one document', async () => {
    const { stdout, stderr } = await cli([
      'build',
      '--from',
      await smallTree(),
      '--plan',
      '--json',
      '--quiet',
    ]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ manifestVersion: 1, unchanged: false, out: null });
  });

  test('our own bug: 3, and all that a report needs', async () => {
    const preload = `data:text/javascript,${encodeURIComponent(
      `import fs from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module';
       fs.stat = () => { throw new TypeError('not foreseen'); }; syncBuiltinESMExports();`,
    )}`;
    const { code, stdout, stderr } = await cli(['build', '--json'], { nodeOptions: ['--import', preload] });
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    const { error } = JSON.parse(stdout) as Failure;
    expect(error).toMatchObject({ code: 'bug' });
    for (const text of ['not foreseen', version, process.versions.node, '/issues'])
      expect(error.message).toContain(text);
  });
});
