// Two of everything at once.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { startFakeAws } from '../fake-aws/server.ts';
import { cache, difference, leftFiles, leftProcesses, out, root, run, wholeOutput } from './place.js';
import { awsEnvironment, buildLine, mine, verifyLine } from './programs.js';
import { count, fail, listed, told, totals } from './tally.js';

const other = path.join(root, 'other');
const cold = () => rmSync(cache, { recursive: true, force: true });

/** Each gives its two commands; `fits` says whether the outputs are as they must be. */
const pairs = {
  'two builds into one output': (known) => ({
    first: buildLine('plain'),
    second: buildLine('bytecode'),
    fits: () => [known.plain.whole, known.bytecode.whole].includes(wholeOutput(out)),
  }),
  'the same build twice into one output': (known) => ({
    before: cold,
    first: buildLine('plain'),
    second: buildLine('plain'),
    fits: () => wholeOutput(out) === known.plain.whole,
  }),
  'two builds with one empty cache': (known) => ({
    before: cold,
    first: buildLine('payload'),
    second: buildLine('payload', ['--out', other]),
    fits: () => wholeOutput(out) === known.payload.whole && wholeOutput(other) === known.payload.whole,
  }),
  'a build beside cache prune': (known) => ({
    before: cold,
    first: buildLine('bytecode'),
    second: ['cache', 'prune', '--cache-limit', '1kB'],
    again: true,
    fits: () => wholeOutput(out) === known.bytecode.whole,
  }),
  'a build beside cache clean': (known) => ({
    first: buildLine('function'),
    second: ['cache', 'clean'],
    again: true,
    fits: () => wholeOutput(out) === known.function.whole,
  }),
  'two verifies': (known) => ({
    prepare: buildLine('payload'),
    before: cold,
    first: verifyLine,
    second: verifyLine,
    fits: () => wholeOutput(out) === known.payload.whole,
  }),
  'verify beside a build': (known) => ({
    prepare: buildLine('plain'),
    first: verifyLine,
    second: buildLine('bytecode'),
    // It may see an artifact go away, and say so.
    codes: [0, 1, 2],
    fits: () => wholeOutput(out) === known.bytecode.whole,
  }),
};

export async function twoAtOnce(random, times, known) {
  const section = 'two at once';
  const seen = {};
  const before = mine();
  for (let round = 0; round < times; round++) {
    for (const [name, make] of Object.entries(pairs)) {
      const { prepare, before: ready, first, second, again = false, codes = [0], fits } = make(known);
      for (const place of [out, other]) rmSync(place, { recursive: true, force: true });
      if (prepare !== undefined) await run(prepare);
      ready?.();
      const late = new Promise((resolve) => globalThis.setTimeout(resolve, random.number(600)));
      let going = true;
      const beside = async () => {
        await late;
        let result = await run(second);
        while (again && going && result.code === 0) result = await run(second);
        return result;
      };
      const one = run(first).finally(() => (going = false));
      const [a, b] = await Promise.all([one, beside()]);
      totals.runs += 2;
      for (const result of [a, b])
        if (!codes.includes(result.code)) {
          const refused = result.code === 2 && name.includes('into one output');
          if (refused) count(seen, 'refused');
          else fail(section, `${name}: exit ${result.code ?? result.signal}: ${result.stderr.slice(-1500)}`);
        }
      try {
        if (!fits()) fail(section, `${name}: other bytes: ${wholeOutput(out)}`);
      } catch (error) {
        totals.half++;
        fail(section, `${name}: half an output: ${error.message}`);
      }
      count(seen, name);
      const rest = [...leftFiles(), ...(await leftProcesses()).left];
      if (rest.length > 0) fail(section, `${name}: left ${rest.join('; ')}`);
      const changed = difference(before, mine());
      if (changed !== null) fail(section, `${name}: of the user's: ${changed}`);
    }
    await twoPublications(section, round, seen);
  }
  told(`${section}: ${listed(seen)}`);
}

async function twoPublications(section, round, seen) {
  const aws = await startFakeAws();
  try {
    aws.s3.make('shelf', awsEnvironment.AWS_REGION);
    const line = [
      'publish-layer',
      '--json',
      '--endpoint-url',
      aws.endpoint,
      '--name',
      'both',
      '--bucket',
      'shelf',
    ];
    await run(buildLine('plain'));
    const results = await Promise.all([
      run(line, { env: awsEnvironment }),
      run(line, { env: awsEnvironment }),
    ]);
    for (const { code, stderr, stdout } of results)
      if (code !== 0) fail(section, `two publications: exit ${code}: ${stderr}${stdout.slice(-500)}`);
    count(seen, 'two publications');
  } finally {
    await aws.stop();
  }
}
