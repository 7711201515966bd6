// `npm run test:owners`: the tests of packages' owners judge what a build keeps. A package's own tests, and nothing else, are
// added to the kept tree; they run there and on the untouched tree. A test that passes there and fails here is a fault of a
// rule. packages.toml has the packages.
//
//   npm run test:owners                      all that has no result yet; ends with counts
//   npm run test:owners -- --only numpy      one (repeatable), again
//   npm run test:owners -- --fresh           all again
//   npm run test:owners -- --prune aggressive
//   npm run test:owners -- --only toolz --drop 'toolz/sandbox/*'   what a fault looks like
//   npm run test:owners -- --minutes 14      begins no other after so long; the next run goes on
//   npm run test:owners -- --write           measures nothing: writes the results into docs/concepts/owners-tests.md
//
// Results, logs and trees stay in .test-tools/owners/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'smol-toml';
import { measure } from './measure.js';
import { page, row as tableRow, head } from './table.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    fresh: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    prune: { type: 'string', default: 'safe' },
    drop: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
  },
});
const { common, packages } = parse(readFileSync('test/owners/packages.toml', 'utf8'));
const unknown = options.only.find((name) => !Object.hasOwn(packages, name));
if (unknown) throw new Error(`packages.toml has no ${unknown}; it has ${Object.keys(packages).join(', ')}.`);

const folder = path.resolve('.test-tools/owners');
mkdirSync(folder, { recursive: true });
const level = options.prune;
const fileOf = (name) => path.join(folder, `${name}.${level}.json`);
/** A result counts while its row is as it was. */
function known(name) {
  if (!existsSync(fileOf(name))) return null;
  const { row, result } = JSON.parse(readFileSync(fileOf(name), 'utf8'));
  return JSON.stringify(row) === JSON.stringify(packages[name]) ? result : null;
}

if (options.write) {
  const rows = Object.keys(packages).map((name) => [name, known(name)]);
  writeFileSync('docs/concepts/owners-tests.md', page(rows));
  process.exit(0);
}

const began = Date.now();
const isLate = () => options.minutes !== undefined && Date.now() - began > Number(options.minutes) * 60_000;
const totals = { equal: 0, different: 0, broken: 0, left: 0 };
console.log(head());
for (const [name, row] of Object.entries(packages)) {
  if (options.only.length > 0 && !options.only.includes(name)) continue;
  let result = options.fresh || options.only.length > 0 ? null : known(name);
  if (result === null && isLate()) {
    totals.left++;
    continue;
  }
  try {
    result ??= await measure(name, row, { ...common, level, drop: options.drop });
    if (options.drop.length === 0)
      writeFileSync(fileOf(name), `${JSON.stringify({ row, result }, null, 1)}\n`);
  } catch (error) {
    console.log(`${name}: could not be measured: ${error.message}`);
    totals.broken++;
    continue;
  }
  console.log(tableRow(result));
  for (const { node, outcome, said } of result.differences.slice(0, 20))
    console.log(`  ${outcome}: ${node}\n    ${said.trim().split('\n').slice(-6).join('\n    ')}`);
  // A run in which nothing passed says nothing.
  if (result.untouched.passed === 0) totals.broken++;
  else totals[result.differences.length > 0 ? 'different' : 'equal']++;
}
const rest = totals.left > 0 ? `, ${totals.left} left for the next run` : '';
console.log(
  `\n${totals.equal} packages alike, ${totals.different} different, ${totals.broken} not measured${rest}`,
);
process.exitCode = totals.different + totals.broken > 0 ? 1 : 0;
