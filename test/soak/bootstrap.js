// Kills of the bootstrap at random moments, from its own package and from S3, and an S3 that fails.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { s3Clients } from '../../dist/aws/clients.js';
import { uploadPayload } from '../../dist/aws/upload.js';
import { silent } from '../../dist/progress.js';
import { makePackage, makePlace, pythons, readIndex, run } from '../boot/helper.ts';
import { startS3 } from '../real/s3-server.ts';
import { difference, leftProcesses, repository, treeOf } from './place.js';
import { count, fail, listed, notRun, told, totals } from './tally.js';

const code =
  'import sys, slimmed\ndef handler():\n    import hashlib, os\n' +
  '    with open(os.path.join(os.path.dirname(slimmed.__file__), "data.bin"), "rb") as file:\n' +
  '        return hashlib.sha256(file.read()).hexdigest()\n';

/** A tree of many files and a large one. */
const contents = (name, bytes) => ({
  files: [
    { path: `python/${name}/__init__.py`, text: `name = "${name}"\n` },
    { path: `python/${name}/data.bin`, random: bytes },
    ...Array.from({ length: 150 }, (_, number) => ({
      path: `python/${name}/part${number}/__init__.py`,
      text: `value = ${number}\n`,
    })),
    { path: `python/${name}/alias.bin`, link: 'data.bin' },
  ],
  tree: { folders: [name], links: [] },
  modules: [name],
  frameBytes: 1_000_000,
});

const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' };
const bucket = 'payloads';

async function packageOf(bytes) {
  const place = await makePlace(code);
  const made = await makePackage(place.layer, contents('slimmed', bytes));
  return { place, made };
}

/** A server, and a package whose payload lies in it only; null when there is no server. */
async function fromS3() {
  const boto = path.join(repository, '.test-tools/aws/lib');
  const version = existsSync(boto) ? readdirSync(boto).find((name) => name.startsWith('python')) : undefined;
  if (version === undefined) return null;
  const s3 = await startS3();
  const { place, made } = await packageOf(8_000_000);
  const clients = await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct });
  await clients(null).send(new CreateBucketCommand({ Bucket: bucket }));
  const { payload } = await readIndex(made);
  const { uploaded, ...address } = await uploadPayload({
    ...{ file: made.payload, bytes: payload.bytes, sha256: payload.sha256, clients, progress: silent },
    address: { bucket, prefix: 'some/where' },
    signal: new globalThis.AbortController().signal,
  });
  if (!uploaded) throw new Error('the payload was not sent');
  rmSync(made.payload);
  await writeFile(made.index, JSON.stringify({ ...(await readIndex(made)), s3: address }));
  const env = {
    ...keys,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: place.root,
    LAMBDA_RUNTIME_DIR: path.join(boto, version, 'site-packages'),
  };
  // That botocore is for the Python that it was installed with, and newer ones.
  const minor = (text) => Number(text.split('.')[1]);
  return { s3, place, made, env, versions: pythons.filter(([one]) => minor(one) >= minor(version)) };
}

const openedFolder = ({ tmp }, { digest }) => path.join(tmp, 'lambda-slim', digest);
const kept = ({ tmp }) => {
  const folder = path.join(tmp, 'lambda-slim');
  return existsSync(folder) ? readdirSync(folder) : [];
};

/** Start the function's Python, and kill it. Whether it was still running. */
async function kill(python, place, env, signal, after) {
  const boot = path.join(repository, 'test/setup/boot_runtime.py');
  const child = spawn(python, ['-B', boot, place.task, place.layer], {
    stdio: 'ignore',
    env: {
      ...{ PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', _HANDLER: 'app.handler' },
      ...{ LAMBDA_TASK_ROOT: place.task, LAMBDA_SLIM_TMP: place.tmp, ...env },
    },
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await Promise.race([setTimeout(after), ended]);
  const was = child.exitCode === null && child.signalCode === null && child.kill(signal);
  await ended;
  return was;
}

/** One package: kills, and now and then a run that is left alone. */
async function killOne(section, random, times, { place, made, env = {}, versions = pythons }) {
  const user = () => new Map([...treeOf(place.task), ...treeOf(place.layer)]);
  const before = user();
  const opened = openedFolder(place, made);
  const first = await run(versions[0][1], place, { env });
  if (first.ok === undefined) throw new Error(`the bootstrap fails: ${JSON.stringify(first)}`);
  const whole = treeOf(opened, { times: false });
  const longest = {};
  for (const [version, python] of versions) {
    rmSync(place.tmp, { recursive: true, force: true });
    const began = performance.now();
    await run(python, place, { env });
    longest[version] = performance.now() - began;
  }
  const seen = { signals: {}, states: {}, drafts: 0, clean: 0 };
  for (let done = 0; done < times; done++) {
    const [version, python] = random.pick(versions);
    if (!random.chance(10)) rmSync(opened, { recursive: true, force: true });
    const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT']);
    const after = (random.number(10_000) / 10_000) * longest[version] * 1.05;
    const what = `Python ${version} [${signal} after ${after.toFixed(0)} ms]`;
    if (await kill(python, place, env, signal, after)) {
      count(seen.signals, signal);
      totals.kills++;
    } else count(seen.signals, 'had ended before');
    const drafts = kept(place).filter((name) => name.endsWith('.part')).length;
    seen.drafts = Math.max(seen.drafts, drafts);
    if (existsSync(opened)) {
      const half = difference(whole, treeOf(opened, { times: false }));
      if (half === null) count(seen.states, 'opened and whole');
      else {
        totals.half++;
        fail(section, `${what}: the opened folder is not whole: ${half}`);
        rmSync(opened, { recursive: true, force: true });
      }
    } else count(seen.states, 'not opened');
    if (done % 8 === 7 || done === times - 1) {
      const answer = await run(random.pick(versions)[1], place, { env });
      seen.clean++;
      totals.runs++;
      const rest = kept(place).filter((name) => name !== made.digest && name !== `${made.digest}.lock`);
      if (answer.ok !== first.ok || answer.stderr !== '')
        fail(section, `${what}: the next run: ${JSON.stringify(answer)}`);
      if (rest.length > 0) fail(section, `${what}: left after the next run: ${rest.join(', ')}`);
      const changed = difference(before, user()) ?? difference(whole, treeOf(opened, { times: false }));
      if (changed !== null) fail(section, `${what}: ${changed}`);
    }
  }
  const { left } = await leftProcesses();
  if (left.length > 0) fail(section, `still running: ${left.join('; ')}`);
  told(
    `${section}: ${listed(seen.signals)}; then ${listed(seen.states)}; at most ${seen.drafts} drafts at once, ` +
      `none after any of ${seen.clean} runs that were left alone; Python ${versions.map(([version]) => version).join(', ')}`,
  );
}

export async function killBootstraps(random, times) {
  await killOne('bootstrap', random, Math.ceil(times * 0.75), await packageOf(24_000_000));
  const remote = await fromS3();
  if (remote === null) {
    notRun('bootstrap from S3', 'moto is not installed: bash test/setup/tools.sh');
    return;
  }
  try {
    await killOne('bootstrap from S3', random, Math.floor(times * 0.25), remote);
  } finally {
    await remote.s3.stop();
  }
}

const faults = {
  cut: 'cut',
  'half a range': 'short',
  'another byte': 'flip',
  'the whole object': 'whole',
  'a larger object': 'lie',
  'no answer': 'lost',
  slow: 'slow',
  SlowDown: { status: 503, code: 'SlowDown' },
  403: { status: 403, code: 'AccessDenied' },
  404: { status: 404, code: 'NoSuchKey' },
  500: { status: 500, code: 'InternalError' },
};

/** For a part of the requests, or for all of them. */
export async function s3Faults(random, times) {
  const section = 's3 faults';
  const remote = await fromS3();
  if (remote === null) {
    notRun(section, 'moto is not installed: bash test/setup/tools.sh');
    return;
  }
  const { s3, place, made, env, versions } = remote;
  const seen = {};
  let slowest = 0;
  try {
    const sound = await run(versions[0][1], place, { env });
    for (let done = 0; done < times; done++) {
      const name = random.pick(Object.keys(faults));
      const [version, python] = random.pick(versions);
      const many = random.pick([1, 1, 2, 3, 1000]);
      const skip = random.pick([0, 0, 0, 1, 2]);
      rmSync(place.tmp, { recursive: true, force: true });
      let asked = 0;
      s3.breakWith(({ method }) =>
        method === 'GET' && ++asked > skip && asked <= skip + many ? faults[name] : null,
      );
      const began = performance.now();
      const answer = await run(python, place, { env });
      slowest = Math.max(slowest, performance.now() - began);
      const what = `${name}, ${many} requests from the ${skip + 1}th, Python ${version}`;
      const rest = kept(place).filter((one) => one !== `${made.digest}.lock`);
      if (answer.ok !== undefined) {
        count(seen, s3.faults() === 0 ? 'opened, nothing asked in time' : 'healed');
        if (answer.ok !== sound.ok || rest.join() !== made.digest)
          fail(section, `${what}: opened ${answer.ok}, ${rest}`);
      } else {
        count(seen, 'named');
        const isNamed = answer.error === 'LambdaSlimError' && answer.text?.includes(bucket);
        if (!isNamed || rest.length > 0) fail(section, `${what}: ${JSON.stringify(answer)}, left ${rest}`);
      }
      s3.breakWith();
      const next = await run(python, place, { env });
      totals.runs++;
      if (next.ok !== sound.ok) fail(section, `${what}: the next run: ${JSON.stringify(next)}`);
    }
  } finally {
    await s3.stop();
  }
  told(
    `${section}: ${times} openings: ${listed(seen)}; the slowest ${(slowest / 1000).toFixed(1)} s; the next run opened each`,
  );
}
