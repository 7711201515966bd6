// Kills of `build`, `verify` and `publish-layer` at random moments.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { pythons } from '../boot/helper.ts';
import { startFakeAws } from '../fake-aws/server.ts';
import {
  cache,
  difference,
  leftFiles,
  leftMounts,
  leftProcesses,
  out,
  project,
  run,
  treeOf,
  wholeOutput,
} from './place.js';
import { count, fail, listed, notRun, told, totals } from './tally.js';

/** A signal that can be caught ends everything within this: the issue of a busy machine is not the program's. */
const patience = 5000;

export const builds = {
  plain: ['--pyc', 'none'],
  bytecode: ['--pyc', 'all'],
  payload: ['--strategy', 'double-zip', '--codec', 'gzip', '--level', '1', '--pyc', 'none'],
  function: ['--code', 'code', '--pyc', 'none'],
};
const [version, python] = pythons.at(-1);
const forPython = ['--python', version, '--interpreter', python];
export const verifyLine = ['verify', '--quiet', '--interpreter', python];
export const buildLine = (name, more = []) => [
  ...['build', '--from', 'site', '--quiet', ...forPython],
  ...builds[name],
  ...more,
];

/** Without bubblewrap the kernel's namespaces are used alone. */
export const withoutBubblewrap = (PATH) =>
  PATH.split(path.delimiter)
    .filter((folder) => !['/usr/bin', '/bin'].includes(folder))
    .join(path.delimiter);

const isOutput = (name) => name === '.lambda-slim' || name.startsWith('.lambda-slim/');
export const mine = () =>
  treeOf(project, { without: (name) => isOutput(name) || name.startsWith('.lambda-slim-') });

/** Artifacts of each build, and how many ms one takes from nothing and with a cache. */
export async function reference() {
  const found = {};
  for (const name of Object.keys(builds)) {
    rmSync(out, { recursive: true, force: true });
    rmSync(cache, { recursive: true, force: true });
    const cold = await run(buildLine(name));
    if (cold.code !== 0) throw new Error(`build ${name}: exit ${cold.code}\n${cold.stderr}${cold.stdout}`);
    const whole = wholeOutput(out);
    rmSync(out, { recursive: true, force: true });
    const warm = await run(buildLine(name));
    if (wholeOutput(out) !== whole) fail('build', `two builds of ${name} differ`);
    found[name] = { whole, cold: cold.ms, warm: warm.ms };
  }
  return found;
}

const signals = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'];

/**
 * Run and kill, and look at what is left at once.
 * @param more `env`, `longest`: ms that the program takes when nobody kills it
 */
async function killed(section, random, args, { env, longest }, seen) {
  const signal = random.pick(signals);
  // A busy machine is slower than it was when this was measured.
  const after = (random.number(10_000) / 10_000) * longest * 1.4;
  const result = await run(args, { env, kill: { signal, after } });
  const what = `${args.join(' ')} [${signal} after ${after.toFixed(0)} ms]`;
  if (result.sent === null) count(seen.signals, 'had ended before');
  else {
    count(seen.signals, signal);
    totals.kills++;
  }
  const { left, ms } = await leftProcesses();
  seen.processes = Math.max(seen.processes, ms);
  if (left.length > 0) fail(section, `${what}: still running: ${left.join('; ')}`);
  const mounts = leftMounts();
  if (mounts.length > 0) fail(section, `${what}: still mounted: ${mounts.join(', ')}`);
  const graceful = result.sent !== null && signal !== 'SIGKILL' && result.signal === null;
  if (graceful) {
    seen.slowest = Math.max(seen.slowest, result.sent);
    if (result.sent > patience) fail(section, `${what}: went on for ${result.sent.toFixed(0)} ms`);
    const files = leftFiles();
    if (files.length > 0) fail(section, `${what}: left ${files.join(', ')}\n${result.stderr}`);
  }
  // 130 by our own handler, by the signal before there is one, or it was done.
  const fine = [0, 130].includes(result.code) || result.signal === signal;
  if (!fine) fail(section, `${what}: exit ${result.code ?? result.signal}: ${result.stderr.slice(-800)}`);
  return { ...result, what, graceful };
}

const begun = () => ({ signals: {}, states: {}, processes: 0, slowest: 0, clean: 0 });

function ended(section, { signals: sent, states, processes, slowest, clean }) {
  told(
    `${section}: ${listed(sent)}; then ${listed(states)}; ${clean} runs after them, all with the same bytes; ` +
      `slowest end after SIGTERM or SIGINT ${(slowest / 1000).toFixed(1)} s, of what it had started ${(processes / 1000).toFixed(1)} s`,
  );
}

/** What a clean run must say and leave. */
function cleanRun(section, result, seen, before) {
  seen.clean++;
  totals.runs++;
  if (result.code !== 0)
    fail(section, `the next run: exit ${result.code}: ${result.stderr}${result.stdout.slice(-500)}`);
  const files = leftFiles();
  if (files.length > 0) fail(section, `left after the next run: ${files.join(', ')}`);
  const changed = difference(before, mine());
  if (changed !== null) fail(section, `of the user's: ${changed}`);
}

export async function killBuilds(random, times, known) {
  const section = 'build';
  const seen = begun();
  const before = mine();
  const names = Object.keys(builds);
  rmSync(out, { recursive: true, force: true });
  let old = 'none';
  for (let done = 0; done < times; done++) {
    const name = random.pick(names);
    const cold = random.chance(3);
    if (cold) rmSync(cache, { recursive: true, force: true });
    const bare = random.chance(4);
    const more = random.chance(6) ? ['--no-cache'] : [];
    const env = bare ? { PATH: withoutBubblewrap(process.env.PATH) } : {};
    const longest = cold || more.length > 0 ? known[name].cold : known[name].warm;
    const { what } = await killed(section, random, buildLine(name, more), { env, longest }, seen);
    try {
      const now = wholeOutput(out);
      const is = now === known[name].whole && now !== old ? 'new' : now === old ? 'old' : 'something else';
      count(seen.states, `${is} and whole`);
      if (is === 'something else')
        fail(section, `${what}: the output is neither the old one nor the new one: ${now}`);
      old = now;
    } catch (error) {
      totals.half++;
      fail(section, `${what}: half an output: ${error.message}`);
      rmSync(out, { recursive: true, force: true });
      old = 'none';
    }
    const changed = difference(before, mine());
    if (changed !== null) fail(section, `${what}: of the user's: ${changed}`);
    if (done % 4 === 3 || done === times - 1) {
      const next = random.pick(names);
      cleanRun(section, await run(buildLine(next)), seen, before);
      old = wholeOutput(out);
      if (old !== known[next].whole) fail(section, `after ${what}: other bytes: ${old}`);
    }
  }
  ended(section, seen);
}

/** What was built; `verify` remembers beside it what it measured. */
const built = () => treeOf(out, { without: (name) => name === 'verification.json' });

export async function killVerifies(random, times) {
  const section = 'verify';
  const seen = begun();
  const before = mine();
  const whole = {};
  const line = [...verifyLine, '--sandbox'];
  for (const name of ['payload', 'bytecode']) {
    await run(buildLine(name));
    whole.tree = built();
    const took = {};
    for (const sandbox of ['bubblewrap', 'unshare']) {
      const first = await run([...line, sandbox]);
      if (first.code === 0) took[sandbox] = first.ms;
      else notRun(`verify in ${sandbox}`, first.stderr.trim().split('\n')[0]);
    }
    const ways = Object.keys(took);
    for (let done = 0; done < times / 2 && ways.length > 0; done++) {
      const sandbox = random.pick(ways);
      if (random.chance(3)) rmSync(cache, { recursive: true, force: true });
      const { what } = await killed(section, random, [...line, sandbox], { longest: took[sandbox] }, seen);
      const changed = difference(whole.tree, built()) ?? difference(before, mine());
      if (changed !== null) fail(section, `${what}: ${changed}`);
      else count(seen.states, 'nothing changed');
      // What SIGKILL left is the next run's to remove, so there is one after the last, too.
      if (done % 4 === 3 || done + 1 >= times / 2)
        cleanRun(section, await run([...line, sandbox]), seen, before);
    }
  }
  ended(section, seen);
}

const region = 'eu-central-1';
export const awsEnvironment = {
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

export async function killPublications(random, times, known) {
  const section = 'publish-layer';
  const seen = begun();
  const before = mine();
  await run(buildLine('plain'));
  const tree = treeOf(out);
  const digest = known.plain.whole.split(' ').at(-1);
  const aws = await startFakeAws();
  const bucket = aws.s3.make('shelf', region);
  const env = awsEnvironment;
  try {
    let longest = 0;
    let leftUploads = 0;
    for (let round = 0, done = 0; done < times; round++) {
      const through = round % 2 === 0 ? ['--bucket', 'shelf', '--prefix', `round-${round}`] : [];
      const line = [
        'publish-layer',
        '--json',
        '--endpoint-url',
        aws.endpoint,
        '--name',
        `layer-${round}`,
        ...through,
      ];
      if (longest === 0) longest = (await run([...line.slice(0, 5), 'first', ...through], { env })).ms;
      for (let left = 1 + random.number(6); left > 0 && done < times; left--, done++) {
        bucket.unfinished.clear();
        const { what, graceful } = await killed(section, random, line, { env, longest }, seen);
        const changed = difference(tree, treeOf(out)) ?? difference(before, mine());
        if (changed !== null) fail(section, `${what}: ${changed}`);
        leftUploads += bucket.unfinished.size;
        if (graceful && bucket.unfinished.size > 0)
          fail(section, `${what}: left ${bucket.unfinished.size} uploads that are billed`);
        checkAws(section, what, aws, bucket, digest, seen);
      }
      const result = await run(line, { env });
      cleanRun(section, result, seen, before);
      const versions = aws.lambda.versions(region, `layer-${round}`);
      if (versions.length !== 1)
        fail(section, `layer-${round} has ${versions.length} versions of the same content`);
    }
    told(
      `publish-layer: ${leftUploads} uploads in parts left by SIGKILL, which nobody can clean up but the bucket's own rule`,
    );
  } finally {
    await aws.stop();
  }
  ended(section, seen);
}

/** What is at AWS is whole. */
function checkAws(section, what, aws, bucket, digest, seen) {
  const hex = (base64) => globalThis.Buffer.from(base64, 'base64').toString('hex');
  let whole = true;
  for (const { versions } of aws.lambda.layers.values())
    for (const { sha256 } of versions) whole &&= hex(sha256) === digest;
  for (const [key, { content }] of bucket.objects)
    whole &&= content.length > 0 && key.includes(digest.slice(0, 16));
  if (!whole) {
    totals.half++;
    fail(section, `${what}: something at AWS is not whole: ${[...bucket.objects.keys()].join(', ')}`);
  } else count(seen.states, 'whole at AWS');
}
