import { expect, test } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../program.js';
import { environment } from '../cli/helper.js';
import { findUv } from '../../src/resolve/tools.js';
import { play } from '../cli/transcript.js';
import { never } from '../never.js';

/** Files of an index: names alone are enough for what never fits. */
const named = [
  'pywin32-306-cp312-cp312-win_amd64.whl',
  'pywin32-306-cp313-cp313-win_amd64.whl',
  'desktop_keys-1.0-cp313-cp313-macosx_11_0_arm64.whl',
  'desktop_keys-1.0-cp313-cp313-win_amd64.whl',
  'desktop_keys-1.0.tar.gz',
  'oldnum-1.26.4-cp311-cp311-manylinux_2_17_x86_64.whl',
  'oldnum-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl',
  'oldnum-1.26.4.tar.gz',
  'oldnum-2.5.0-cp313-cp313-manylinux_2_28_x86_64.whl',
  'newnum-3.0-cp311-cp311-manylinux_2_28_x86_64.whl',
  'newnum-3.0-cp312-cp312-manylinux_2_28_x86_64.whl',
  'armnum-1.0-cp313-cp313-manylinux_2_17_aarch64.whl',
  'armnum-1.0-cp313-cp313-win_amd64.whl',
  'pywin32-305-cp311-cp311-win_amd64.whl',
  'sourced-1.0.tar.gz',
  'aged-2.0.tar.gz',
];

/** Wheels that are chosen, and what they need. */
const real: Readonly<Record<string, readonly string[]>> = {
  'common-1.0': [],
  'common-2.0': [],
  'app_one-1.0': ['middle'],
  'middle-1.0': ['common<2'],
  'brings_win-1.0': ['pywin32'],
  'needs_old-1.0': ['oldnum>=1.26'],
  'ranged-1.0': ['common>=1,<2'],
  'brings_source-1.0': ['sourced'],
  'aged-1.0': [],
};

const projects: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  windows: { 'requirements.txt': 'common\npywin32==306\n' },
  desktop: { 'requirements.txt': 'desktop-keys\n' },
  brought: { 'requirements.txt': 'brings-win\n' },
  old: { 'requirements.txt': 'oldnum>=1.26,<2\n' },
  new: { 'requirements.txt': 'newnum\n' },
  machine: { 'requirements.txt': 'armnum\n' },
  chain: { 'requirements.txt': '-r more/base.txt\ncommon>=2\n', 'more/base.txt': '# ours\napp-one\n' },
  limits: { 'requirements.txt': 'common>=2\n-c limits.txt\n', 'limits.txt': 'common<2\n' },
  range: { 'requirements.txt': 'common>=2\nranged\n' },
  bounded: { 'requirements.txt': 'oldnum\n-c limits.txt\n', 'limits.txt': 'oldnum<2\n' },
  both: { 'requirements.txt': 'needs-old\noldnum<2\n' },
  spread: { 'requirements.txt': 'pywin32\n' },
  source: { 'requirements.txt': 'brings-source\n' },
  aged: { 'requirements.txt': 'aged\n' },
  nothing: { 'README.md': '' },
  gone: { 'requirements.txt': 'no-such-package\n' },
  debian: { 'requirements.txt': 'python-apt==2.4.0\n' },
  version: { 'requirements.txt': 'common==9\n' },
  hash: { 'requirements.txt': `# locked\ncommon==1.0 --hash=sha256:${'0'.repeat(64)}\n` },
  typo: { 'requirements.txt': 'common=>2\n' },
  equals: { 'requirements.txt': 'common\nsix=1.0\n' },
  conda: {
    'requirements.txt': 'six @ file:///home/conda/feedstock_root/build_artifacts/six_1620240208055/work\n',
  },
  token: { 'requirements.txt': 'x @ git+https://${NO_TOKEN}@h.example/o/r.git\n' },
  wide: { 'requirements.txt': 'c\0o\0m\0m\0o\0n\0' },
  empty: { 'requirements.txt': '# nothing yet\n' },
  marked: { 'requirements.txt': 'common ; sys_platform == "win32"\n' },
};

const makeWheels = `
import json, sys, zipfile
for name, needs in json.loads(sys.argv[1]).items():
    distribution, version = name.split("-")
    with zipfile.ZipFile(f"{name}-py3-none-any.whl", "w") as wheel:
        lines = ["Metadata-Version: 2.1", f"Name: {distribution.replace('_', '-')}", f"Version: {version}"]
        wheel.writestr(f"{distribution}/__init__.py", "")
        wheel.writestr(f"{name}.dist-info/METADATA", "\\n".join(lines + [f"Requires-Dist: {one}" for one in needs]) + "\\n")
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
`;

const uv = await findUv(process.env, never);

test.each([['explain'], ['explain-uv']])(
  'the explanations are the ones of fixtures/transcripts/%s.md',
  async (transcript) => {
    const cwd = await mkdtemp(path.join(environment['HOME'] ?? '', 'explain-'));
    const links = path.join(cwd, 'links');
    await mkdir(links);
    for (const name of named) await writeFile(path.join(links, name), '');
    const made = await run('python3', ['-c', makeWheels, JSON.stringify(real)], { cwd: links });
    expect(made).toMatchObject({ ok: true });
    for (const [folder, files] of Object.entries(projects)) {
      for (const [name, text] of Object.entries(files)) {
        const file = path.join(cwd, folder, name);
        await mkdir(path.dirname(file), { recursive: true });
        const index =
          name === 'requirements.txt' && folder !== 'wide' ? '--no-index --find-links ../links\n' : '';
        await writeFile(file, index + text);
      }
    }
    // What takes long says so, and how long it takes is not the same everywhere.
    const clean = (output: string): string =>
      output.replace(/^resolve .* …\n/gm, '').replace(/^( +got +)sha256:[0-9a-f]{64}$/gm, '$1sha256:…');
    const { wanted, found } = await play(transcript, {
      cwd,
      clean,
      programs: path.dirname(uv?.command ?? ''),
    });
    expect(found).not.toContain(path.join(environment['HOME'] ?? '', 'cache'));
    expect(found).toBe(wanted);
  },
  300_000,
);
