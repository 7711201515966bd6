import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { exists, isFolder, isTaken } from '../../src/io/exists.js';
import { scratch } from '../pack/helpers.js';

const place = await scratch()();
await mkdir(path.join(place, 'folder'));
await writeFile(path.join(place, 'file'), '');
await symlink('folder', path.join(place, 'to-folder'));
await symlink('file', path.join(place, 'to-file'));
await symlink('nothing', path.join(place, 'to-nothing'));
await symlink('circle', path.join(place, 'circle'));

test.each([
  ['folder', [true, true, true]],
  ['file', [true, true, false]],
  ['to-folder', [true, true, true]],
  ['to-file', [true, true, false]],
  ['to-nothing', [false, true, false]],
  ['circle', [false, true, false]],
  ['nothing', [false, false, false]],
  ['file/below', [false, false, false]],
])('%s: there, taken, a folder: %j', async (name, expected) => {
  const at = path.join(place, name);
  expect([await exists(at), await isTaken(at), await isFolder(at)]).toEqual(expected);
});
