/**
 * What a keyring answers to uv and pip. They ask the program `keyring` on PATH; a program of ours in front of it hands on the question
 * and the answer, and keeps the answer for the run to learn, in a folder that nobody else may read and that goes with the tool.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../model.js';
import type { Secrets } from '../text/secrets.js';

export interface Keyring {
  /** Variables by which a tool finds ours first. */
  readonly environment: (own: Environment) => Environment;
  /** Have the run know what was answered so far. */
  readonly learn: () => void;
}

/** The real one comes from a variable, as its path may hold anything. */
const script = `#!/bin/sh
answer=$("$LAMBDA_SLIM_KEYRING" "$@")
code=$?
[ -z "$answer" ] || printf '%s\\n' "$answer" > "$LAMBDA_SLIM_KEYRING_ANSWERS/$$"
printf '%s\\n' "$answer"
exit $code
`;

/**
 * @param keyring absolute path of the real one; null where there is none
 * @param folder of this run of a tool, private
 */
export async function overhearKeyring(
  keyring: string | null,
  folder: string,
  secrets: Pick<Secrets, 'learn'>,
): Promise<Keyring> {
  // Windows has no such scripts.
  if (keyring === null || path.sep === '\\') return { environment: () => ({}), learn: () => {} };
  const [programs, answers] = [path.join(folder, 'programs'), path.join(folder, 'answers')];
  for (const one of [programs, answers]) await mkdir(one, { mode: 0o700 });
  await writeFile(path.join(programs, 'keyring'), script, { mode: 0o700 });
  const known = new Map<string, string>();
  return {
    environment: ({ PATH = '' }) => ({
      PATH: `${programs}:${PATH}`,
      LAMBDA_SLIM_KEYRING: keyring,
      LAMBDA_SLIM_KEYRING_ANSWERS: answers,
    }),
    learn: () => {
      for (const name of readdirSync(answers)) {
        const answer = readFileSync(path.join(answers, name), 'utf8').trimEnd();
        // It may have been read while it was written.
        if (known.get(name) === answer) continue;
        known.set(name, answer);
        // With `--mode creds` two lines: a user and a password.
        answer.split('\n').forEach((line, at) => (at > 0 || !answer.includes('\n')) && secrets.learn(line));
      }
    },
  };
}
