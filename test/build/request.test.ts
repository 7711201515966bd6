import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readRequest } from '../../src/build/request.js';

test.each([
  ['https://example.org/r.txt', 'on the web is not followed.', 'Download https://example.org/r.txt, read it'],
  ['reqs', 'reqs is a folder.', 'requirements.txt, pyproject.toml or a lock'],
  ['setup.py', "setup.py is setuptools' own file.", 'Write "." on a line'],
  ['environment.yml', "environment.yml is conda's file, which is not read.", 'pip list --format=freeze'],
  ['conda-linux.yaml', "conda-linux.yaml is conda's file, which is not read.", 'pip list --format=freeze'],
  ['Pipfile', 'Pipfile names no exact versions.', 'name Pipfile.lock'],
  ['gone.txt', 'gone.txt is not there.', 'must be an existing file'],
])('-r %s: what it is, and what to name instead', async (given, sentence, hint) => {
  const cwd = await mkdtemp(path.join(tmpdir(), 'slim-request-'));
  await mkdir(path.join(cwd, 'reqs'));
  for (const name of ['setup.py', 'environment.yml', 'conda-linux.yaml', 'Pipfile'])
    await writeFile(path.join(cwd, name), 'name: x\n');
  const flags = { requirements: [given] };
  await expect(readRequest({ flags, environment: {}, cwd, folder: '.' })).rejects.toMatchObject({
    message: expect.stringContaining(sentence),
    hint: expect.stringContaining(hint),
  });
});
