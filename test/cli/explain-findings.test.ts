/** Findings that are said only where they are true: a tree in which each is, beside one in which it is not. */
import { expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../program.js';
import { fixtures } from '../resolve/helper.js';
import { environment, hostPython, program } from './helper.js';
import { play } from './transcript.js';

/** Installed distributions: `""` is an ELF module, `null` one that needs a library which is nowhere. */
const trees = {
  all: {
    plain: { 'plain.py': 'x = 1\n' },
    six: { 'six.py': 'x = 1\n' },
    broken: { 'broken/__init__.py': 'import nowhere\n' },
    astunparse: { 'astunparse/__init__.py': 'x = 1\n' },
    'opencv-python': { 'cv2/__init__.py': '', 'cv2/cv2.abi3.so': null },
    rasterio: { 'rasterio/__init__.py': '', 'rasterio/_base.so': null },
  },
  plain: { plain: { 'plain.py': 'x = 1\n' } },
  compiled: { pyodbc: { 'pyodbc.abi3.so': '' } },
};

const make = `
import json, os, shutil, sys
for tree, distributions in json.loads(sys.argv[1]).items():
    for name, files in distributions.items():
        info = f"{tree}/{name.replace('-', '_')}-1.0.dist-info"
        os.makedirs(info)
        with open(f"{info}/METADATA", "w") as file: file.write(f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
        for path, text in files.items():
            os.makedirs(os.path.dirname(f"{tree}/{path}"), exist_ok=True)
            if path.endswith(".so"): shutil.copy(f"{sys.argv[2]}/{'module' if text == '' else 'patched-needed'}.so", f"{tree}/{path}")
            else:
                with open(f"{tree}/{path}", "w") as file: file.write(text)
        with open(f"{info}/RECORD", "w") as file:
            file.write("".join(f"{one},,\\n" for one in [*files, f"{os.path.basename(info)}/METADATA"]))
`;

/** A PATH with the program and without any Python. */
async function withoutPython(): Promise<string> {
  const folder = await mkdtemp(path.join(environment['HOME'] ?? '', 'bare-'));
  await symlink(process.execPath, path.join(folder, 'node'));
  const file = path.join(folder, 'lambda-slim');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(file, 0o755);
  return folder;
}

/** How the proof went, and the findings; on a machine without a sandbox that is one more. */
function said(output: string): string {
  const found = output.matchAll(/^(?:[✖▲·] .*(?:\n {4}.*)*|.*already before pruning: (.*))$/gm);
  const texts = [...found].map(([whole, proof]) =>
    proof === undefined ? whole : `already before pruning: ${proof}`,
  );
  return texts
    .filter((text) => !/ (unconfined|libraries-not-hidden|runtime-deprecated|runtime-ends) /.test(text))
    .join('\n');
}

test('the explanations are the ones of fixtures/transcripts/explain-findings.md', async () => {
  const cwd = await mkdtemp(path.join(environment['HOME'] ?? '', 'findings-'));
  await mkdir(cwd, { recursive: true });
  const made = await run('python3', ['-c', make, JSON.stringify(trees), path.join(fixtures, 'elf')], { cwd });
  expect(made).toMatchObject({ ok: true });
  const env = { PYTHON: hostPython, BARE: await withoutPython() };
  const clean = (output: string): string => said(output).replaceAll(`CPython ${hostPython}`, 'CPython 3.x');
  const { wanted, found } = await play('explain-findings', { cwd, env, clean });
  expect(found).toBe(wanted);
}, 300_000);
