// `npm run fuzz`: hostile inputs by the ten thousand, the same ones for the same seed. Every input is refused with a
// sentence or taken; whatever else happens is written down and makes the run fail.
//
//   npm run fuzz                         minutes; needs the network for today's wheels, and Linux to load what was stripped
//   npm run fuzz -- --seed 7             other inputs
//   npm run fuzz -- --only zips          one section
//   npm run fuzz -- --short              seconds: the fixtures only; what CI runs
//
// A failure's input lies in fuzz-failures/. Mend the kind, and put the input into fixtures/ with a test.
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrapReads, documentSections, expected } from './documents.js';
import { fuzzElf, seedsIn } from './elf.js';
import { lastInput, Random } from './random.js';
import { textSections } from './texts.js';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const seed = Number(options.seed);
const scale = options.short ? 1 / 40 : 1;
const python = 'python3';
const repository = path.resolve(import.meta.dirname, '../..');
const failures = path.join(repository, 'fuzz-failures');
const folder = mkdtempSync(path.join(tmpdir(), 'slim-fuzz-'));
// Libraries are loaded by nobody.
chmodSync(folder, 0o755);
/** A run that never ends tells nothing. */
const deadline = Date.now() + (options.short ? 3 : 45) * 60_000;

/** How many cases of each in a whole run. */
const counts = {
  ELF: 60_000,
  zips: 6000,
  RECORD: 40_000,
  METADATA: 20_000,
  'requirement lines': 40_000,
  manifests: 10_000,
  'payload indexes': 20_000,
  'payload indexes, bootstrap': 10_000,
  'config files': 10_000,
  recipes: 10_000,
};
/** Small libraries of all makes: C, C++, Cython, Rust, edited by auditwheel. */
const wheels = [
  'numpy',
  'pillow',
  'lxml',
  'markupsafe',
  'orjson',
  'pydantic-core',
  'regex',
  'psutil',
  'msgpack',
  'greenlet',
  'pyyaml',
  'cffi',
];

let cases = 0;
let failed = 0;

function fail(section, what, input) {
  failed++;
  const bytes = Buffer.from(input);
  const name = `${section.replace(/\W+/g, '-')}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
  mkdirSync(failures, { recursive: true });
  writeFileSync(path.join(failures, name), bytes);
  if (failed <= 20) console.log(`  FAILED ${section}: ${what}\n    fuzz-failures/${name}`);
}

const isWanted = (section) =>
  options.only === undefined || section.toLowerCase().includes(options.only.toLowerCase());

function told(section, done, more = '') {
  cases += done;
  console.log(`${section}: ${done} cases${more}`);
}

/** Wheels of today for this host, unpacked; only the fixtures when there is no network. */
function wheelFolders() {
  if (options.short) return [];
  const place = path.join(folder, 'wheels');
  mkdirSync(place);
  for (const name of wheels) {
    try {
      const args = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        '--only-binary=:all:',
      ];
      execFileSync(python, [...args, '--target', place, name], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      console.log(`  ${name} cannot be had: ${String(error.stderr).trim().split('\n').at(-1)}`);
    }
  }
  return existsSync(place) && readdirSync(place).length > 0 ? [place] : [];
}

async function elf() {
  const count = Math.round(counts.ELF * scale);
  const seeds = seedsIn([path.join(repository, 'fixtures/elf'), ...wheelFolders()]);
  const sample = process.platform === 'linux' && process.arch === 'x64' ? Math.round(1000 * scale) : 0;
  const found = await fuzzElf({
    random: new Random(seed),
    ...{ count, sample, seeds, folder, python, deadline },
    fail: (what, bytes) => fail('ELF', what, bytes),
  });
  const { mutations, ...rest } = found;
  const more = Object.entries(rest).map(([name, number]) => `${number} ${name}`);
  told('ELF', mutations, ` of ${seeds.length} libraries: ${more.join(', ')}`);
}

/** One case after the other; a case that takes seconds is a failure, too. */
async function section(name, one, number) {
  // Each has numbers of its own, so that `--only` gives the same inputs.
  const random = new Random(seed + number * 1_000_003);
  const began = Date.now();
  let done = 0;
  let taken = 0;
  for (; done < Math.round(counts[name] * scale) && Date.now() < deadline; done++) {
    const before = process.cpuUsage();
    try {
      await one(random);
      taken++;
    } catch (error) {
      try {
        expected(error);
      } catch {
        fail(name, `case ${done}: ${error?.stack ?? error}`, lastInput());
      }
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system > 3_000_000) fail(name, `case ${done} took ${(user + system) / 1e6} s`, lastInput());
  }
  told(
    name,
    done,
    `: ${taken} taken, ${done - taken} refused (${((Date.now() - began) / 1000).toFixed(0)} s)`,
  );
}

try {
  console.log(`seed ${seed}${options.short ? ', short' : ''}`);
  if (isWanted('ELF')) await elf();
  const sections = Object.entries({ ...textSections(folder), ...documentSections(folder) });
  for (const [number, [name, one]] of sections.entries())
    if (isWanted(name)) await section(name, one, number + 1);
  const boot = 'payload indexes, bootstrap';
  if (isWanted(boot)) {
    const count = Math.round(counts[boot] * scale);
    for (const [what, text] of bootstrapReads(new Random(seed + 7), count, folder, python))
      fail(boot, what, text);
    told(boot, count);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\nfuzz: ${cases} cases, ${failed} failures`);
process.exitCode = failed === 0 ? 0 : 1;
