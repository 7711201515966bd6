/** Each rule of the house turns red when it is broken: our ESLint configuration on made-up texts of files that are there. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { run } from './program.js';

interface Probe {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** Rules that it breaks, each once; empty: it is green. */
  readonly breaks: readonly string[];
}

const paths = 'import-x/no-restricted-paths';
const cycle = 'house/no-circle';
const pure = 'house/pure';
const length = 'house/function-length';
const door = 'no-restricted-imports';
const way = 'house/one-way-out';
const markup = 'no-restricted-syntax';
const values = '@typescript-eslint/no-restricted-imports';
const globals = 'no-restricted-globals';

const head = '/** Made up. Pure. */\n';
const impure = '/** Made up. */\n';
const longBody = `{\n${'  value += 1;\n'.repeat(70)}  return value;\n}\n`;

/** A file as it is, with something before its first import. */
function withImport(file: string, line: string): string {
  const text = readFileSync(file, 'utf8');
  const at = text.search(/^import /m);
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`;
}

type Row = readonly [name: string, file: string, text: string, breaks: readonly string[]];

const rows: readonly Row[] = [
  ['a file as it is', 'src/pack/plan/plan.ts', readFileSync('src/pack/plan/plan.ts', 'utf8'), []],
  ['a door as it is', 'src/io/run.ts', readFileSync('src/io/run.ts', 'utf8'), []],
  ['cli.ts as it is', 'src/cli.ts', readFileSync('src/cli.ts', 'utf8'), []],

  [
    'a lower floor',
    'src/prune/stub.ts',
    `${head}import { limits } from '../limits.js';\nexport const one = limits;\n`,
    [],
  ],
  [
    'an upward import',
    'src/io/browser.ts',
    `${head}import type { WhyAnswer } from '../manifest/why.js';\nexport type One = WhyAnswer;\n`,
    [paths],
  ],
  [
    'an upward import of a value',
    'src/io/hash.ts',
    `${impure}import { build } from '../build/build.js';\nexport const one = build;\n`,
    [paths, cycle],
  ],
  [
    'an upward export',
    'src/io/browser.ts',
    `${impure}export { explain } from '../manifest/why.js';\n`,
    [paths],
  ],
  [
    'a neighbour on the same floor',
    'src/verify/hints.ts',
    `${head}import type { Check } from '../check/model.js';\nexport type One = Check;\n`,
    [paths],
  ],
  [
    'a file of the root as a neighbour',
    'src/options/row.ts',
    `${head}import type { World } from '../world.js';\nexport type One = World;\n`,
    [paths],
  ],

  [
    'a circle',
    'src/pack/plan/split.ts',
    withImport(
      'src/pack/plan/split.ts',
      "import { planPack } from './plan.js';\nexport const again = planPack;",
    ),
    [cycle],
  ],
  [
    'a circle of types',
    'src/pack/plan/split.ts',
    withImport(
      'src/pack/plan/split.ts',
      "import type { PackPlan } from './plan.js';\nexport type Again = typeof import('./plan.js') | PackPlan;",
    ),
    [cycle],
  ],

  [
    'the disk in a pure file',
    'src/prune/stub.ts',
    `${head}import { readFileSync } from 'node:fs';\nexport const one = readFileSync;\n`,
    [pure],
  ],
  [
    'its promises',
    'src/prune/stub.ts',
    `${head}import { readFile } from 'node:fs/promises';\nexport const one = readFile;\n`,
    [pure],
  ],
  ['the clock', 'src/prune/stub.ts', `${head}export const one = (): number => Date.now();\n`, [pure]],
  ['the clock as a date', 'src/prune/stub.ts', `${head}export const one = (): Date => new Date();\n`, [pure]],
  [
    'a date that is given',
    'src/prune/stub.ts',
    `${head}export const one = (at: number): Date => new Date(at);\n`,
    [],
  ],
  [
    'a stopwatch',
    'src/prune/stub.ts',
    `${head}export const one = (): number => performance.now();\n`,
    [pure],
  ],
  [
    'an impure neighbour',
    'src/prune/stub.ts',
    `${head}import { walkTree } from '../inventory/walk.js';\nexport const one = walkTree;\n`,
    [pure],
  ],
  [
    "an impure neighbour's type",
    'src/prune/stub.ts',
    `${head}import type { Cache } from '../io/cache.js';\nexport type One = Cache;\n`,
    [],
  ],
  [
    'something loaded later',
    'src/prune/stub.ts',
    `${head}export const one = (): Promise<unknown> => import('../limits.js');\n`,
    [pure],
  ],
  [
    'a library with a door in a pure file',
    'src/prune/stub.ts',
    `${head}import chalk from 'chalk';\nexport const one = chalk;\n`,
    [pure, door],
  ],
  ['no word of "Pure." in a pure folder', 'src/prune/stub.ts', `${impure}export const one = 1;\n`, [pure]],
  ['"Pure." not at the end', 'src/prune/stub.ts', '/** Pure. Or is it? */\nexport const one = 1;\n', [pure]],
  [
    'an impure file elsewhere',
    'src/io/hash.ts',
    `${impure}import { readFile } from 'node:fs/promises';\nexport const one = [readFile, Date.now()];\n`,
    [],
  ],
  ['a recipe, which need not say so', 'src/recipes/jax.ts', 'export const one = Date.now();\n', [pure]],

  [
    'a library past its door',
    'src/stage/record.ts',
    `${impure}import { execa } from 'execa';\nexport const one = execa;\n`,
    [door],
  ],
  [
    'a part of a library past its door',
    'src/stage/record.ts',
    `${impure}import one from 'yauzl/fd-slicer.js';\nexport const two: unknown = one;\n`,
    [door],
  ],
  [
    'a library that has no door in src',
    'src/io/hash.ts',
    `${impure}import archiver from 'archiver';\nexport const one = archiver;\n`,
    [door],
  ],
  [
    'another library through a door',
    'src/io/run.ts',
    `${impure}import chalk from 'chalk';\nexport const one = chalk;\n`,
    [door],
  ],
  [
    'a library through its door',
    'src/io/run.ts',
    `${impure}import { execa } from 'execa';\nexport const one = execa;\n`,
    [],
  ],

  [
    'a value of verify in a report',
    'src/report/next.ts',
    `${impure}import { verify } from '../verify/verify.js';\nexport const one = verify;\n`,
    [values],
  ],
  [
    'a type of verify in a report',
    'src/report/next.ts',
    `${impure}import type { Verification } from '../verify/verification.js';\nexport type One = Verification;\n`,
    [],
  ],

  ['the process outside cli.ts', 'src/io/hash.ts', `${impure}export const one = process.cwd();\n`, [globals]],
  [
    'a function of 60 lines',
    'src/io/hash.ts',
    `${impure}export function one(value: number): number {\n${'  value += 1;\n'.repeat(57)}  return value;\n}\n`,
    [],
  ],
  [
    'a function that is too long',
    'src/io/hash.ts',
    `${impure}export function one(value: number): number ${longBody}`,
    [length],
  ],
  [
    'an arrow that is too long',
    'src/io/hash.ts',
    `${impure}export const one = (value: number): number => ${longBody.trimEnd()};\n`,
    [length],
  ],
  [
    'a long function with its reason',
    'src/io/hash.ts',
    `${impure}/** Long: it is made up. */\nexport function one(value: number): number ${longBody}`,
    [],
  ],
  [
    'a long function whose reason is empty',
    'src/io/hash.ts',
    `${impure}/** Long: */\nexport function one(value: number): number ${longBody}`,
    [length],
  ],
  [
    'a stream past cli.ts',
    'src/io/hash.ts',
    `${impure}export const one = (host: { stdout: NodeJS.WriteStream }): boolean => host.stdout.write('x');\n`,
    [way],
  ],
  [
    'the console',
    'src/io/hash.ts',
    `${impure}export const one = (): void => console.log('x');\n`,
    [way, 'no-console'],
  ],
  [
    'a terminal of its own',
    'src/io/hash.ts',
    `${impure}import { WriteStream } from 'node:tty';\nexport const one = WriteStream;\n`,
    [way],
  ],
  [
    'its type',
    'src/io/hash.ts',
    `${impure}import type { WriteStream } from 'node:tty';\nexport type One = WriteStream;\n`,
    [],
  ],
  ...(
    [
      ['Printed', 'text/terminal.js'],
      ['Markdown', 'text/markdown.js'],
      ['Xml', 'text/xml.js'],
      ['Html', 'text/html.js'],
      ['RunnerOutputs', 'text/runner-outputs.js'],
    ] as const
  ).flatMap(([name, from]): Row[] => [
    [
      `a text that is said to be ${name}`,
      'src/io/hash.ts',
      `${impure}import type { ${name} } from '../${from}';\nexport const one = (text: string): ${name} => text as ${name};\n`,
      [way],
    ],
    [
      `a text that is said to be ${name}, by a guard`,
      'src/io/hash.ts',
      `${impure}import type { ${name} } from '../${from}';\nexport const one = (text: string): text is ${name} => text !== '';\n`,
      [way],
    ],
  ]),
  [
    'a text that is said to fit everywhere',
    'src/io/hash.ts',
    `${impure}export const one = (text: string): never => text as never;\n`,
    [way],
  ],
  [
    'a made Markdown',
    'src/io/hash.ts',
    `${impure}import { marked, plainMarkdown, type Markdown } from '../text/markdown.js';\nexport const one = (text: string): Markdown => marked\`- \${plainMarkdown(text)}\`;\n`,
    [],
  ],
  [
    'a text of others as HTML',
    'templates/report/map.js',
    'function one(node, text) {\n  node.innerHTML = text;\n}\none(document, 1);\n',
    [markup],
  ],

  [
    'a file of more than 400 lines',
    'src/io/hash.ts',
    `${impure}${Array.from({ length: 401 }, (_, index) => `export const a${index} = ${index};\n`).join('')}`,
    ['max-lines'],
  ],
];
const probes: readonly Probe[] = rows.map(([name, file, text, breaks]) => ({ name, file, text, breaks }));

const found = new Map<string, readonly string[]>();
beforeAll(async () => {
  const { stdout, stderr } = await run('node', ['test/setup/lint/probe.js'], {
    input: JSON.stringify(probes),
  });
  if (stdout === '') throw new Error(stderr);
  const results = JSON.parse(stdout) as readonly (readonly string[])[];
  for (const [index, { name }] of probes.entries()) found.set(name, results[index] ?? ['not linted']);
}, 300_000);

describe('a rule of the house', () => {
  test.each(probes)('$name: $breaks', ({ name, breaks }) => {
    expect([...new Set(found.get(name))].sort()).toEqual([...breaks].sort());
  });
});
