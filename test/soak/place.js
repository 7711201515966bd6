// A user's project in a folder of its own, and what must be as it was after whatever happened.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

export const repository = path.resolve(import.meta.dirname, '../..');
const program = path.join(repository, 'bin/lambda-slim.js');

/** Every process of the run has this path in its environment, its command line or its mounts. */
export const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'slim-soak-')));
export const project = path.join(root, 'my prøject');
export const temporary = path.join(root, 'tmp');
export const cache = path.join(root, 'cache');
export const out = path.join(project, '.lambda-slim');

/** Bytes of the same noise for the same name. */
export function noise(name, bytes) {
  const blocks = [];
  for (let size = 0, number = 0; size < bytes; size += 32, number++)
    blocks.push(createHash('sha256').update(`${name}${number}`).digest());
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** Distributions as an installer leaves them: sources, tests, data, shared objects with debug sections, a dependency. */
export function makeProject() {
  const site = path.join(project, 'site');
  const fixture = (name) => readFileSync(path.join(repository, 'fixtures', name));
  install(site, 'alpha', ['beta'], {
    'alpha/__init__.py': 'import beta\nfrom . import part0\n',
    ...Object.fromEntries(
      Array.from({ length: 60 }, (_, number) => [
        `alpha/part${number}.py`,
        `value = ${number}\n${'def f(x):\n    """Text."""\n    return x + value\n'.repeat(20)}`,
      ]),
    ),
    'alpha/tests/test_alpha.py': 'import alpha\n',
  });
  install(site, 'beta', [], {
    'beta/__init__.py':
      'import ctypes, os\nnative = os.path.join(os.path.dirname(__file__), "libbase.so.1")\nctypes.CDLL(native)\n',
    'beta/libbase.so.1': fixture('boot/libbase.so.1'),
    'beta/data.bin': noise('data', 6_000_000),
    'beta/more.bin': noise('more', 3_000_000),
    'beta/empty.txt': '',
  });
  for (const name of ['plain.so', 'module.so', 'patched.so', 'appended.so'])
    writeFileSync(path.join(site, 'beta', name), fixture(`elf/${name}`));
  writeFileSync(path.join(project, 'notes.txt'), 'Mine.\n');
  mkdirSync(path.join(project, 'code'));
  writeFileSync(
    path.join(project, 'code', 'app.py'),
    'import alpha\ndef handler(event, context):\n    return 1\n',
  );
  for (const folder of [temporary, cache]) mkdirSync(folder, { recursive: true });
}

function install(site, name, requires, files) {
  const info = `${name}-1.0.dist-info`;
  const all = {
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n${requires.map((one) => `Requires-Dist: ${one}\n`).join('')}`,
  };
  all[`${info}/RECORD`] = [...Object.keys(all), `${info}/RECORD`].map((one) => `${one},,\n`).join('');
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(site, file)), { recursive: true });
    writeFileSync(path.join(site, file), content);
  }
}

export const removeAll = () => rmSync(root, { recursive: true, force: true });

/** How this machine reaches an index, from which the runtime client comes: proxies and certificates. */
const route =
  /^(?:(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|PIP_CERT|UV_(?:SYSTEM_CERTS|NATIVE_TLS))$/i;

/** Nothing else of the machine's own settings reaches the program. */
export const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => route.test(name))),
  PATH: process.env.PATH ?? '',
  HOME: root,
  TMPDIR: temporary,
  LAMBDA_SLIM_CACHE_DIR: cache,
  LANG: 'C.UTF-8',
};

/**
 * Run `lambda-slim` to its end, or until it gets a signal.
 * @param kill `{ signal, after }` in ms, or undefined
 * @returns `code`, `signal`, `stdout`, `stderr`, `ms`, and `sent`: ms from the signal to the end, null when it had ended before
 */
export function run(args, { kill, env = {}, cwd = project, command = [process.execPath, program] } = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command[0], [...command.slice(1), ...args], {
      cwd,
      env: { ...environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    let sentAt = null;
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
    const timer =
      kill === undefined
        ? null
        : globalThis.setTimeout(() => {
            if (child.kill(kill.signal)) sentAt = performance.now();
          }, kill.after);
    // A program that never ends is a failure that says what it did last.
    const deadline = globalThis.setTimeout(() => child.kill('SIGKILL'), 180_000);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const now = performance.now();
      globalThis.clearTimeout(timer);
      globalThis.clearTimeout(deadline);
      // What it started may hold its pipes for a moment longer; `leftProcesses` asks for that.
      const result = { ...{ code, signal, ms: now - began, sent: sentAt === null ? null : now - sentAt } };
      void Promise.race([new Promise((closed) => child.on('close', closed)), setTimeout(3000)]).then(() =>
        resolve({ ...result, ...said }),
      );
    });
  });
}

/** Every path below a folder with what it is; `times`: with the time of its last change. */
export function treeOf(folder, { times = true, without = () => false } = {}) {
  const rows = new Map();
  if (!existsSync(folder)) return rows;
  const facts = (name, full) => {
    const { mode, size, mtimeMs } = lstatSync(full);
    const what =
      (mode & 0o170000) === 0o120000
        ? readlinkSync(full)
        : (mode & 0o170000) === 0o100000
          ? hashOf(full)
          : '';
    rows.set(
      name,
      [mode.toString(8), what === '' ? '' : size, times && what !== '' ? mtimeMs : '', what].join(' '),
    );
  };
  facts('.', folder);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const full = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, full);
    if (!without(name)) facts(name, full);
  }
  return rows;
}

const hashOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The first difference, as words; null when there is none. */
export function difference(before, after) {
  for (const [name, facts] of before) {
    if (!after.has(name)) return `${name} is gone`;
    if (after.get(name) !== facts) return `${name} was ${facts}, is ${after.get(name)}`;
  }
  for (const name of after.keys()) if (!before.has(name)) return `${name} is new`;
  return null;
}

/**
 * The artifacts of an output folder, when it is whole.
 * @returns their digests as one text; `none` when there is no folder
 * @throws Error saying what is half
 */
export function wholeOutput(folder) {
  if (!existsSync(folder)) return 'none';
  const names = new Set(readdirSync(folder));
  if (names.size === 0) return 'none';
  // What an output folder has besides: git leaves it out, and `verify` remembers what it measured.
  for (const name of ['.gitignore', 'verification.json']) names.delete(name);
  if (!names.delete('lambda-slim.json')) throw new Error(`${[...names].join(', ')} without a manifest`);
  const { artifacts } = JSON.parse(readFileSync(path.join(folder, 'lambda-slim.json'), 'utf8'));
  const digests = artifacts.map(({ file, sha256, zippedBytes }) => {
    if (!names.delete(file)) throw new Error(`${file} is not there`);
    const found = hashOf(path.join(folder, file));
    if (found !== sha256)
      throw new Error(
        `${file} has ${lstatSync(path.join(folder, file)).size} bytes of ${zippedBytes}, and another digest`,
      );
    return `${file} ${sha256}`;
  });
  if (names.size > 0) throw new Error(`${[...names].join(', ')} beside the artifacts`);
  return digests.join('\n');
}

/** Processes that have the run's folder in their environment, command line or mounts, but for this one. */
function processes() {
  const found = [];
  for (const pid of readdirSync('/proc').filter((one) => /^\d+$/.test(one) && Number(one) !== process.pid)) {
    const reads = (name) => {
      try {
        return readFileSync(`/proc/${pid}/${name}`, 'utf8');
      } catch {
        return '';
      }
    };
    const isOurs = [reads('cmdline'), reads('environ'), boundFrom(reads('mountinfo'))].some((one) =>
      one.includes(root),
    );
    // The server that stands for S3 is this run's own.
    if (isOurs && !reads('cmdline').includes('moto_server') && !/^State:\sZ/m.test(reads('status')))
      found.push({ pid: Number(pid), command: reads('cmdline').replaceAll('\0', ' ').slice(0, 150) });
  }
  return found;
}

/** What its mounts show of other places: never a full disk's, which others may see, too. */
const boundFrom = (mounts) =>
  mounts
    .split('\n')
    .map((line) => line.split(' ')[3] ?? '')
    .join('\n');

/** What is still running some seconds after the program has ended, and how long the last took. */
export async function leftProcesses(patience = 5000) {
  const began = performance.now();
  for (;;) {
    const left = processes();
    const ms = performance.now() - began;
    if (left.length === 0 || ms > patience) {
      return { left: left.map((one) => `${one.pid} ${one.command}`), ms };
    }
    await setTimeout(50);
  }
}

/** Mounts in the run's folder. */
export const leftMounts = () =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
    .filter((at) => at.startsWith(root));

/** Temporary folders and half-made things, by name. */
export function leftFiles(folder = project) {
  const work = path.join(cache, 'v1', 'work');
  const below = (place) =>
    existsSync(place) ? readdirSync(place).map((name) => path.join(place, name)) : [];
  const isDraft = (full) => path.basename(full).startsWith('.lambda-slim-');
  return [
    ...below(temporary),
    ...below(work),
    ...below(folder).filter(isDraft),
    ...below(out).filter(isDraft),
  ];
}
