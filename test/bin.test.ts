import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { run } from '../src/io/run.js';
import { cli, program } from './cli/helper.js';

test.each(['14.21.3', '18.20.0', '22.14.0'])('Node %s gets one sentence and 2', async (version) => {
  const preload = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const { code, stdout, stderr } = await cli(['--version'], { nodeOptions: ['--import', preload] });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^lambda-slim needs Node 22\.15 or newer; this is [\d.]+\. .*\n$/);
  expect(stderr).toContain(`this is ${version}.`);
});

test.each(['22.15.0', '23.0.0', '24.1.0'])('Node %s is new enough', async (version) => {
  const preload = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const { code } = await cli(['--version'], { nodeOptions: ['--import', preload] });
  expect(code).toBe(0);
});

/** Programs called `node` on PATH that are older than ours needs, where there are any. */
async function oldNodes(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const node = path.join(folder, 'node');
    if (
      folder === '' ||
      !(await access(node, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      continue;
    const { stdout } = await run(node, ['-p', 'parseInt(process.versions.node, 10)']);
    if (Number(stdout) < 22) found.push(node);
  }
  return found;
}

const old = await oldNodes();
(old.length > 0 ? test : test.skip)('a real old Node gets that sentence, too', async () => {
  const { exitCode, stdout, stderr } = await run(old[0] ?? '', [program, 'build']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^lambda-slim needs Node 22\.15 or newer/);
});
