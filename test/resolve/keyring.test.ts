/** What a keyring answers to a tool is known to the run. */
import { chmod, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { runTool } from '../../src/resolve/tools.js';
import { Secrets } from '../../src/text/secrets.js';
import { never } from '../never.js';
import { environment } from './helper.js';

/** A keyring, and a tool that asks it and tells everybody. */
async function programs(answer: string): Promise<{ readonly PATH: string; readonly tool: string }> {
  const place = path.join(await mkdtemp(path.join(tmpdir(), 'slim-keyring-')), "it's here");
  await mkdir(place);
  const script = async (name: string, text: string): Promise<void> => {
    await writeFile(path.join(place, name), `#!/bin/sh\n${text}\n`);
    await chmod(path.join(place, name), 0o755);
  };
  await script('keyring', `[ "$1 $2" = "get host" ] || { echo nothing >&2; exit 1; }\nprintf '${answer}'`);
  await script('tool', 'keyring get other || echo "code $?"\necho "got <$(keyring get host)>"; exit 1');
  return { PATH: `${place}:${environment['PATH'] ?? ''}`, tool: path.join(place, 'tool') };
}

test.each([
  ['Zq7-hidden-pw\\n', 'got <****>'],
  ['jdoe\\nZq7-hidden-pw\\n', 'got <jdoe'],
])('%j', async (answer, expected) => {
  const { PATH, tool } = await programs(answer);
  const secrets = new Secrets();
  const before = await readdir(tmpdir());
  const notes: string[] = [];
  const note = (text: string): unknown => notes.push(text);
  const options = { environment: { ...environment, PATH }, secrets, signal: never, note };
  const result = await runTool({ command: tool, first: [] }, [], options);
  expect(result.stdout).toContain('code 1');
  expect(result.stdout).toContain('Zq7-hidden-pw');
  expect(notes.join('\n')).toContain(expected);
  expect(secrets.hide(result.stdout)).not.toMatch(/Zq7/);
  expect(notes.join('\n')).not.toMatch(/Zq7/);
  // Others run beside us: the folders of this process only.
  const ours = new RegExp(`^slim-[0-9a-f]{8}-${process.pid}-`);
  const left = (await readdir(tmpdir())).filter((name) => ours.test(name) && !before.includes(name));
  expect(left).toEqual([]);
});
