// What the parts of the bench share: running our own build, and writing tables.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { measured } from './measured.js';

const cli = path.resolve('bin/lambda-slim.js');
/** Tools that test/setup/tools.sh installs. */
export const tools = path.resolve('.test-tools');

export const say = (text) => console.log(text);
export const seconds = (value) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const mb = (value) => `${(value / 1e6).toFixed(1)} MB`;

/**
 * One run of our `build` in `work`.
 * @returns {Promise<{seconds: number, peak: number}>} `peak`: bytes, of the Node process alone
 */
export async function ours(work, { out, cache, args, accept = [0] }) {
  const peakFile = path.join(work, 'peak');
  const program = [
    ...['--import', path.resolve('test/bench/peak.js'), cli, 'build', work],
    ...['--out', out, '--cache-dir', cache, '--quiet', ...args],
  ];
  const PATH = `${process.env.PATH}${path.delimiter}${path.join(tools, 'venv', 'bin')}`;
  const run = await measured(process.execPath, program, { env: { PATH, BENCH_PEAK_FILE: peakFile }, accept });
  return { ...run, peak: Number(await readFile(peakFile, 'utf8')) };
}

export const manifestOf = async (out) =>
  JSON.parse(await readFile(path.join(out, 'lambda-slim.json'), 'utf8'));

export const table = (head, body) =>
  [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** @param {readonly (readonly [name: string, measured: number, most: number | null])[]} goals ratios, smaller is better */
export const goalsTable = (goals) =>
  table(
    ['ratio', 'measured', 'to reach', ''],
    goals.map(([name, value, goal]) => [
      name,
      value.toFixed(3),
      goal === null ? '' : `≤ ${goal.toFixed(3)}`,
      goal === null ? '' : value <= goal ? 'reached' : '**missed**',
    ]),
  );
