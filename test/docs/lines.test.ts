/** Every command line that a document shows in an `sh` block runs, where it needs neither AWS nor an engine. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { playFile } from '../cli/transcript.js';
import { allBlocks } from './documents.js';
import { copyOf, makeScene, needOf, runLine, shown } from './scene.js';

const lines = [...new Set(shown.map(({ line }) => line))];
let scene = '';
beforeAll(async () => {
  scene = await makeScene();
}, 120_000);

describe('shown, and run', () => {
  test.each(lines.filter((line) => needOf(line) === null))(
    '%s',
    async (line) => {
      const { code, stderr } = await runLine(scene, line);
      expect({ code: code === 1 ? 0 : code, stderr: code === 2 || code === 3 ? stderr : '' }).toEqual({
        code: 0,
        stderr: '',
      });
    },
    60_000,
  );

  test('most of them are', () => {
    expect(lines.filter((line) => needOf(line) === null).length).toBeGreaterThan(20);
  });
});

const played = allBlocks.filter(({ language, remark }) => language === 'console' && remark === 'run');

test.each([...new Set(played.map(({ document }) => document))])(
  '%s shows what is printed',
  async (document) => {
    const { wanted, found } = await playFile(document, { cwd: await copyOf(scene) });
    expect(found).toBe(wanted);
  },
);

test('a console block is run, or says why not', () => {
  const silent = allBlocks.filter(
    ({ language, remark }) => language === 'console' && !/^(?:not run: \S|run$)/.test(remark),
  );
  expect(silent).toEqual([]);
});
