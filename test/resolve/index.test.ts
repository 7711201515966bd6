import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { engine as backend } from './engine.js';
import { contextFor, environment, failure, offline, project } from './helper.js';

/** A folder with a `docker` that answers, has no image, and cannot fetch one. */
async function dockerWithoutImages(): Promise<string> {
  const place = await mkdtemp(path.join(tmpdir(), 'slim-docker-'));
  const info = JSON.stringify({ ServerVersion: '28.1.0', ClientInfo: {}, SecurityOptions: [] });
  const file = path.join(place, 'docker');
  await writeFile(
    file,
    `#!/bin/sh\ncase "$1" in info) echo '${info}'; exit 0;; pull) echo 'dial tcp: no such host' >&2;; esac\nexit 1\n`,
  );
  await chmod(file, 0o755);
  return place;
}

test('why no wheel fits is still said when the image to compile it in cannot be fetched', async () => {
  const tagged = backend['backend.py'].replaceAll('py3-none-any', 'cp311-cp311-linux_x86_64');
  const folder = await project({
    'requirements.txt': `${offline}./engine\n`,
    'engine/backend.py': tagged,
    'engine/pyproject.toml': backend['pyproject.toml'],
  });
  const context = await contextFor({
    environment: { ...environment, PATH: `${await dockerWithoutImages()}:${environment['PATH'] ?? ''}` },
  });
  const error = await failure(folder, { resolver: 'auto' }, context);
  expect(error.code).toBe('no-wheel');
  expect(error.message).toMatch(/"\.\/engine" has compiled parts/);
  expect(error.hint).toMatch(/A container was tried: docker cannot get the image \S+ for linux\/amd64\./);
  expect(error.details).toContain('dial tcp: no such host');
});
