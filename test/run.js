// `npm test`: types, lint, most fast tests and the main path with real wheels. `npm run test:all`: everything.
// `npm run test:all -- --rest`: what `npm test` has not run; its closing line counts both.
// Each part says when it begins, and how it ended. The last line is plain: "N passed, N failed".
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const all = process.argv.includes('all');
const rest = process.argv.includes('--rest');
const tools = path.resolve('.test-tools/venv/bin');
const folder = path.resolve('.test-tools/results');
const countsFile = path.join(folder, 'npm-test.json');
const environment = {
  ...process.env,
  // Last: a test that needs a tool's absence makes its own PATH.
  PATH: `${process.env.PATH ?? ''}${path.delimiter}${tools}`,
  NODE_OPTIONS: '--experimental-vm-modules',
};
const began = Date.now();

/** Run a program to its end. @returns {Promise<{ ok: boolean, output: string }>} its output when it was asked for */
function run(command, args, { env = process.env, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit', env });
    let output = '';
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** Each is one test; as many at once as there are processors, and only the output of what failed is shown. */
async function checks() {
  const jobs = [
    ['types', 'npm', ['run', '--silent', 'typecheck']],
    ['lint', 'eslint', ['.']],
    ['format', 'prettier', ['--check', '.']],
    ['build', 'npm', ['run', '--silent', 'build']],
    ['dependencies', 'node', ['test/setup/dependencies.js']],
  ];
  const counts = { passed: 0, failed: 0 };
  const worker = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const [name, command, args] = job;
      const { ok, output } = await run(command, args, { quiet: true });
      if (!ok) process.stdout.write(output);
      console.log(`   ${name}: ${ok ? 'passed' : 'FAILED'}`);
      for (const line of output.split('\n').filter((one) => one.includes('NOT RUN')))
        console.log(`     ${line}`);
      counts[ok ? 'passed' : 'failed']++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  return counts;
}

async function jest(project, extra, name = project) {
  mkdirSync(folder, { recursive: true });
  const output = path.join(folder, `${name}.json`);
  rmSync(output, { force: true });
  const { ok } = await run(
    'jest',
    ['--selectProjects', project, '--json', '--outputFile', output, ...extra],
    {
      env: environment,
    },
  );
  if (!existsSync(output)) return { passed: 0, failed: 1 };
  const result = JSON.parse(readFileSync(output, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  // A run that ends red without a red test, or without any test, is red.
  const unexplained = (!ok && failed === 0) || result.numTotalTests === 0 ? 1 : 0;
  return { passed: result.numPassedTests, failed: failed + unexplained };
}

/** Five thousand hostile inputs, always the same ones; `npm run fuzz` has more. */
async function fuzz() {
  const { ok, output } = await run('node', ['test/fuzz/run.js', '--short'], { quiet: true });
  if (!ok) process.stdout.write(output);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

/** Each command killed some times, full disks, two at once. It looks into /proc. */
async function soak() {
  if (process.platform !== 'linux') {
    console.log('   not run: it needs Linux');
    return { passed: 0, failed: 0 };
  }
  const { ok, output } = await run('npm', ['run', '--silent', 'soak', '--', '--short'], { quiet: true });
  if (!ok) process.stdout.write(output);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

async function setUp(which) {
  await run('bash', ['test/setup/tools.sh', which]);
  return { passed: 0, failed: 0 };
}

/**
 * Of the fast tests, those that try a thing in every way: they are most of the time, and the others fail first where
 * something is broken. A newcomer waits for an answer; `npm run test:all` runs them, too.
 */
const thorough = [
  'boot/(?:doors|refuse|space|store|writer)',
  'check/measure-hostile',
  'cli/(?:check|confine|double-zip|explain-findings|interrupt|offline|options|output|secrets|secrets-http|secrets-told|usage)',
  'comments',
  'docs/(?:examples|lines)',
  'models/pythons',
  'pack/payload/payload',
  'publish/publish-transcript',
  'resolve/(?:indexes|offline)',
  'resolve/host/(?:host|source-wheels)',
  'resolve/inputs/(?:build-places|download|nested|projects-elsewhere)',
].map((name) => `test/${name}\\.test\\.ts$`);

const quick = [
  ['types, lint, format, build', 'about a minute', checks],
  ['tools for the tests', 'half a minute at the first time', () => setUp('main')],
  [
    'fast tests',
    'about 4 minutes',
    () => jest('fast', ['--maxWorkers', '2', '--testPathIgnorePatterns', '/test/real/', ...thorough]),
  ],
  ['hostile inputs, a short fuzz', 'some seconds', fuzz],
  ['the main path with real wheels', 'about 2 minutes', () => jest('main', ['--runInBand'])],
];
const more = [
  ['tools for all tests', 'about 3 minutes at the first time', () => setUp('all')],
  ['thorough tests', 'about 6 minutes', () => jest('fast', ['--maxWorkers', '2', ...thorough], 'thorough')],
  ['bad days, a short soak', 'about 2 minutes', soak],
  // Two at once: much of each is one process, or waiting. They share caches that are made for it.
  ['real tests: stacks, engines, servers, S3', 'about 25 minutes', () => jest('real', ['--maxWorkers', '2'])],
];
const parts = rest ? more : all ? [...quick, ...more] : quick;

const total =
  rest && existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : { passed: 0, failed: 0 };
const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`;
for (const [index, [name, about, part]] of parts.entries()) {
  console.log(`\n== ${index + 1}/${parts.length} ${name} (${about})`);
  const started = Date.now();
  const { passed, failed } = await part();
  total.passed += passed;
  total.failed += failed;
  const counted = passed + failed === 0 ? 'ready' : `${passed} passed, ${failed} failed`;
  console.log(`-- ${name}: ${counted}, ${seconds(started)}; ${seconds(began)} so far`);
}
if (!all) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(countsFile, JSON.stringify(total));
}
if (!all && total.failed === 0) console.log('\nThe larger stacks, containers and S3: npm run test:all');
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
