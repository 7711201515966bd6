/**
 * Golden transcripts: Markdown in fixtures/transcripts whose `console` blocks hold commands after `$ `, and below each what
 * it prints (standard output and standard error together) and, when it is not 0, its exit code. The prose between them
 * is for readers. `UPDATE_TRANSCRIPTS=1` writes what is printed now; look at the difference before it is committed.
 */
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../program.js';
import { environment, program } from './helper.js';

const transcripts = fileURLToPath(new URL('../../fixtures/transcripts/', import.meta.url));

export interface Stage {
  /** Where the commands run; its path is printed as `/project`. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of further programs. */
  readonly programs?: string;
  /** For what differs from run to run (ports, times), after `cwd` was replaced. */
  readonly clean?: (output: string) => string;
}

/**
 * Run a transcript's commands in order, by bash, with `lambda-slim` on PATH. A line that ends with `\` goes on.
 * @param name file name without `.md`, e.g. `check`
 * @returns the whole transcript as it should be and as it is: compare them with `toBe`
 */
export async function play(name: string, stage: Stage): Promise<{ wanted: string; found: string }> {
  return playFile(path.join(transcripts, `${name}.md`), stage);
}

/** The same for any document; a console block below a comment that says `not run: …` stays as it is. */
export async function playFile(file: string, stage: Stage): Promise<{ wanted: string; found: string }> {
  const wanted = await readFile(file, 'utf8');
  const bin = await programFolder();
  const parts: string[] = [];
  for (const part of wanted.split(/^((?:<!-- not run: .*\n\n)?```console\n[\s\S]*?^```$)/m)) {
    parts.push(part.startsWith('```console\n') ? await playBlock(part, bin, stage) : part);
  }
  const found = parts.join('');
  if (process.env.UPDATE_TRANSCRIPTS !== '1') return { wanted, found };
  await writeFile(file, found);
  return { wanted: found, found };
}

async function playBlock(
  block: string,
  bin: string,
  { cwd, env, programs = '', clean }: Stage,
): Promise<string> {
  const lines = ['```console'];
  for (const [, command = ''] of block.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm)) {
    const { stdout, exitCode } = await run('/bin/bash', ['-c', `exec 2>&1\n${command}`], {
      cwd,
      onlyEnv: true,
      env: {
        ...environment,
        ...env,
        PATH: `${bin}:${path.dirname(process.execPath)}:${environment.PATH ?? ''}:${programs}`,
      },
    });
    const output = stdout.replaceAll(cwd, '/project');
    lines.push(`$ ${command}`);
    if (output !== '') lines.push(clean === undefined ? output : clean(output));
    if (exitCode !== 0) lines.push(`(exit code ${exitCode ?? 'none'})`);
  }
  return [...lines, '```'].join('\n');
}

/** A folder with the program under its own name. */
async function programFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(environment.HOME ?? '', 'bin-'));
  const file = path.join(folder, 'lambda-slim');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(file, 0o755);
  return folder;
}
