// `npm run soak`: bad days. The program is killed, its disks are full, two of it run at once, S3 fails; after each, nothing of
// the user's has changed, outputs are whole, nothing is left behind, and the next run makes the same bytes.
//
//   npm run soak                         half an hour; ends with counts
//   npm run soak -- --seed 7             other moments
//   npm run soak -- --only bootstrap     one section
//   npm run soak -- --short              a minute or two; what CI runs
//
// Linux only: it looks into /proc. Moments are random, so a seed gives the same order of attacks and not the same result.
import { parseArgs } from 'node:util';
import { Random } from '../fuzz/random.js';
import { killBootstraps, s3Faults } from './bootstrap.js';
import { fullDisks } from './disks.js';
import { twoAtOnce } from './pairs.js';
import { leftFiles, leftMounts, leftProcesses, makeProject, removeAll, root } from './place.js';
import { killBuilds, killPublications, killVerifies, reference } from './programs.js';
import { fail, failures, told, totals } from './tally.js';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const seed = Number(options.seed);

/** How many of each in a whole run and in a short one. */
const counts = {
  build: [110, 3],
  verify: [70, 2],
  'publish-layer': [70, 2],
  bootstrap: [1000, 10],
  's3 faults': [60, 3],
  'full disks': [24, 2],
  'two at once': [3, 1],
};

const sections = {
  build: killBuilds,
  verify: killVerifies,
  'publish-layer': killPublications,
  bootstrap: killBootstraps,
  's3 faults': s3Faults,
  'full disks': fullDisks,
  'two at once': twoAtOnce,
};

/** Helpers of the tests make their folders there, too. */
process.env.TMPDIR = root;
const began = Date.now();
try {
  console.log(`seed ${seed}${options.short ? ', short' : ''}`);
  makeProject();
  const known = await reference();
  for (const [number, [name, section]] of Object.entries(sections).entries()) {
    if (options.only !== undefined && !name.includes(options.only)) continue;
    // Each has numbers of its own, so that `--only` attacks in the same order.
    const random = new Random(seed + number * 1_000_003);
    try {
      await section(random, counts[name][options.short ? 1 : 0], known);
    } catch (error) {
      fail(name, `ended early: ${error.stack}`);
    }
  }
  const { left } = await leftProcesses();
  const rest = [...left, ...leftMounts(), ...leftFiles()];
  if (rest.length > 0) fail('the end', `left: ${rest.join('; ')}`);
} finally {
  removeAll();
}
told(
  `\nsoak: ${totals.kills} kills, ${totals.half} left half-written; ${totals.runs} runs after them; ` +
    `${failures()} failures; ${totals.notRun} not run; ${Math.round((Date.now() - began) / 1000)} s`,
);
process.exitCode = failures() === 0 ? 0 : 1;
