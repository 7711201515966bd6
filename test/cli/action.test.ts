/** The GitHub Action and the example workflow, by running their steps. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import { startGitHub, token } from '../check/github-server.js';
import { cli, folder, hostPython, wheels } from './helper.js';
import { action, ownAction, runJob, version, workflow, type Job, type Step } from './workflow.js';

const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
const all: readonly Step[] = [...steps, ...action.runs.steps];

describe('the files', () => {
  const others = all.flatMap(({ uses }) => (uses === undefined || uses === ownAction ? [] : [uses]));
  test.each(others)('%s is pinned to a commit', (uses) => {
    expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  test('the action takes the version that it belongs to', () => {
    expect(action.inputs['version']?.default).toBe(version);
    expect(action.runs.using).toBe('composite');
  });

  test('the workflow gives only inputs that there are, and may write comments', () => {
    const own = steps.find((step) => step.uses === ownAction);
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(own?.with ?? {})));
    expect(workflow.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' });
  });

  test('a cache is kept for builds only, under a key that the requirements and the version make', () => {
    const step = action.runs.steps.find(({ uses }) => uses?.startsWith('actions/cache@') === true);
    expect(step?.if).toBe("${{ inputs.build == 'true' && inputs.cache == 'true' }}");
    const key = String(step?.with?.['key']);
    for (const part of ['runner.os', 'runner.arch', 'inputs.version', 'hashFiles', 'uv.lock', 'requirements'])
      expect(key).toContain(part);
    for (const again of String(step?.with?.['restore-keys'])
      .trim()
      .split(/\s*\n\s*/))
      expect(key.startsWith(again)).toBe(true);
  });

  test('no input becomes part of a script', () => {
    for (const { run: script } of all) expect(script ?? '').not.toContain('${{');
  });

  test('every input is used', () => {
    const text = JSON.stringify(action.runs);
    for (const name of Object.keys(action.inputs))
      expect(text).toMatch(new RegExp(`\\$\\{\\{[^}]*\\binputs\\.${name}[ )]`));
  });
});

/** A project in git whose main branch has a baseline, as a job finds it after checkout. */
async function checkedOut(requirements: string): Promise<string> {
  const cwd = await folder({
    'requirements.txt': `--no-index\n--find-links ${wheels}\nslim_extra\n`,
    'lambda-slim.json': JSON.stringify({ python: hostPython, noProof: true }),
  });
  await cli(['build'], { cwd });
  await cli(['check', '--write-baseline', 'lambda-slim-baseline.json'], { cwd });
  const git = (...args: readonly string[]) =>
    run('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', ...args], { cwd });
  await git('init', '--quiet');
  await git('add', 'lambda-slim-baseline.json');
  await git('commit', '--quiet', '-m', 'Begin');
  await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  await run('bash', ['-c', `printf '${requirements}\\n' >> requirements.txt`], { cwd });
  return cwd;
}

const jobOf = (cwd: string, api: string): Job => ({
  cwd,
  token,
  env: {
    GITHUB_ACTIONS: 'true',
    GITHUB_API_URL: api,
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_REF: 'refs/pull/12/merge',
    GITHUB_REPOSITORY: 'me/project',
    GITHUB_STEP_SUMMARY: path.join(cwd, 'summary.md'),
  },
});

test('the example workflow, on a pull request that changes nothing', async () => {
  const github = await startGitHub('me/project', 12);
  const cwd = await checkedOut('');
  const ran = await runJob(steps, jobOf(cwd, github.url));
  await github.close();
  expect(ran.map((one) => [one.step, one.exitCode])).toEqual([
    ['check', 0],
    ['Say how large it is', 0],
  ]);
  expect(ran[1]!.output).toMatch(/^Unzipped \d+ bytes, grown by 0 bytes since main\n/);
  expect(await readFile(path.join(cwd, 'summary.md'), 'utf8')).toContain('✅ Within every limit and budget.');
  expect(await readFile(path.join(cwd, 'lambda-slim.xml'), 'utf8')).toContain('failures="0"');
  expect(github.comments).toHaveLength(1);
});

test('one that adds a package grows too much: the job fails, and says so three times', async () => {
  const github = await startGitHub('me/project', 12);
  const cwd = await checkedOut('slim_linux');
  const [checked, told] = await runJob(steps, jobOf(cwd, github.url));
  await github.close();
  expect([checked?.exitCode, told?.exitCode]).toEqual([1, 0]);
  expect(checked?.output).toContain('::error title=lambda-slim grown-too-much::');
  expect(told?.output).toMatch(/grown by [1-9]\d* bytes/);
  expect(await readFile(path.join(cwd, 'summary.md'), 'utf8')).toContain('**grown-too-much**');
  expect(github.comments[0]!.body).toContain('| `slim-linux` | added |');
});

test('every input reaches the command, and an input cannot become an option', async () => {
  const cwd = await checkedOut('');
  const step: Step = {
    id: 'size',
    uses: ownAction,
    with: {
      what: '--help',
      budgets: 'unzipped=1\n\n  file:**/a b.py=1 KiB\n',
      layers: '.lambda-slim/layer.zip',
      'ephemeral-storage': 1024,
      title: 'Of "it"; echo $(id)',
      markdown: 'report.md',
      comment: 'false',
    },
  };
  const [refused] = await runJob([step], jobOf(cwd, ''));
  expect([refused?.exitCode, refused?.output.includes('--help is not there.')]).toEqual([2, true]);
  const [ran] = await runJob([{ ...step, with: { ...step.with, what: '' } }], jobOf(cwd, ''));
  expect(ran?.exitCode).toBe(1);
  expect(ran?.output).toContain('The budget file:**/a b.py matches no file.');
  expect(ran?.output).toContain('1024.0 MiB');
  const report = await readFile(path.join(cwd, 'report.md'), 'utf8');
  expect(report).toContain('### Of "it"; echo $(id)\n');
  expect(report).toContain('`.lambda-slim/layer.zip`');
});
