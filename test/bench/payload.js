// Opening a double zip: against zipfile, against the same tree plain on disk, and against serverless-python-requirements.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installPeer, peerVersions } from './peer.js';
import { matchingPython } from './python.js';
import { goalsTable, manifestOf, mb, ours, say, seconds, table, tools } from './shared.js';

const stacks = [
  {
    name: 'torch',
    python: '3.11',
    constraints: 'torch==2.13.0\n',
    args: ['--glibc', '2.34', '--resolver', 'pip'],
    ephemeralStorage: 512,
  },
  { name: 'tensorflow', python: '3.13', constraints: '', args: [], ephemeralStorage: 1024 },
];
/** Of each number; the middle one counts. */
const repetitions = 3;
const memory = '/dev/shm';
/** Lambda's, unzipped, bytes. */
const limit = 262_144_000;
/** Where serverless-python-requirements' bootstrap opens to; it cannot be told another place. */
const peerPlaces = ['/tmp/sls-py-req', '/tmp/_temp-sls-py-req'];

/** @returns the section of BENCHMARKS.md, in Markdown */
export async function benchPayload(work) {
  installPeer(path.join(tools, 'peer'));
  const sections = [];
  const goals = [];
  for (const stack of stacks) {
    const result = await benchStack(stack, path.join(work, stack.name));
    sections.push(result.text);
    goals.push(...result.goals);
  }
  return `## Opening a double zip

Each number is the middle one of ${repetitions}, the variants by turns, with warm caches of files. "Usable" is the whole package: what
the bootstrap leaves plain costs it nothing, the others must extract it. Ready means that \`import app\` of an app in
fixtures/apps has ended, counted from the start of the process. In serverless-python-requirements ${peerVersions['serverless-python-requirements']}'s zip are the
libraries that we kept (its own do not import) without what its \`slim\` removes.

${sections.join('\n')}
${goalsTable(goals)}
`;
}

async function benchStack(stack, work) {
  const { name, ephemeralStorage } = stack;
  const python = matchingPython(stack.python);
  await mkdir(work, { recursive: true });
  const wanted = await readFile(path.resolve('fixtures/stacks', `${name}.txt`), 'utf8');
  await writeFile(path.join(work, 'constraints.txt'), stack.constraints);
  await writeFile(path.join(work, 'requirements.txt'), `-c constraints.txt\n${wanted}`);
  const out = path.join(work, 'out');
  const cache = path.join(work, 'cache');
  const args = [
    ...['-r', path.join(work, 'requirements.txt'), '--python', stack.python, '--interpreter', python],
    ...['--ephemeral-storage', String(ephemeralStorage), ...stack.args],
  ];
  say(`${name}: double zip …`);
  const build = await ours(work, { out, cache, args });
  const manifest = await manifestOf(out);
  const { nesting, ephemeralBytes } = manifest.plan;
  const deflate = await refusal(work, {
    cache,
    args: [...args, '--strategy', 'double-zip', '--codec', 'gzip'],
  });

  say(`${name}: trees and zips of the same files …`);
  const opt = path.join(work, 'opt');
  await mkdir(opt);
  execFileSync('python3', ['-m', 'zipfile', '-e', path.join(out, 'layer.zip'), opt]);
  const site = path.join(opt, 'python');
  const opened = path.join(work, 'opened');
  run(python, ['boot', '1', site, opened]);
  const nested = path.join(opened, 'lambda-slim', nesting.digest);
  const plain = path.join(work, 'plain');
  await cp(site, plain, {
    recursive: true,
    filter: (file) => !path.basename(file).startsWith('lambda_slim_'),
  });
  for (const file of nesting.files) {
    const member = file.way === 'library' ? `lib/${path.basename(file.path)}` : `python/${file.path}`;
    await mkdir(path.dirname(path.join(plain, file.path)), { recursive: true });
    await cp(path.join(nested, member), path.join(plain, file.path));
  }
  const only = path.join(work, 'nested.zip');
  const members = nesting.files.map((file) => file.path).join('\n');
  execFileSync('zip', ['-9', '-q', only, '-@'], { cwd: plain, input: members });
  const whole = path.join(work, 'whole.zip');
  execFileSync('zip', ['-9', '-q', '-r', whole, '.'], { cwd: plain });

  const rows = [];
  const goals = [];
  for (const [place, root] of [
    ['memory', memory],
    ['disk', work],
  ]) {
    for (const cpus of [1, 2]) {
      say(`${name}: opening to ${place}, ${cpus} CPU …`);
      const times = await turns(root, {
        ours: (target) => run(python, ['boot', cpus, site, target]),
        only: (target) => run(python, ['zip', cpus, only, target]),
        whole: (target) => run(python, ['zip', cpus, whole, target]),
      });
      rows.push([`opened to ${place}, ${cpus} CPU`, ...[times.ours, times.only, times.whole].map(seconds)]);
      const most = cpus === 1 ? 1 / 3 : 1 / 6;
      const label = `${name} to ${place}, ${cpus} CPU: until usable, against zipfile of`;
      goals.push([`${label} the whole package`, times.ours / times.whole, most]);
      goals.push([`${label} the nested files alone`, times.ours / times.only, most]);
    }
  }

  const app = path.resolve('fixtures/apps', name);
  const peer = await peerFolder(work, plain);
  const starts = [];
  for (const cpus of [1, 2]) {
    say(`${name}: handler ready, ${cpus} CPU …`);
    const start = (kind, folder) => (target) =>
      run(python, ['ready', cpus, Date.now() / 1000, app, kind, folder], { LAMBDA_SLIM_TMP: target });
    const times = await turns(memory, {
      ours: start('boot', site),
      plain: start('plain', plain),
      peer: start('peer', peer),
    });
    starts.push([`handler ready, ${cpus} CPU`, ...[times.ours, times.plain, times.peer].map(seconds)]);
    goals.push([
      `${name}, ${cpus} CPU: handler ready, against the same tree plain on disk`,
      times.ours / times.plain,
      1.5,
    ]);
    goals.push([
      `${name}, ${cpus} CPU: handler ready, against serverless-python-requirements`,
      times.ours / times.peer,
      0.5,
    ]);
  }
  goals.push([`${name}: peak memory of the build against 400 MB`, build.peak / 400e6, 1]);
  const [onlyBytes, wholeBytes, peerBytes] = await Promise.all(
    [only, whole, path.join(peer, '.requirements.zip')].map(async (file) => (await stat(file)).size),
  );
  return {
    goals,
    text: `### ${name}

${mb(await sizeOf(plain))} of packages; ${mb(ephemeralBytes)} of them nested, ${mb(nesting.payloadBytes)} in the payload. \`zip -9\` of the nested files:
${mb(onlyBytes)}, of all: ${mb(wholeBytes)}. The build took ${seconds(build.seconds)} and ${mb(build.peak)} of memory.

One plain deflate zip of all of it, as the other tools nest it, ${wholeBytes < limit ? 'fits' : `**does not fit** into ${mb(limit)}`}
(without bytecode and metadata: ${mb(peerBytes)}). Our own plan with \`--codec gzip\`: ${deflate}

${table(['', 'lambda-slim', '`zipfile`, nested files', '`zipfile`, whole package'], rows)}

${table(['', 'lambda-slim', 'plain on disk', 'serverless-python-requirements'], starts)}
`,
  };
}

/** What the build says, in one line: that it fits, or by how much it does not. */
async function refusal(work, { cache, args }) {
  const out = path.join(work, 'deflate');
  await ours(work, { out, cache, args, accept: [0, 2] });
  if (existsSync(path.join(out, 'lambda-slim.json'))) {
    const { plan } = await manifestOf(out);
    return `it fits, ${mb(plan.unzippedBytes)} unzipped.`;
  }
  const program = [
    path.resolve('bin/lambda-slim.js'),
    'build',
    work,
    '--out',
    out,
    '--cache-dir',
    cache,
    '--json',
    ...args,
  ];
  try {
    execFileSync(process.execPath, program, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    return `refused. ${JSON.parse(error.stdout).error.message}`;
  }
  throw new Error('the same build was refused and then was not');
}

/** Our zip's files as that tool would ship them: no bytecode, no metadata; its module beside the zip. */
async function peerFolder(work, plain) {
  const folder = path.join(work, 'peer');
  await mkdir(folder);
  const patterns = ['*.pyc', '*/__pycache__/*', '*.dist-info/*'];
  execFileSync('zip', ['-9', '-q', '-r', path.join(folder, '.requirements.zip'), '.', '-x', ...patterns], {
    cwd: plain,
  });
  const module = 'node_modules/serverless-python-requirements/unzip_requirements.py';
  await cp(path.join(tools, 'peer', module), path.join(folder, 'unzip_requirements.py'));
  return folder;
}

function run(python, args, env = {}) {
  const program = ['-S', '-B', path.resolve('test/bench/open.py'), ...args.map(String)];
  const text = execFileSync(python, program, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text.trim().split('\n').at(-1)).seconds;
}

/** Each variant by turns, each into an empty folder below `root`; the middle time of each. */
async function turns(root, variants) {
  const times = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let turn = 0; turn < repetitions; turn++) {
    for (const [name, variant] of Object.entries(variants)) {
      for (const place of peerPlaces) await rm(place, { recursive: true, force: true });
      const target = await mkdtemp(path.join(root, 'lambda-slim-open-'));
      times[name].push(variant(target));
      await rm(target, { recursive: true, force: true });
    }
  }
  const middle = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, middle(list)]));
}

async function sizeOf(folder) {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
  return bytes;
}
