/** Is a build older than what it was made from? What it remembers, against what lies there now. Pure. */
import { finding, type Finding } from '../findings/findings.js';
import type { BuildInputs } from '../model.js';

/** What lies there now. */
export interface InputsNow {
  /** By the path that the build remembers; null: nothing is there. One that cannot be read is missing. */
  readonly read: ReadonlyMap<string, string | null>;
  /** The requirements that a build would take, from the folder that was built; null: they were named, or nobody knows. */
  readonly detected: string | null;
  /** Digest of the function's own code; null: its folder is gone, or empty. Undefined: nobody knows. */
  readonly code: string | null | undefined;
  /** Undefined: none could take part, or nobody knows. */
  readonly config: Pick<NonNullable<BuildInputs['config']>, 'path' | 'values'> | undefined;
}

export interface BuildAgain {
  /** As it is typed here, e.g. `npx lambda-slim build api`. */
  readonly command: string;
  /** Flags that the build had, or variables in their place, e.g. `--python`. */
  readonly options: readonly string[];
}

/**
 * @param told what the manifest remembers; undefined: it is of an earlier version
 * @param again how it is built once more
 * @returns one finding at most; none where nothing of what the build was made from lies there
 */
export function olderFindings(
  told: BuildInputs | undefined,
  now: InputsNow,
  again: BuildAgain,
): readonly Finding[] {
  if (told === undefined) return [];
  const there = [...now.read.values(), now.code ?? null].some((one) => one !== null);
  if (!there) return [];
  const changes = [...readChanges(told, now), ...codeChanges(told, now), ...configChanges(told, now)];
  return changes.length === 0 ? [] : [finding('build-older-than-inputs', { changes, ...again })];
}

function readChanges({ read }: BuildInputs, now: InputsNow): readonly string[] {
  const changes = read.flatMap(({ path, sha256 }) => {
    const found = now.read.get(path);
    if (found === undefined || found === sha256) return [];
    return [`${path} ${found === null ? 'is gone' : 'has changed'}`];
  });
  const { detected } = now;
  const isNew = detected !== null && !read.some(({ path }) => path === detected);
  return isNew ? [...changes, `${detected} is there now and comes first`] : changes;
}

function codeChanges({ code }: BuildInputs, now: InputsNow): readonly string[] {
  if (code === null || now.code === undefined || now.code === code.sha256) return [];
  const what = code.path === '' ? 'the code' : `the code in ${code.path}`;
  return [now.code === null ? `${what} is gone` : `${what} has changed`];
}

function configChanges({ config }: BuildInputs, now: InputsNow): readonly string[] {
  if (config === null || now.config === undefined) return [];
  const { values } = now.config;
  const keys = [...new Set([...Object.keys(config.values), ...Object.keys(values)])]
    .filter((key) => !config.given.includes(key) && config.values[key] !== values[key])
    .sort();
  const file = now.config.path ?? config.path ?? 'the config file';
  return keys.map((key) => `"${key}" in ${file} has changed`);
}
