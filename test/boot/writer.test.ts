/** What the build writes is what the bootstrap opens. */
import { expect, test } from '@jest/globals';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Cache } from '../../src/io/cache.js';
import type { StagedFile } from '../../src/model.js';
import { packUnits } from '../../src/pack/payload/frames.js';
import { writePayload } from '../../src/pack/payload/payload.js';
import { payloadIndex } from '../../src/pack/payload/layout.js';
import { layoutPayload } from '../../src/pack/payload/layout.js';
import { silent } from '../../src/progress.js';
import { remove } from '../real/helper-build.js';
import { both, fixture, makePackage, makePlace, openedFolder, pythons, run, useBoth } from './helper.js';

test.each(pythons)("Python %s opens the build's own payload", async (_, python) => {
  const place = await makePlace(useBoth);
  // For its package: the bootstrap and the plain files.
  const made = await makePackage(place.layer, both);
  await rm(made.folder, { recursive: true });

  const source = async (name: string, bytes: Buffer, mode: 0o644 | 0o755 = 0o644): Promise<StagedFile> => {
    const file = path.join(place.root, 'sources', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
    const { size } = await stat(file);
    return {
      path: name,
      place: 'python',
      source: file,
      bytes: size,
      mode,
      distribution: null,
      origin: 'tree',
    };
  };
  const large = Buffer.alloc(17 * 1024 * 1024, 'data of a large file, ');
  const library = await source('slimlib.libs/liblarge.so.2', await readFile(fixture('liblarge.so.2')), 0o755);
  const text = (code: string): Buffer => Buffer.from(code);
  const files = [
    await source(
      'slimtree/__init__.py',
      text('from . import nested, plain\nvalue = nested.x + plain.x + nested.é\n'),
    ),
    await source('slimtree/données.txt', Buffer.alloc(0)),
    await source('slimtree/nested.py', text('x = 1\né = 0\n')),
  ];
  const units = await packUnits(
    [
      { files: [library], under: 'lib' },
      { files: [await source('slimtree/data.bin', large)], under: 'python' },
      { files, under: 'python' },
    ],
    {
      cache: await Cache.open(path.join(place.root, 'cache'), true),
      progress: silent,
      codec: 'gzip',
      level: null,
    },
  );
  const layout = layoutPayload(units, 'gzip');
  const archive = path.join(place.root, 'payload.tar.gz');
  const written = await writePayload(archive, layout);
  const { libraries = [], tree = null, modules = [] } = both;
  const index = payloadIndex(layout, {
    codec: 'gzip',
    payload: { file: 'payload.tar.gz', ...written },
    s3: null,
    libraries,
    tree,
    modules,
  });
  const folder = path.join(path.dirname(made.folder), index.digest);
  await mkdir(folder);
  await writeFile(path.join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(path.join(folder, 'payload.tar.gz'), await readFile(archive));

  expect(await run(python, place)).toMatchObject({ ok: [42, 3, 3], stderr: '' });
  const opened = openedFolder(place, { ...made, digest: index.digest });
  expect((await readFile(path.join(opened, 'python/slimtree/data.bin'))).equals(large)).toBe(true);
  await remove(place.root);
});
