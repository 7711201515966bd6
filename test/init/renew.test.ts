/** Examples of an earlier build: written again while they are ours, left alone when they are the user's. */
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KindName } from '../../src/init/kinds.js';
import { plugFor, type Plug, type PlugChoice } from '../../src/init/plug.js';
import { planFor, renew, staleExamples } from '../../src/init/renew.js';
import { writeNew } from '../../src/init/write.js';
import type { Artifact, Manifest } from '../../src/model.js';
import { exampleManifest } from '../report/example.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slim-renew-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const choice: PlugChoice = {
  ...{ build: '.lambda-slim', python: '3.13', architecture: 'x86_64', handler: null, codeFolder: null },
  typed: { python: false, arch: false, handler: false },
};
const artifact = (file: string, kind: Artifact['kind'] = 'layer'): Artifact => ({
  ...{ file, kind, sha256: '00', sha256Base64: 'AA==', contentDigest: '00', zippedBytes: 1 },
  ...{ unzippedBytes: 1, ephemeralBytes: 0, viaS3: false, fileCount: 1 },
});
const made = (...files: readonly string[]): Manifest =>
  exampleManifest({ artifacts: files.map((file) => artifact(file)) });
const one = made('layer.zip');
const two = made('layer-1.zip', 'layer-2.zip');
const larger: Manifest = { ...one, ephemeralStorage: 1024 };
const code = exampleManifest({ artifacts: [artifact('function.zip', 'function')] });
const plug = (manifest: Manifest, more: Partial<PlugChoice> = {}): Plug =>
  plugFor(manifest, { ...choice, ...more });

const place = (name: string): string => path.join(folder, name);
const write = async (kind: KindName, given: Plug): Promise<void> =>
  writeNew(folder, (await planFor(kind, given, '1.2.3')).files);
const change = async (name: string, by: (text: string) => string): Promise<string> => {
  const text = by(await readFile(place(name), 'utf8'));
  await writeFile(place(name), text);
  return text;
};
const stale = async (manifest: Manifest): Promise<readonly string[]> =>
  (await staleExamples(folder, manifest, '.lambda-slim', '1.2.3')).map(({ command }) => command);

const kinds = [
  ['sam', 'template.yaml'],
  ['serverless', 'serverless.yml'],
] as const;

describe.each(kinds)('%s', (kind, name) => {
  test.each([
    ['two layers in place of one', one, two],
    ['one in place of two', two, one],
    ['another /tmp', one, larger],
  ])('%s: is told, and written as init would write it now', async (_what, before, after) => {
    await write(kind, plug(before));
    expect([await stale(before), await stale(after)]).toEqual([[], [`lambda-slim init ${kind} --update`]]);
    const wanted = (await planFor(kind, plug(after), '1.2.3')).files.find((file) => file.path === name)?.text;
    const example = await change('slim_example/app.py', (text) => `${text}# mine\n`);
    expect(await renew(folder, kind, plug(after), '1.2.3')).toEqual({ renewed: [name], unchanged: [] });
    expect(await readFile(place(name), 'utf8')).toBe(wanted);
    expect(await readFile(place('slim_example/app.py'), 'utf8')).toBe(example);
    expect(await stale(after)).toEqual([]);
    expect(await renew(folder, kind, plug(after), '1.2.3')).toEqual({ renewed: [], unchanged: [name] });
    expect((await readdir(folder)).sort()).toEqual([name, 'slim_example'].sort());
  });

  test('what somebody changed stays, and the lines to change are named', async () => {
    await write(kind, plug(one));
    const text = await change(name, (written) => `# mine\n${written}`);
    expect(await stale(two)).toEqual([`lambda-slim init ${kind} --update`]);
    await expect(renew(folder, kind, plug(two), '1.2.3')).rejects.toMatchObject({
      code: 'file-edited',
      message: expect.stringContaining(`${name} was changed since init wrote it`),
      details: expect.arrayContaining([expect.stringMatching(/^line \d+: .*\.lambda-slim\/layer-2\.zip$/)]),
    });
    expect(await readFile(place(name), 'utf8')).toBe(text);
  });

  test('changed, but not stale: nothing to say', async () => {
    await write(kind, plug(two));
    const text = await change(name, (written) =>
      `# mine\n${written}Mine: 1\n`.replace(/imeout: \d+/, 'imeout: 99'),
    );
    expect(text).toContain('imeout: 99');
    expect(await stale(two)).toEqual([]);
    expect(await renew(folder, kind, plug(two), '1.2.3')).toEqual({ renewed: [], unchanged: [name] });
    expect(await readFile(place(name), 'utf8')).toBe(text);
  });

  test('line ends and links stay as they are', async () => {
    await write(kind, plug(one));
    await change(name, (text) => text.replaceAll('\n', '\r\n'));
    await mkdir(place('real'));
    await rename(place(name), place(`real/${name}`));
    await symlink(`real/${name}`, place(name));
    expect(await stale(one)).toEqual([]);
    expect(await renew(folder, kind, plug(two), '1.2.3')).toMatchObject({ renewed: [name] });
    expect((await lstat(place(name))).isSymbolicLink()).toBe(true);
    const text = await readFile(place(`real/${name}`), 'utf8');
    expect(text.replaceAll('\r\n', '').includes('\n')).toBe(false);
    expect(await stale(two)).toEqual([]);
  });

  test('a handler that only the file knows is kept', async () => {
    await write(kind, plug(code, { handler: 'shop.main.handle', typed: { ...choice.typed, handler: true } }));
    expect(await stale({ ...code, handler: null })).toEqual([]);
    const next = { ...code, handler: null, ephemeralStorage: 2048 };
    expect(await stale(next)).toEqual([`lambda-slim init ${kind} --update`]);
    await renew(folder, kind, plug(next), '1.2.3');
    expect(await readFile(place(name), 'utf8')).toMatch(/[hH]andler: shop\.main\.handle\n/);
  });

  test('a file of somebody else is none of ours', async () => {
    await writeFile(place(name), 'mine: .lambda-slim/layer.zip\n');
    expect(await stale(two)).toEqual([]);
    await expect(renew(folder, kind, plug(two), '1.2.3')).rejects.toMatchObject({ code: 'file-edited' });
    expect(await readFile(place(name), 'utf8')).toBe('mine: .lambda-slim/layer.zip\n');
  });

  test('one that is not there is not made', async () => {
    await expect(renew(folder, kind, plug(two), '1.2.3')).rejects.toMatchObject({ code: 'not-found' });
    expect([await readdir(folder), await stale(two)]).toEqual([[], []]);
  });
});

test('a workflow follows the Python; what reads the manifest has nothing to renew', async () => {
  await write('action', plug(one));
  const other = plug({ ...one, target: { ...one.target, python: '3.12' } });
  const name = '.github/workflows/lambda-slim.yml';
  expect(await renew(folder, 'action', other, '1.2.3')).toEqual({ renewed: [name], unchanged: [] });
  expect(await readFile(place(name), 'utf8')).toContain("python-version: '3.12'");
  await write('terraform', plug(one));
  expect(await renew(folder, 'terraform', plug(two), '1.2.3')).toEqual({ renewed: [], unchanged: [] });
});

test('an example of a build in another folder, and a build that nothing deploys, say nothing', async () => {
  await write('sam', plug(one, { build: 'elsewhere' }));
  expect(await stale(two)).toEqual([]);
  await rm(place('template.yaml'));
  await rm(place('slim_example'), { recursive: true });
  await write('sam', plug(one));
  expect(await stale(exampleManifest({ artifacts: [artifact('package', 'directory')] }))).toEqual([]);
});
