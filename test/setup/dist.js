// Tests of the command line run what users run: bin/ and dist/. Builds dist/ once when it is older than src/.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** @returns {number} the newest modification time below a folder, in milliseconds; 0 for none */
function newest(folder, ending) {
  try {
    const names = readdirSync(path.join(root, folder), { recursive: true });
    return Math.max(
      0,
      ...names
        .filter((name) => name.endsWith(ending))
        .map((name) => statSync(path.join(root, folder, name)).mtimeMs),
    );
  } catch {
    return 0;
  }
}

export default function buildWhenStale({ testPathPatterns }) {
  const patterns = testPathPatterns?.patterns ?? [];
  // Who runs other tests does not wait for the compiler.
  if (patterns.length > 0 && !patterns.some((one) => /cli|bin/.test(one))) return;
  if (newest('dist', '.js') >= newest('src', '.ts')) return;
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
}
