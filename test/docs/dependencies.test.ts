/** docs/concepts/dependencies.md is what package-lock.json holds, and the check of it turns red. */
import { expect, test } from '@jest/globals';
import { run } from '../program.js';
import { read } from './documents.js';

const good = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' };

/** The check's own words about a lock with this package beside a good one; null: with none. */
async function troubles(one: Readonly<Record<string, unknown>> | null): Promise<readonly string[]> {
  const lock = {
    packages: {
      '': {},
      ...(one === null ? {} : { 'node_modules/good': good, 'node_modules/@some/one': one }),
    },
  };
  const script = `import { troubles } from './test/setup/dependencies.js'; console.log(JSON.stringify(troubles(${JSON.stringify(lock)})));`;
  const { stdout } = await run('node', ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout) as readonly string[];
}

const rows: readonly (readonly [string, Readonly<Record<string, unknown>> | null, readonly string[]])[] = [
  ['what is fine', good, []],
  ['a licence of the list with a reason', { ...good, license: 'MPL-2.0' }, []],
  ['a tool of ours with any licence', { ...good, license: 'GPL-3.0', dev: true, hasInstallScript: true }, []],
  ['another licence', { ...good, license: 'GPL-3.0' }, ['@some/one 1.0.0 has the licence GPL-3.0, which']],
  ['a name of every object', { ...good, license: 'toString' }, ['@some/one 1.0.0 has the licence toString']],
  ['no licence', { ...good, license: undefined }, ['@some/one 1.0.0 has the licence unknown']],
  ['an install script', { ...good, hasInstallScript: true }, ['@some/one 1.0.0 runs a script when']],
  ['one without a digest', { ...good, integrity: undefined }, ['@some/one 1.0.0 has no digest']],
  ['nothing at all', null, ['package-lock.json names no package']],
];
test.each(rows)('%s', async (_, one, wanted) => {
  const found = await troubles(one);
  expect(found).toEqual(wanted.map((text) => expect.stringContaining(text)));
});

test('the page is up to date (if not: npm run generate)', async () => {
  const script =
    "import { page } from './test/setup/dependencies.js'; import { readFileSync } from 'node:fs';" +
    "console.log(page(JSON.parse(readFileSync('package-lock.json', 'utf8'))));";
  const { stdout } = await run('node', ['--input-type=module', '--eval', script]);
  // Tables are aligned afterwards.
  const plain = (text: string): string => text.replace(/ +/g, ' ').replace(/-+/g, '-').trim();
  expect(plain(read('docs/concepts/dependencies.md'))).toBe(plain(stdout));
});
