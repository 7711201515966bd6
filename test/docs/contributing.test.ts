/** CONTRIBUTING.md tells of the house as it is: its floors, pure folders and doors, and files that are there. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import { read } from './documents.js';

interface House {
  readonly floors: readonly (readonly string[])[];
  readonly pureFolders: readonly string[];
  readonly doors: readonly { readonly name: string; readonly allow: readonly string[] }[];
}

const script = "import * as house from './test/setup/lint/house.js'; console.log(JSON.stringify(house));";
const { stdout } = await run('node', ['--input-type=module', '--eval', script]);
const house = JSON.parse(stdout) as House;
const text = read('CONTRIBUTING.md');

/** Names in backticks. */
const names = (some: string): readonly string[] =>
  [...some.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** The cells of a table whose first column has this head. */
function table(head: string): readonly (readonly string[])[] {
  const [, after = ''] = text.split(new RegExp(`^\\| ${head} .*\\n\\| -.*\\n`, 'm'));
  const lines = after.split('\n');
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) => row.split('|').slice(1, -1));
}

describe('Where things are', () => {
  const rows = table('part of `src/`').map(([parts = '']) => names(parts));

  test('a row for each floor, from the top', () => {
    expect(rows.map((row) => [...row].sort())).toEqual(
      [...house.floors].reverse().map((floor) => [...floor].sort()),
    );
  });

  test('every part of src/ has its floor', () => {
    expect(readdirSync('src').sort()).toEqual(house.floors.flat().sort());
  });

  test('what stands elsewhere is there', () => {
    const places = table('elsewhere').flatMap(([place = '']) => names(place));
    expect(places.length).toBeGreaterThan(4);
    expect(places.filter((place) => !existsSync(place))).toEqual([]);
  });
});

describe('Walls', () => {
  test('the pure folders', () => {
    const listed = /All of ([^;]*) must say so/.exec(text)?.[1] ?? '';
    expect(names(listed)).toEqual(house.pureFolders);
  });

  test('the doors', () => {
    const doors = table('library').map(([name = '', files = '']) => ({
      name: names(name)[0],
      allow: names(files).map((file) => `src/${file}`),
    }));
    expect(doors).toEqual(house.doors);
  });

  test('every door is there', () => {
    const files = house.doors.flatMap(({ allow }) => allow).filter((file) => !file.includes('*'));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});

test('every source file that the text names is there', () => {
  const files = names(text.replace(/^```[\s\S]*?^```/gm, '')).filter((name) =>
    /^[\w/-]+\.(?:ts|js)$/.test(name),
  );
  const there = (file: string): boolean =>
    [file, `src/${file}`, `src/report/html/${file}`, `src/commands/${file}`].some((one) => existsSync(one));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => !there(file))).toEqual([]);
});

test('every script that documents name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...(text + read('README.md')).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
