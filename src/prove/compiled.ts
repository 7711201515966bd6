/** Imports once more, without bytecode and with it in place: does it load, and how much time does it save? */
import { link, copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { finding, type Finding } from '../findings/findings.js';
import type { Proof, StagedFile } from '../model.js';
import { groupTimeout, type ProveOptions, type Proved } from './prove.js';
import { measureImports } from './timing.js';
import { errorText } from './model.js';
import type { Staged } from '../stage/stage.js';

/**
 * @param proved from `prove`; its tree gets the bytecode files (new names: no file of the resolved tree is touched)
 * @param staged what travels in the end; with `--pyc only` some sources do not
 * @returns the proof with the import times, and a finding for each module that bytecode broke
 */
export async function proveCompiled(
  proved: Proved,
  staged: Staged,
  bytecode: readonly StagedFile[],
  options: Pick<ProveOptions, 'interpreter' | 'environment' | 'progress' | 'signal' | 'confinedBy'>,
): Promise<{ readonly proof: Proof; readonly findings: readonly Finding[] }> {
  const { interpreter, progress, signal } = options;
  const { tree } = proved.staged;
  if (!interpreter?.canImport || tree === null || proved.timePlain === null)
    return { proof: proved.proof, findings: [] };
  const plain = await proved.timePlain();
  const importMs = { plain: plain.ms, compiled: null, remembered: plain.remembered };
  if (bytecode.length === 0) return { proof: { ...proved.proof, importMs }, findings: [] };
  const step = progress.start('prove bytecode');
  const copy = options.confinedBy === undefined || options.confinedBy === 'none';
  for (const file of bytecode) await place(file.source, path.join(tree, file.path), copy);
  const travels = new Set(staged.files.map((file) => file.path));
  for (const file of proved.staged.files) {
    if (!travels.has(file.path)) await rm(path.join(tree, file.path), { force: true });
  }
  const measured = await measureImports(proved.timed, {
    interpreter,
    root: tree,
    ...proved.around,
    environment: options.environment ?? {},
    timeout: groupTimeout,
    signal,
  });
  step.end(
    `imports take ${(measured.ms / 1000).toFixed(2)} s instead of ${(importMs.plain / 1000).toFixed(2)} s`,
  );
  return {
    proof: { ...proved.proof, importMs: { ...importMs, compiled: measured.ms } },
    findings: measured.failed.map(({ item, error }) =>
      finding('import-lost', { module: item.name, error: error === null ? '' : errorText(error) }),
    ),
  };
}

async function place(source: string, target: string, copy: boolean): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await rm(target, { force: true });
  if (copy) await copyFile(source, target);
  else await link(source, target).catch(() => copyFile(source, target));
}
