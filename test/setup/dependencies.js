// What is installed with lambda-slim: licences against a list, install scripts (none), known vulnerabilities where the
// registry answers. Reads package-lock.json alone, so it needs no network but for the last.
//
//   node test/setup/dependencies.js            checks; exit code 1 when something is not allowed
//   node test/setup/dependencies.js --write    writes docs/concepts/dependencies.md, too
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const repository = path.resolve(import.meta.dirname, '../..');

/** SPDX identifiers, each with the reason why it may be shipped. */
export const allowed = {
  MIT: 'asks for its notice only',
  ISC: 'asks for its notice only',
  '0BSD': 'asks for nothing',
  'BSD-2-Clause': 'asks for its notice only',
  'BSD-3-Clause': 'asks for its notice only',
  'Apache-2.0': 'asks for its notice, and grants patents',
  'MPL-2.0':
    'binds the files of the package itself, which are used unchanged from the registry; files beside them keep their own licence',
};

/** Every package of the production tree, by name and version. */
export function production(lock) {
  return Object.entries(lock.packages)
    .filter(([place, one]) => place !== '' && one.dev !== true && one.devOptional !== true)
    .map(([place, one]) => ({
      name: one.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: one.version,
      license: one.license,
      hasInstallScript: one.hasInstallScript === true,
      // npm verifies what it downloads by this; a git or a file dependency has none.
      integrity: one.integrity,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** What is not allowed, as sentences. */
export function troubles(lock) {
  const packages = production(lock);
  return [
    ...(packages.length === 0 ? ['package-lock.json names no package.'] : []),
    ...packages
      .filter(({ license }) => !Object.hasOwn(allowed, license ?? ''))
      .map(
        ({ name, version, license }) =>
          `${name} ${version} has the licence ${license ?? 'unknown'}, which is not on the list.`,
      ),
    ...packages
      .filter((one) => one.hasInstallScript)
      .map(({ name, version }) => `${name} ${version} runs a script when it is installed.`),
    ...packages
      .filter((one) => one.integrity === undefined)
      .map(({ name, version }) => `${name} ${version} has no digest in package-lock.json.`),
  ];
}

/** The page of docs/concepts. */
export function page(lock) {
  const packages = production(lock);
  const direct = new Set(Object.keys(lock.packages[''].dependencies));
  const rows = packages.map(
    ({ name, version, license }) =>
      `| \`${name}\` | ${version} | ${license} | ${direct.has(name) ? 'yes' : ''} |`,
  );
  const reasons = Object.entries(allowed)
    .map(([license, reason]) => [license, reason, packages.filter((one) => one.license === license)])
    .filter(([, , these]) => these.length > 0)
    .map(([license, reason, these]) => {
      const some = these.length <= 4 ? ` (${these.map(({ name }) => `\`${name}\``).join(', ')})` : '';
      return `| ${license} | ${these.length}${some} | ${reason} |`;
    });
  return [
    '<!-- Made by "npm run generate" from package-lock.json; a change here is lost. -->',
    '',
    '# Dependencies',
    '',
    `What is installed with lambda-slim: ${direct.size} packages, and ${packages.length - direct.size} that they need. None of them runs a script when it is`,
    'installed; `npm test` checks that, and their licences, from `package-lock.json`.',
    '',
    '| Licence | Packages | Why it may be here |',
    '| --- | --- | --- |',
    ...reasons,
    '',
    '| Package | Version | Licence | Direct |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/**
 * Known vulnerabilities of the production tree.
 * @returns `ok`; `notRun`: why nobody knows, null when the registry answered
 */
async function audit() {
  const env = { ...process.env, npm_config_fund: 'false' };
  const answer = await promisify(execFile)('npm', ['audit', '--omit=dev', '--json'], {
    ...{ cwd: repository, env, timeout: 60_000, maxBuffer: 64 * 2 ** 20 },
  }).catch((error) => error);
  try {
    const { metadata, vulnerabilities, error, message } = JSON.parse(answer.stdout);
    if (metadata?.vulnerabilities?.total === undefined)
      return {
        ok: true,
        notRun: String(error?.summary || message || error?.code || 'the registry has no such service'),
      };
    const names = Object.values(vulnerabilities).map((one) => `${one.name} (${one.severity})`);
    return { ok: metadata.vulnerabilities.total === 0, notRun: null, names };
  } catch {
    return { ok: true, notRun: String(answer.message ?? 'npm audit gave no answer').split('\n')[0] };
  }
}

if (process.argv[1] === import.meta.filename) {
  const lock = JSON.parse(readFileSync(path.join(repository, 'package-lock.json'), 'utf8'));
  if (process.argv.includes('--write'))
    writeFileSync(path.join(repository, 'docs/concepts/dependencies.md'), page(lock));
  const found = troubles(lock);
  for (const one of found) console.log(one);
  console.log(
    `${production(lock).length} packages are shipped; licences and install scripts: ${found.length} not allowed`,
  );
  if (!process.argv.includes('--write')) {
    const { ok, notRun, names = [] } = await audit();
    for (const one of names) console.log(`npm audit: ${one}`);
    console.log(notRun === null ? `npm audit: ${names.length} vulnerable` : `npm audit: NOT RUN: ${notRun}`);
    if (!ok) process.exitCode = 1;
  }
  if (found.length > 0) process.exitCode = 1;
}
