// A CPython of the wanted minor version: from PATH, or from pyenv.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

function works(command, version) {
  try {
    const answer = execFileSync(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return String(answer).trim() === version;
  } catch {
    return false;
  }
}

/** @throws Error naming the version that is missing */
export function matchingPython(version) {
  const pyenv = path.join(process.env.PYENV_ROOT ?? path.join(homedir(), '.pyenv'), 'versions');
  let installed = [];
  try {
    installed = readdirSync(pyenv).filter((name) => name.startsWith(`${version}.`));
  } catch {
    // No pyenv here.
  }
  const candidates = [
    ...installed.map((name) => path.join(pyenv, name, 'bin', 'python')),
    `python${version}`,
    'python3',
  ];
  const found = candidates.find((candidate) => works(candidate, version));
  if (!found) throw new Error(`The bench needs CPython ${version} on PATH or in pyenv.`);
  return found;
}
