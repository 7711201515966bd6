// `npm test`: types, lint, build, tools, then every test. Ends with one plain line, "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const only = process.argv[2];
const tools = path.resolve('.test-tools/venv/bin');
const environment = {
  ...process.env,
  PATH: `${process.env.PATH ?? ''}`,
  NODE_OPTIONS: '--experimental-vm-modules',
};

/** @returns {boolean} */
function step(name, command, args, env = process.env) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit', env });
  return status === 0;
}

const checks = [
  ['types', 'tsc', ['-p', 'tsconfig.json']],
  ['lint', 'eslint', ['.']],
  ['format', 'prettier', ['--check', '.']],
  ['build', 'npm', ['run', '--silent', 'build']],
];
let passed = 0;
let failed = 0;
for (const [name, command, args] of checks) {
  if (step(name, command, args)) passed++;
  else failed++;
}

function jest(project, extra = []) {
  const output = path.join(tmpdir(), `lambda-slim-jest-${process.pid}-${project}.json`);
  const env = { ...environment, PATH: `${environment.PATH}${path.delimiter}${tools}` };
  const ok = step(
    `${project} tests`,
    'jest',
    ['--selectProjects', project, '--json', '--outputFile', output, ...extra],
    env,
  );
  try {
    const result = JSON.parse(readFileSync(output, 'utf8'));
    passed += result.numPassedTests;
    failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    if (!ok && result.numFailedTests + result.numRuntimeErrorTestSuites === 0) failed++;
    if (result.numTotalTests === 0) failed++;
  } catch {
    failed++;
  }
  rmSync(output, { force: true });
}

step('tools', 'bash', ['test/setup/tools.sh']);
if (only !== 'real') jest('fast', ['--maxWorkers', '2']);
if (only !== 'fast') jest('real', ['--runInBand']);

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
