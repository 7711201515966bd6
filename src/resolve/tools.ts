/** Finding uv, pip and the lock tools, and running them with a tidy environment. */
import { access, constants, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { diskFull, tellsDiskFull } from '../errors.js';
import { shortFolder } from '../io/drafts.js';
import { run, type RunOptions, type RunResult } from '../io/run.js';
import { overhearKeyring } from './keyring.js';
import type { Secrets } from '../text/secrets.js';
import type { Environment } from '../model.js';
import { versionIn } from '../python/markers.js';
import { readPipConfig } from './docker/pip-config.js';

export interface Tool {
  /** Absolute path of the program. */
  readonly command: string;
  /** Arguments that always come first, e.g. `-m pip`. */
  readonly first: readonly string[];
  /** e.g. `0.13.8`. */
  readonly version: string;
  /** Variables that it needs besides the caller's. */
  readonly settings?: Environment;
}

/** The first program with this name on the environment's PATH, or null. */
export async function findProgram(name: string, environment: Environment): Promise<string | null> {
  const separator = environment['OS'] === 'Windows_NT' ? ';' : ':';
  const endings = separator === ';' ? ['.exe', '.cmd', '.bat', ''] : [''];
  for (const folder of (environment['PATH'] ?? environment['Path'] ?? '').split(separator)) {
    if (folder === '') continue;
    for (const ending of endings) {
      const candidate = path.resolve(folder, name + ending);
      if (await isProgram(candidate)) return candidate;
    }
  }
  return null;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/**
 * uv on PATH; null when it is missing or does not run.
 * @throws SlimError `interrupted`
 */
export async function findUv(environment: Environment, signal: AbortSignal): Promise<Tool | null> {
  const command = await findProgram('uv', environment);
  if (command === null) return null;
  const result = await run(command, ['--version'], {
    env: environment,
    onlyEnv: true,
    timeout: 20_000,
    signal,
  });
  const version = /^uv (\S+)/.exec(result.stdout)?.[1];
  return result.ok && version !== undefined ? { command, first: [], version } : null;
}

/**
 * `python3 -m pip` (or `python`); null when no Python on PATH has pip.
 * @throws SlimError `interrupted`
 */
export async function findPip(environment: Environment, signal: AbortSignal): Promise<Tool | null> {
  for (const name of ['python3', 'python']) {
    const command = await findProgram(name, environment);
    if (command === null) continue;
    const result = await run(command, ['-m', 'pip', '--version'], {
      env: { ...environment, PYTHONSAFEPATH: '1' },
      onlyEnv: true,
      timeout: 60_000,
      signal,
    });
    const version = /^pip (\S+)/.exec(result.stdout)?.[1];
    if (!result.ok || version === undefined) continue;
    return {
      command,
      first: ['-m', 'pip'],
      version,
      settings: await keyringOf(command, version, environment, signal),
    };
  }
  return null;
}

/** The first pip with `--keyring-provider`. */
const keyringSetting = '23.1';

/**
 * pip looks into a keyring of its own accord only where it may ask questions, too, and ours may not: so it is told to, but where
 * the user forbids questions or names a provider. Without a keyring this changes nothing. One that does not know the setting yet must
 * be free to ask; nobody answers it, which `explain.ts` tells as a login that is refused.
 */
async function keyringOf(
  python: string,
  version: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<Environment> {
  const all = { ...(await readPipConfig(environment)), ...environment };
  if (isYes(all['PIP_NO_INPUT']) || (all['PIP_KEYRING_PROVIDER'] ?? '') !== '') return {};
  const program = await findProgram('keyring', environment);
  const find = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("keyring") is None)';
  const options = { env: { ...environment, PYTHONSAFEPATH: '1' }, onlyEnv: true, timeout: 20_000, signal };
  const inPython = (await run(python, ['-c', find], options)).ok;
  if (!versionIn(version, `>=${keyringSetting}`))
    return inPython || program !== null ? { PIP_NO_INPUT: '0' } : {};
  const alone = program !== null && !inPython;
  return { PIP_KEYRING_PROVIDER: alone ? 'subprocess' : 'import' };
}

/** As pip reads a variable that is on or off. */
export const isYes = (value: string | undefined): boolean => /^(?:1|y|yes|t|true|on)$/i.test(value ?? '');

/** Settings that would send the result elsewhere, ask questions, or fight with the arguments that we give. */
const removed = [
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
  'PIP_USER',
  'PIP_PLATFORM',
  'PIP_ABI',
  'PIP_PYTHON',
  'PIP_PYTHON_VERSION',
  'PIP_IMPLEMENTATION',
  'PIP_REQUIREMENT',
  'PIP_REQUIRE_VIRTUALENV',
  'PIP_NO_BINARY',
  'PIP_ONLY_BINARY',
  'PIP_NO_DEPS',
  'PIP_REPORT',
  'PIP_DRY_RUN',
  'PIP_QUIET',
  'PIP_VERBOSE',
  'UV_NO_BINARY',
  'UV_NO_BINARY_PACKAGE',
  'UV_COMPILE_BYTECODE',
  'UV_REQUIRE_HASHES',
  'UV_PYTHON',
  'UV_SYSTEM_PYTHON',
  'UV_BREAK_SYSTEM_PACKAGES',
  'UV_PROJECT_ENVIRONMENT',
  'UV_OUTPUT_FILE',
  'VIRTUAL_ENV',
  'PYTHONHOME',
  'PYTHONPATH',
];

/** The caller's environment for a Python tool: indexes, credentials, proxies and certificates stay. */
export function toolEnvironment(environment: Environment): Environment {
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !removed.includes(name))),
    NO_COLOR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_NO_COLOR: '1',
    PIP_PROGRESS_BAR: 'off',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
    UV_PYTHON_DOWNLOADS: environment['UV_PYTHON_DOWNLOADS'] ?? 'never',
    GIT_TERMINAL_PROMPT: '0',
    // Whatever is built here gets the same times in every build.
    SOURCE_DATE_EPOCH: '315532800',
  };
}

export interface ToolRun extends RunOptions {
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  readonly note?: (text: string) => void;
}

/**
 * Run a tool with `toolEnvironment`. Its output lines become progress notes, free of secrets.
 * @throws SlimError `interrupted` when the signal was aborted, `disk-full` when the tool says so
 */
export async function runTool(
  tool: Pick<Tool, 'command' | 'first' | 'settings'>,
  args: readonly string[],
  options: ToolRun,
): Promise<RunResult> {
  const { environment, secrets, note, ...rest } = options;
  const temporary = await shortFolder();
  let result: RunResult;
  try {
    const keyring = await overhearKeyring(await findProgram('keyring', environment), temporary, secrets);
    const onLine = (line: string): void => {
      if (line.trim() === '') return;
      keyring.learn();
      note?.(secrets.hide(line.trim()));
    };
    result = await run(tool.command, [...tool.first, ...args], {
      onErrorLine: onLine,
      onOutputLine: onLine,
      ...rest,
      env: {
        ...toolEnvironment(environment),
        ...tool.settings,
        ...keyring.environment(environment),
        ...rest.env,
        // Its own: what a tool that was stopped leaves there goes with it.
        ...{ TMPDIR: temporary, TEMP: temporary, TMP: temporary },
      },
      onlyEnv: true,
    });
    keyring.learn();
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
  }
  if (!result.ok && tellsDiskFull(result.stderr)) {
    const details = lastLines(result, secrets);
    throw diskFull('The disk is full: the packages cannot be installed.', { option: '--cache-dir', details });
  }
  return result;
}

/** The last lines that a tool wrote, free of secrets: details of an error. */
export function lastLines(result: RunResult, secrets: Secrets, count = 15): string[] {
  const text = result.stderr.trim() === '' ? result.stdout : result.stderr;
  return (
    secrets
      .hide(text)
      .split(/\r?\n/)
      // pip's remark on a file index that lacks a package.
      .filter((line) => line.trim() !== '' && !line.startsWith('WARNING: Location'))
      .slice(-count)
  );
}
