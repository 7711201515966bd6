/** What verify takes from the project around a build: its inputs, its variables, and the rules for its code. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { finding, type Finding } from '../../src/findings/findings.js';
import type { Manifest } from '../../src/model.js';
import { silent } from '../../src/progress.js';
import { Secrets } from '../../src/text/secrets.js';
import type { Verification, VerifyRequest } from '../../src/verify/verification.js';
import { verify } from '../../src/verify/verify.js';
import { never } from '../never.js';
import { scratch, type Tree } from '../pack/helpers.js';
import { exampleManifest } from '../report/example.js';
import { bareSandbox, make, request } from './made.js';

const folder = scratch();

const tree: Tree = { 'alpha/__init__.py': 'import beta\n', 'beta/__init__.py': 'value = 41\n' };
const promised: Partial<Manifest> = {
  proof: { ...exampleManifest().proof, imported: ['alpha'], probes: [] },
};

const run = (asked: VerifyRequest, older: readonly Finding[] = []): Promise<Verification> =>
  verify(asked, {
    ...{ progress: silent, secrets: new Secrets(), environment: {}, signal: never, version: '0.0.0' },
    times: () => [],
    cwd: '/',
    older: () => Promise.resolve(older),
    findSandbox: () => Promise.resolve(bareSandbox()),
  });

const reads =
  'import os\ndef handler(event, context):\n  return [os.environ.get(x) for x in ["NAME", "OTHER", "TOKEN"]]\n';

test('that the build is older than what it was made from is told, and no failure', async () => {
  const root = await folder();
  await make(root, tree, 'layer', promised);
  const older = [
    finding('build-older-than-inputs', {
      changes: ['requirements.txt has changed'],
      command: 'npx lambda-slim build',
      options: [],
    }),
  ];
  const found = await run(request(root), older);
  expect([found.findings.map(({ code }) => code), found.attempts]).toMatchObject([
    ['build-older-than-inputs'],
    [{ ok: true }],
  ]);
});

test('variables that the build was told count, but for what is given now and what was a secret', async () => {
  const root = await folder();
  const environment = { NAME: 'built', OTHER: 'built', TOKEN: null };
  await make(root, { ...tree, 'app.py': reads }, 'function', {
    proof: { ...exampleManifest().proof, environment },
  });
  const found = await run({ ...request(root), handler: 'app.handler', environment: { OTHER: 'now' } });
  expect(found.invocation?.result).toEqual(['built', 'now', null]);
  expect(found.notChecked[0]).toBe('secrets that the build had (--env TOKEN=…)');
});

test('code beside a layer is what a build would pack of it', async () => {
  const root = await folder();
  await make(root, tree, 'layer');
  const lists =
    'import os\ndef handler(event, context):\n  return sorted(os.listdir(os.path.dirname(__file__)))\n';
  for (const [name, text] of Object.entries({
    'src/app.py': lists,
    'src/left.txt': '',
    'src/notes.md': '',
    'src/own.log': '',
    'src/.lambdaignore': '*.log\n',
    '.lambdaignore': 'src/left.txt\n',
  })) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  const asked = { ...request(root), handler: 'app.handler', code: path.join(root, 'src') };
  const found = await run({ ...asked, excludeCode: ['*.md'] });
  expect(found.invocation?.result).toEqual(['app.py']);
});

test('a build for a glibc of its own says on what it ran, and that it was not that', async () => {
  const root = await folder();
  const target = { python: '3.13', architecture: 'x86_64', glibc: '2.39', custom: true } as const;
  await make(root, tree, 'layer', { ...promised, target });
  const found = await run(request(root));
  expect(found.findings).toMatchObject([{ code: 'custom-runtime', args: { glibc: '2.39' } }]);
  expect(found.sandbox.description).toBe(bareSandbox().description);
  expect(found.sandbox.notChecked).toContain('the glibc 2.39 of your own runtime or image');
  // In that image itself there is nothing to say.
  const inside = await run({ ...request(root), image: 'mine:1' });
  expect(inside.sandbox.notChecked.join()).not.toContain('glibc');
});
