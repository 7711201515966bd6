/** `git+…` requirements: the address taken apart as pip does, and cloned. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import type { RunResult } from '../../io/run.js';
import type { Environment } from '../../model.js';
import type { World } from '../../world.js';
import { hideCache } from '../user-paths.js';
import { findProgram, lastLines, runTool, type ToolRun } from '../tools.js';
import { gitLogin } from './git-login.js';
import { keptSource, type Asking } from './kept-source.js';
import { isFolder } from '../../io/exists.js';

export interface GitAddress {
  /** What git clones; may hold credentials. */
  readonly url: string;
  /** Branch, tag or commit; null for the default branch. */
  readonly revision: string | null;
  /** Folder of the project inside of it; null for its top. */
  readonly subdirectory: string | null;
}

/**
 * An `@` before the path belongs to the login; only one in the path begins a revision.
 * @param text e.g. `git+ssh://git@host/o/r.git@v1#egg=x&subdirectory=y`
 */
export function gitAddress(text: string): GitAddress {
  const [bare, fragment] = cut(text.replace(/^git\+/i, ''), '#');
  const subdirectory = new URLSearchParams(fragment).get('subdirectory');
  const [, start = '', place = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)(.*)$/is.exec(bare) ?? [null, '', bare];
  const at = place.lastIndexOf('@');
  const where = at === -1 ? place : place.slice(0, at);
  const revision = at === -1 ? null : place.slice(at + 1);
  // git wants a local path as it is on disk.
  const url = /^file:/i.test(start) ? `${start}${unescaped(where)}` : `${start}${where}`;
  return { url, revision: revision === null ? null : unescaped(revision), subdirectory };
}

function cut(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The project of a repository, in a folder that is not there yet. A repository of this machine is always read anew.
 * @param written as the user wrote it, free of secrets
 * @returns absolute path of the project in it
 * @throws SlimError `not-in-cache` (offline), `no-resolver` (no git), `resolution-failed`, `bad-requirements` (its revision
 *   or subdirectory)
 */
export async function cloneProject(
  text: string,
  into: string,
  written: string,
  asking: Asking,
  context: World,
): Promise<string> {
  const address = gitAddress(text);
  const { url, revision, subdirectory } = address;
  if (/^file:/i.test(url)) {
    await clone(address, into, written, context);
  } else {
    const fixed = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/i.test(revision ?? '');
    const place = { url, part: ['git', revision ?? ''], fixed, written };
    const kept = await keptSource(place, asking, context, (folder) =>
      clone(address, path.join(folder, 'repository'), written, context),
    );
    await cp(path.join(kept, 'repository'), into, { recursive: true, verbatimSymlinks: true });
  }
  return projectIn(into, subdirectory, written);
}

/** Left alone, git waits for ever for a server that says nothing: a minute with less than a byte a second ends it. */
const patience = { GIT_HTTP_LOW_SPEED_LIMIT: '1', GIT_HTTP_LOW_SPEED_TIME: '60' };

/** Seconds. */
const patienceOf = ({ GIT_HTTP_LOW_SPEED_TIME: given = '' }: Environment): number =>
  /^[1-9]\d{0,4}$/.test(given) ? Number(given) : Number(patience.GIT_HTTP_LOW_SPEED_TIME);

type Git = (args: readonly string[], more?: Partial<ToolRun>) => Promise<RunResult>;

/**
 * The same for ssh, before it is connected and after. Nothing for those who say themselves how ssh is run: the variable comes before
 * what their settings say.
 */
async function sshPatience(git: Git, environment: Environment): Promise<Environment> {
  const { GIT_SSH_COMMAND, GIT_SSH } = environment;
  if (GIT_SSH_COMMAND !== undefined || GIT_SSH !== undefined) return {};
  const { ok } = await git(['config', '--get-regexp', '^(core\\.sshcommand|ssh\\.variant)$']);
  if (ok) return {};
  const seconds = patienceOf(environment);
  const alive = `-o ServerAliveInterval=${Math.ceil(seconds / 3)} -o ServerAliveCountMax=3`;
  return { GIT_SSH_COMMAND: `ssh -o ConnectTimeout=${seconds} ${alive}` };
}

/**
 * git's own protocol has no setting for it: git is asked to tell how it goes on, and ended when it tells nothing any more.
 * @param args with `--progress`
 * @returns null when it was given up
 */
async function unlessSilent(
  git: Git,
  args: readonly string[],
  { environment, signal }: Pick<World, 'environment' | 'signal'>,
): Promise<RunResult | null> {
  const silence = new AbortController();
  const giveUp = (): void => silence.abort();
  const wait = patienceOf(environment) * 1000;
  let timer = setTimeout(giveUp, wait);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, wait);
  };
  try {
    return await git(args, {
      signal: AbortSignal.any([signal, silence.signal]),
      onErrorLine: heard,
    });
  } catch (error) {
    if (!silence.signal.aborted || signal.aborted) throw error;
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Does git talk its own protocol to this address, or to that of a submodule? Settings may put other addresses in their place. */
async function speaksItsOwn(git: Git, urls: readonly string[]): Promise<boolean> {
  for (const url of urls) {
    if (/^git:/i.test((await git(['ls-remote', '--get-url', '--', url])).stdout)) return true;
  }
  return false;
}

async function submodulesOf(git: Git, folder: string): Promise<readonly string[]> {
  const file = path.join(folder, '.gitmodules');
  const { ok, stdout } = await git(['config', '--file', file, '--get-regexp', '\\.url$']);
  return ok ? stdout.split('\n').map((line) => line.replace(/^\S+ /, '')) : [];
}

/**
 * Clone into a folder that is not there yet.
 * @param written as the user wrote it, free of secrets
 * @returns the commit
 * @throws SlimError `no-resolver` (no git), `resolution-failed`, `bad-requirements` (its revision or login)
 */
async function clone(
  { url, revision }: GitAddress,
  into: string,
  written: string,
  context: World,
): Promise<string> {
  const command = await findProgram('git', context.environment);
  if (command === null) {
    throw new SlimError('no-resolver', `"${written}" needs git, which is not on PATH.`, {
      hint: 'Install git, or name a wheel of the package.',
    });
  }
  refuseRevision(revision, written);
  const { environment } = context;
  const login = gitLogin(url, environment, written);
  let more: Environment = {};
  const git: Git = (args, options = {}) =>
    runTool({ command, first: [] }, args, {
      environment: { ...patience, ...environment, ...more, ...login.environment },
      secrets: context.secrets,
      signal: context.signal,
      // What git starts to talk to a server outlives it, and holds up whoever waits for its output.
      ownGroup: true,
      ...options,
    });
  const failed = (details: readonly string[]): SlimError =>
    new SlimError('resolution-failed', `git cannot get "${written}".`, {
      hint: 'Check the address, the revision, and that git may log in without asking.',
      details: details.map((line) => hideCache(line, context.cache.root)),
    });
  more = await sshPatience(git, environment);
  const must = async (
    what: readonly string[],
    rest: readonly string[],
    places: readonly string[] = [],
  ): Promise<void> => {
    const watched = await speaksItsOwn(git, places);
    const result = watched
      ? await unlessSilent(git, [...what, '--progress', ...rest], context)
      : await git([...what, '--quiet', ...rest]);
    if (result === null) throw failed([`The server said nothing for ${patienceOf(environment)} s.`]);
    if (!result.ok) throw failed(lastLines(result, context.secrets, 6));
  };
  await must(['clone'], ['--', login.url, into], [login.url]);
  if (revision !== null) {
    // A branch, tag or known commit; else what only a fetch by its name brings (refs/pull/1/head, a commit of no branch).
    const known = await git(['-C', into, 'checkout', '--quiet', revision]);
    if (!known.ok) {
      await must(['-C', into, 'fetch'], ['origin', revision], [login.url]);
      await must(['-C', into, 'checkout'], ['FETCH_HEAD']);
    }
  }
  const others = (await submodulesOf(git, into)).map((one) => (one.startsWith('.') ? login.url : one));
  await must(['-C', into, 'submodule', 'update'], ['--init', '--recursive'], others);
  await forgetLogins(path.join(into, '.git'));
  return (await git(['-C', into, 'rev-parse', 'HEAD'])).stdout.trim();
}

/** @throws SlimError `bad-requirements` */
function refuseRevision(revision: string | null, written: string): void {
  if (revision?.startsWith('-') !== true && revision !== '') return;
  throw new SlimError('bad-requirements', `"${written}" has no revision behind its last @.`, {
    hint: 'Name a branch, a tag or a commit there, or take the @ out.',
  });
}

/** git notes the address with its login in several files, and builds may read them. */
async function forgetLogins(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isDirectory() && entry.name === 'logs') await rm(file, { recursive: true, force: true });
    if (!entry.isFile() || !/^(config|FETCH_HEAD|ORIG_HEAD)$/.test(entry.name)) continue;
    const text = await readFile(file, 'utf8').catch(() => '');
    const clean = text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, '$1');
    if (clean !== text) await writeFile(file, clean);
  }
}

async function projectIn(into: string, subdirectory: string | null, written: string): Promise<string> {
  const project = path.resolve(into, subdirectory ?? '.');
  const inside = project === into || project.startsWith(into + path.sep);
  if (inside && (await isFolder(project))) return project;
  throw new SlimError('bad-requirements', `"${written}" has no folder ${subdirectory ?? ''}.`, {
    hint: 'Correct the subdirectory behind the "#".',
  });
}
