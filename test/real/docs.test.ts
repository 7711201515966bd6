/** The `verify` lines that documents show, in a sandbox of this machine. */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { makeScene, needOf, runLine, shown } from '../docs/scene.js';

jest.setTimeout(600_000);

let scene = '';
beforeAll(async () => {
  scene = await makeScene();
});

describe('shown, and run in a sandbox', () => {
  const lines = [...new Set(shown.map(({ line }) => line))].filter((line) => needOf(line) === 'a sandbox');

  test('there are some', () => {
    expect(lines.length).toBeGreaterThan(3);
  });

  test.each(lines)('%s', async (line) => {
    const { code, stdout, stderr } = await runLine(scene, line);
    expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
  });
});
