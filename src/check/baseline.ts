/** Where a baseline comes from: a file, a commit, or a bucket. */
import path from 'node:path';
import { SlimError } from '../errors.js';
import { run } from '../io/run.js';
import type { Environment } from '../model.js';
import { quoted } from '../text/shell.js';
import { measuredText, measurePlace } from './measure.js';
import type { Measured } from './model.js';

/** Where `git:REF` without a file looks. */
export const defaultBaseline = 'lambda-slim-baseline.json';

export interface BaselineContext {
  readonly cwd: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/**
 * @param where a path; `git:REF` or `git:REF:FILE`; `s3://bucket/key`
 * @returns a text that says why when there is none yet in that commit or bucket: the first build has nothing to compare with
 * @throws SlimError `not-found`, `bad-baseline`, and those of AWS
 */
export async function readBaseline(where: string, context: BaselineContext): Promise<Measured | string> {
  if (where.startsWith('git:')) return fromGit(where, context);
  if (where.startsWith('s3://')) return fromBucket(where, context);
  return measurePlace(path.resolve(context.cwd, where), path.relative(context.cwd, where) || where);
}

async function fromGit(
  where: string,
  { cwd, environment, signal }: BaselineContext,
): Promise<Measured | string> {
  const [, ref = '', file = defaultBaseline] = /^git:([^:]*)(?::(.+))?$/.exec(where) ?? [];
  const failed = (sentence: string, hint: string, detail: string): SlimError =>
    new SlimError('bad-baseline', sentence, { hint, details: detail === '' ? [] : [detail] });
  // A ref that begins with a dash would be an option.
  if (ref === '' || ref.startsWith('-')) {
    throw failed(`${where} names no commit.`, 'Write git:REF, for example git:origin/main.', '');
  }
  // Its words are read, so they must not be translated.
  const git = (...args: readonly string[]): ReturnType<typeof run> =>
    run('git', args, { cwd, signal, env: { ...environment, LC_ALL: 'C' }, onlyEnv: true });
  const commit = await git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  const said = commit.stderr.split('\n')[0] ?? '';
  if (commit.missing)
    throw failed('git is not installed.', 'Install it, or name a file with --baseline.', '');
  if (/dubious ownership/.test(said)) {
    throw failed(
      `git does not trust the repository of ${cwd}: it belongs to another user.`,
      `Trust it with "git config --global --add safe.directory ${quoted(cwd)}", or name a file with --baseline.`,
      said,
    );
  }
  if (/not a git repository/.test(said)) {
    throw failed(
      `${cwd} is not in a git repository, so there is no commit ${ref}.`,
      'Run it in the folder of a clone (in GitHub Actions after actions/checkout), or name a file or s3://BUCKET/KEY with --baseline.',
      '',
    );
  }
  if (!commit.ok) {
    throw failed(
      `There is no commit ${ref} here.`,
      'A shallow clone has only the newest: fetch it first, with "fetch-depth: 0" of actions/checkout or "git fetch origin REF".',
      said,
    );
  }
  // Relative to the working folder, wherever in the repository that is.
  const shown = await git('show', `${commit.stdout}:./${file.replace(/^\.\//, '')}`);
  return shown.ok ? measuredText(shown.stdout, where) : `The commit ${ref} has no file ${file}.`;
}

async function fromBucket(
  where: string,
  { environment, signal }: BaselineContext,
): Promise<Measured | string> {
  // The SDK takes a fifth of a second to load.
  const { readObject } = await import('../aws/read-object.js');
  const text = await readObject(where, environment, signal);
  return text === null ? `There is no ${where} yet.` : measuredText(text, where);
}
