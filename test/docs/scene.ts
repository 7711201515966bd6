/** A project in which the commands that documents show can be run as they stand there. */
import { cp, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commands } from '../../src/commands/table.js';
import { run } from '../program.js';
import { cli, environment, hostPython, offline, tree, type Result } from '../cli/helper.js';
import { allBlocks } from './documents.js';

export interface Shown {
  readonly document: string;
  /** Without its comment; a quoted word is one. */
  readonly line: string;
}

/** Why a line is not run in the fast tests. Whoever adds one says what it needs. */
const needs: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/--index /, 'an index of yours'],
  [/ publish-layer| models | arn:aws| s3:\/\//, 'AWS'],
  [/ --serve\b/, 'somebody who asks it'],
  [/ verify\b/, 'a sandbox'],
  [/ --(?:sandbox|resolver) docker/, 'a container engine'],
  [/ --open\b/, 'a browser'],
  [/ --patch /, 'packages from an index, and a patch of yours'],
];

/** What a line needs that a machine may not have; null: it is run everywhere. */
export const needOf = (line: string): string | null =>
  needs.find(([pattern]) => pattern.test(line))?.[1] ?? null;

const names = commands.map(({ name }) => name).join('|');

/** Every line of ours in the `sh` blocks of all documents, but for blocks that say why they are not run. */
export const shown: readonly Shown[] = allBlocks
  .filter(({ language, remark }) => language === 'sh' && !remark.startsWith('not run: '))
  .flatMap(({ document, text }) =>
    [
      ...text
        .replace(/\\\n\s*/g, '')
        .matchAll(new RegExp(`^(?:npx )?(lambda-slim (?:${names})\\b.*)$`, 'gm')),
    ].map(([, line = '']) => ({ document, line: line.replace(/\s+#.*$/, '') })),
  );

const handler = 'import slim_plain\n\ndef handler(event, context):\n    return {"ok": True}\n';

/** Wheels to build from, an installed tree with the names that pages speak of, and what earlier builds left. */
export async function makeScene(): Promise<string> {
  const place = path.join(await mkdtemp(path.join(environment['HOME'] ?? '', 'scene-')), 'project');
  const installed = await tree({
    'numpy 2.5.5': { 'numpy/__init__.py': '' },
    'scikit-learn 1.9.1': { 'sklearn/__init__.py': '', 'sklearn/tests/test_base.py': 'import sklearn\n' },
    'torch 2.13.0': { 'torch/__init__.py': '', 'torch/lib/note.so': 'no library\n' },
  });
  await cp(installed, path.join(place, 'site-packages'), { recursive: true });
  const files = {
    'requirements.txt': `${offline}slim-plain\n`,
    'lambda-slim.toml': `python = "${hostPython}"\n`,
    'src/app.py': handler,
    'event.json': '{}\n',
    'events/first.json': '{}\n',
    'events/second.json': '{"name": "you"}\n',
    'models/classifier.txt': 'a model\n',
    'results/.keep': '',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(place, name)), { recursive: true });
    await writeFile(path.join(place, name), text);
  }
  const build = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await cli(['build', '--quiet', ...args], { cwd: place });
    if (code !== 0) throw new Error(stderr);
  };
  await build('--handler', 'src', '--out', 'function');
  await build('--out', 'old');
  await build('--from', 'site-packages', '--no-proof');
  const copies = [
    ['old/layer.zip', 'before.zip'],
    ['old/layer.zip', 'base-layer.zip'],
    ['.lambda-slim/layer.zip', 'after.zip'],
    ['.lambda-slim/layer.zip', 'layer.zip'],
    ['function/function.zip', 'function.zip'],
  ] as const;
  for (const [from, to] of copies) await cp(path.join(place, from), path.join(place, to));
  await cli(['check', '--quiet', '--write-baseline', 'lambda-slim-baseline.json'], { cwd: place });
  const git =
    'git init -q . && git add lambda-slim-baseline.json && git -c user.name=A -c user.email=a@b.c commit -qm A && git update-ref refs/remotes/origin/main HEAD';
  const made = await run('/bin/bash', ['-c', git], { cwd: place });
  if (!made.ok) throw new Error(made.stderr);
  return place;
}

/** What runs in a copy leaves the others alone. */
export async function copyOf(scene: string): Promise<string> {
  const place = path.join(await mkdtemp(path.join(environment['HOME'] ?? '', 'line-')), 'project');
  await cp(scene, place, { recursive: true });
  return place;
}

/** Run one line in a copy of the project, as after the build that the line speaks of. */
export async function runLine(scene: string, line: string): Promise<Result> {
  const place = await copyOf(scene);
  // A verified function is one that was built with its code.
  const withCode = line.includes(' --handler app.handler') && !line.includes(' --code ');
  if (withCode || / verify\b/.test(line)) {
    await rename(path.join(place, '.lambda-slim'), path.join(place, 'other'));
    await rename(path.join(place, withCode ? 'function' : 'old'), path.join(place, '.lambda-slim'));
  }
  // Where a shell writes the output to is the shell's.
  const [shortened = ''] = line.split(/ +> /);
  // As many as show that it works.
  const own = shortened.replace(/--requests \d+/, '--requests 20');
  const words = [...own.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, quoted, literal, plain]) => quoted ?? literal ?? plain ?? '',
  );
  // What is renewed was written before.
  if (words.includes('--update')) {
    const { code, stderr } = await cli(
      words.slice(1).filter((word) => word !== '--update'),
      { cwd: place },
    );
    if (code !== 0) throw new Error(stderr);
  }
  return cli(words.slice(1), { cwd: place });
}
