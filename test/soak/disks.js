// Full disks: a small file system in memory for the output, the cache and temporary files, then a large one.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cache, difference, out, project, root, run, temporary, wholeOutput } from './place.js';
import { buildLine, mine } from './programs.js';
import { count, fail, listed, notRun, told, totals } from './tally.js';

const mount = (place, size) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=0755,${size}`, 'none', place], { stdio: 'pipe' });
const enlarge = (place) =>
  execFileSync('mount', ['-o', 'remount,size=500m,nr_inodes=100k', place], { stdio: 'pipe' });
const unmount = (place) => execFileSync('umount', ['-l', place], { stdio: 'pipe' });

/** Each: where the small disk is, and how the program is told. */
const places = {
  'the output itself': { at: out, args: [] },
  "the output's parent": {
    at: path.join(root, 'small'),
    args: ['--out', path.join(root, 'small', 'out')],
    out: path.join(root, 'small', 'out'),
  },
  'the cache': { at: cache, args: [], cold: true },
  'temporary files': { at: temporary, args: ['--no-cache'] },
};

export async function fullDisks(random, times, known) {
  const section = 'full disks';
  const seen = {};
  const before = mine();
  try {
    mkdirSync(places["the output's parent"].at, { recursive: true });
    mount(places["the output's parent"].at, 'size=64k');
    unmount(places["the output's parent"].at);
  } catch {
    notRun(section, 'this user may not mount a file system; as root, or: unshare -rm npm run soak');
    return;
  }
  const names = Object.keys(places);
  for (let done = 0; done < times; done++) {
    const where = names[done % names.length];
    const { at, args, out: output = out } = places[where];
    const build = random.pick(['plain', 'bytecode', 'payload']);
    // From nothing at all to more than enough; sometimes the room for names ends first.
    const size = random.chance(5)
      ? `size=64m,nr_inodes=${3 + random.number(120)}`
      : `size=${Math.ceil(16 * 1.6 ** (random.number(1500) / 100))}k`;
    for (const place of [output, cache, at]) rmSync(place, { recursive: true, force: true });
    for (const place of [at, cache]) mkdirSync(place, { recursive: true });
    const what = `${build}, ${where} with ${size}`;
    mount(at, size);
    try {
      const result = await run(buildLine(build, args));
      const named =
        result.code === 2 && /\((?:disk-full|cache-unwritable|output-unwritable)\)/.test(result.stderr);
      if (result.code === 0) count(seen, 'had room');
      else if (named) count(seen, `${/\(([\w-]+)\)\s*$/.exec(result.stderr)?.[1] ?? '?'}`);
      else fail(section, `${what}: exit ${result.code}: ${result.stderr.slice(-1500)}`);
      try {
        const now = wholeOutput(output);
        if (now !== (result.code === 0 ? known[build].whole : 'none'))
          fail(section, `${what}: output ${now}`);
      } catch (error) {
        totals.half++;
        fail(section, `${what}: half an output: ${error.message}`);
      }
      const drafts = [...readdirSync(at), ...readdirSync(project)].filter((one) =>
        one.startsWith('.lambda-slim-'),
      );
      if (drafts.length > 0) fail(section, `${what}: left ${drafts.join(', ')}`);
      enlarge(at);
      const next = await run(buildLine(build, args));
      totals.runs++;
      if (next.code !== 0) fail(section, `${what}: with room: exit ${next.code}: ${next.stderr}`);
      else if (wholeOutput(output) !== known[build].whole) fail(section, `${what}: with room: other bytes`);
      const changed = difference(before, mine());
      if (changed !== null) fail(section, `${what}: of the user's: ${changed}`);
    } finally {
      unmount(at);
    }
  }
  for (const { at } of Object.values(places)) mkdirSync(at, { recursive: true });
  rmSync(out, { recursive: true, force: true });
  rmSync(path.join(root, 'small'), { recursive: true, force: true });
  told(`${section}: ${times} builds: ${listed(seen)}; each next one with room made the same bytes`);
}
