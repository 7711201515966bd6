// One package: its untouched tree, what a build keeps of it, and its owner's tests on both.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Buffer } from 'node:buffer';
import { clearTimeout, setTimeout } from 'node:timers';
import picomatch from 'picomatch';
import { fetch } from 'undici';
import { matchingPython } from '../bench/python.js';

const tools = path.resolve('.test-tools');
const uv = path.join(tools, 'venv/bin/uv');
const cli = path.resolve('bin/lambda-slim.js');
const plugin = path.resolve('test/owners');

/** What comes back to the kept tree: a package's tests, with what only these read. */
const ownTests = ['**/{test,tests}/**', '**/conftest.py'];

/** A program's end. Its output goes into `log`. @throws Error with the end of the log, unless its exit code is accepted */
async function run(command, args, { log, accept = [0], timeout = 0, ...settings }) {
  const file = createWriteStream(log, { flags: 'a' });
  const child = spawn(command, args, { ...settings, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const stop = () => process.kill(-child.pid, 'SIGKILL');
  let cut = false;
  const late = () => {
    cut = true;
    stop();
  };
  const timer = timeout > 0 ? setTimeout(late, timeout) : undefined;
  // In a group of its own: tests start programs, and all of them end with us.
  const end = () => {
    stop();
    process.exit(143);
  };
  process.once('SIGTERM', end);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  clearTimeout(timer);
  process.off('SIGTERM', end);
  await new Promise((resolve) => file.end(resolve));
  // Half of the tests would be taken for all of them.
  if (cut) throw new Error(`${path.basename(command)} was cut after ${timeout / 60_000} minutes.`);
  if (accept !== null && !accept.includes(code))
    throw new Error(
      `${path.basename(command)} ${args[0]} ended with ${code}: ${readFileSync(log, 'utf8').slice(-1500)}`,
    );
  return code;
}

/** uv's folder of packages; made once for each list. */
async function install(folder, python, requirements, log, more = []) {
  const made = path.join(folder, '.made.json');
  const wanted = JSON.stringify([requirements, more]);
  if (existsSync(made) && readFileSync(made, 'utf8') === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  const args = ['pip', 'install', '--quiet', '--no-config', '--python', python, '--target', folder, ...more];
  await run(uv, [...args, ...requirements], { log });
  rmSync(path.join(folder, '.lock'), { force: true });
  writeFileSync(made, wanted);
}

/** A project's source archive, by its index's own page (PEP 691): nothing of it is built or run, as pip would. */
async function fetchSource(folder, project, version) {
  const index = (process.env.UV_DEFAULT_INDEX ?? 'https://pypi.org/simple').replace(/\/$/, '');
  const page = `${index}/${project.toLowerCase().replace(/[-_.]+/g, '-')}/`;
  const answer = await fetch(page, { headers: { accept: 'application/vnd.pypi.simple.v1+json' } });
  if (!answer.ok) throw new Error(`${page} answered ${answer.status}.`);
  const { files } = await answer.json();
  const found = files.find(({ filename }) => filename.endsWith(`-${version}.tar.gz`));
  if (!found) throw new Error(`${page} has no source archive of ${version}.`);
  const archive = path.join(folder, found.filename);
  const bytes = await fetch(new URL(found.url, page));
  if (!bytes.ok) throw new Error(`${found.url} answered ${bytes.status}.`);
  writeFileSync(archive, Buffer.from(await bytes.arrayBuffer()));
  return archive;
}

/** The tests of a source archive, in a folder of their own. */
async function unpackSource(work, python, name, { version, source }, log) {
  const folder = path.join(work, 'source');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const archive = await fetchSource(folder, source.name ?? name, version);
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (sha256 !== source.sha256)
    throw new Error(`${path.basename(archive)} has sha256 ${sha256}, not ${source.sha256}.`);
  const code = 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter="data")';
  await run(python, ['-c', code, archive, folder], { log });
  const root = archive.replace(/\.tar\.gz$/, '');
  const suite = path.join(work, 'suite');
  rmSync(suite, { recursive: true, force: true });
  // Only these: the package itself must come from the tree.
  for (const one of source.take) cpSync(path.join(root, one), path.join(suite, one), { recursive: true });
  return suite;
}

/** Files of the untouched tree that match come back to the kept one. */
function addTests(untouched, kept, globs) {
  const matches = picomatch(globs, { dot: true });
  let added = 0;
  for (const entry of readdirSync(untouched, { recursive: true, withFileTypes: true })) {
    const name = path.relative(untouched, path.join(entry.parentPath, entry.name));
    if (!entry.isFile() || !matches(name) || existsSync(path.join(kept, name))) continue;
    cpSync(path.join(untouched, name), path.join(kept, name));
    added++;
  }
  return added;
}

/** Node → [outcome, what was said]: the last word on each counts, and a failure is never forgotten. */
function readOutcomes(file) {
  const outcomes = new Map();
  if (!existsSync(file)) return outcomes;
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const [node, outcome, said] = JSON.parse(line);
    if (outcomes.get(node)?.[0] !== 'failed') outcomes.set(node, [outcome, said]);
  }
  return outcomes;
}

export function countsOf(outcomes) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [outcome] of outcomes.values()) counts[outcome]++;
  return counts;
}

/** @returns {Promise<Map>} outcomes of the owner's tests on a tree */
async function runTests(bench, tree, label, only) {
  const { work, row, python, suite, log, toolFolder } = bench;
  const file = path.join(work, `outcomes-${label}.jsonl`);
  rmSync(file, { force: true });
  const home = path.join(work, `home-${label}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const config = path.join(work, 'pytest.ini');
  writeFileSync(config, `[pytest]\n${(row.ini ?? []).join('\n')}\n`);
  const root = suite ?? tree;
  const args = [
    '-m',
    'pytest',
    '-p',
    'outcomes',
    '-c',
    suite && row.config ? path.join(suite, row.config) : config,
  ];
  args.push(
    '--rootdir',
    root,
    '-p',
    'no:cacheprovider',
    '-q',
    '--tb=short',
    '--continue-on-collection-errors',
    '-o',
    'addopts=',
    '--timeout',
    '120',
  );
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: home,
    MPLBACKEND: 'Agg',
    PYTHONHASHSEED: '0',
    PYTHONPATH: [tree, plugin, toolFolder].join(path.delimiter),
    // Trees are not written, and the second look at a tree need not compile.
    PYTHONPYCACHEPREFIX: path.join(work, `pycache-${label.replace('again-', '')}`),
    OWNERS_OUTCOMES: file,
    ...(only ? { OWNERS_ONLY: only } : {}),
    ...row.env,
  };
  const where = suite ?? home;
  const timeout = (row.minutes ?? 25) * 60_000;
  const own = row.args.map((one) => one.replace('{tree}', tree));
  await run(python, ['-P', ...args, ...own], { log, cwd: where, env, accept: null, timeout });
  return readOutcomes(file);
}

/** Tests that pass on the untouched tree and not on the kept one, twice in a row. */
async function differencesOf(bench, trees, first) {
  const better = (untouched, kept) =>
    [...untouched].filter(([node, [outcome]]) => outcome === 'passed' && kept.get(node)?.[0] !== 'passed');
  const suspects = better(first.untouched, first.kept).map(([node]) => node);
  if (suspects.length === 0) return [];
  const only = path.join(bench.work, 'only.json');
  writeFileSync(only, JSON.stringify(suspects));
  const untouched = await runTests(bench, trees.untouched, 'again-untouched', only);
  const kept = await runTests(bench, trees.kept, 'again-kept', only);
  return better(untouched, kept).map(([node]) => {
    const [outcome, said] = kept.get(node) ?? first.kept.get(node) ?? ['not found', ''];
    return { node, outcome, said: said.slice(-1200) };
  });
}

/**
 * @param {object} row of packages.toml
 * @param {{ python: string, tests: readonly string[], level: string, drop: readonly string[] }} common Python's version, pytest and its plugins, --prune, --drop
 * @returns what `run.js` prints and keeps
 */
export async function measure(name, row, { python: version, tests, level, drop }) {
  const began = Date.now();
  const work = path.join(tools, 'owners', `${name}-${row.version}`);
  mkdirSync(work, { recursive: true });
  const log = path.join(work, 'log.txt');
  rmSync(log, { force: true });
  const found = matchingPython(version);
  // Without what this machine's Python has installed.
  await run(uv, ['venv', '--quiet', '--no-config', '--clear', '--python', found, path.join(work, 'venv')], {
    log,
  });
  const python = path.join(work, 'venv/bin/python');
  const untouched = path.join(work, 'untouched');
  const requirements = [`${row.package ?? name}==${row.version}`, ...(row.requires ?? [])];
  await install(untouched, python, requirements, log, ['--only-binary', ':all:']);
  const toolFolder = path.join(work, 'tools');
  await install(
    toolFolder,
    python,
    [...tests, ...(row.with ?? [])],
    log,
    row.noDependencies ? ['--no-deps'] : [],
  );

  const out = path.join(work, 'out');
  const line = [
    'build',
    '--from',
    untouched,
    '--python',
    version,
    '--interpreter',
    python,
    '--format',
    'directory',
  ];
  line.push(
    '--out',
    out,
    '--cache-dir',
    path.join(tools, 'cache'),
    '--pyc',
    'none',
    '--prune',
    level,
    '--quiet',
    ...drop.flatMap((glob) => ['--drop', glob]),
  );
  await run(process.execPath, [cli, ...line], { log, cwd: work, accept: [0, 1] });
  const manifest = JSON.parse(readFileSync(path.join(out, 'lambda-slim.json'), 'utf8'));
  const kept = path.join(work, 'kept');
  rmSync(kept, { recursive: true, force: true });
  cpSync(path.join(out, manifest.artifacts.find(({ kind }) => kind === 'directory').file), kept, {
    recursive: true,
  });
  const suite = row.source ? await unpackSource(work, python, name, row, log) : null;
  const added = addTests(untouched, kept, row.tests ?? ownTests);

  const bench = { work, row, python, suite, log, toolFolder };
  const trees = { untouched, kept };
  const first = {
    untouched: await runTests(bench, untouched, 'untouched'),
    kept: await runTests(bench, kept, 'kept'),
  };
  const differences = await differencesOf(bench, trees, first);
  const known = (node) =>
    (row.known ?? []).find(({ nodes }) => picomatch(nodes, { dot: true, bash: true })(node));
  return {
    package: row.package ?? name,
    version: row.version,
    on: new Date().toISOString().slice(0, 10),
    python: version,
    level,
    bytes: { untouched: manifest.sizes.raw, kept: manifest.sizes.stripped },
    added,
    untouched: countsOf(first.untouched),
    kept: countsOf(first.kept),
    differences: differences.filter(({ node }) => !known(node)),
    known: differences.flatMap(({ node }) => (known(node) ? [{ node, because: known(node).because }] : [])),
    seconds: Math.round((Date.now() - began) / 1000),
  };
}
