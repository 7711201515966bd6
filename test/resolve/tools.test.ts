import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { runTool } from '../../src/resolve/tools.js';
import { Secrets } from '../../src/text/secrets.js';
import { never } from '../never.js';

const shell = { command: 'sh', first: ['-c'] };
const script = 'echo "$TMPDIR"; mkdir "$TMPDIR/pip-install-x"; exec sleep "$0"';

test('a tool works in a temporary folder of its own, which goes with it', async () => {
  const { stdout } = await runTool(shell, [script, '0'], {
    environment: process.env,
    secrets: new Secrets(),
    signal: never,
  });
  expect(stdout).toMatch(/\/slim-[^/]+$/);
  expect(existsSync(stdout)).toBe(false);
});

test('when it is stopped, too', async () => {
  const stop = new AbortController();
  let folder = '';
  const running = runTool(shell, [script, '60'], {
    ...{ environment: process.env, secrets: new Secrets(), signal: stop.signal },
    onOutputLine: (line) => {
      folder = line;
      setTimeout(() => stop.abort(), 200);
    },
  });
  await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  expect(folder).toMatch(/\/slim-[^/]+$/);
  expect(existsSync(folder)).toBe(false);
});
