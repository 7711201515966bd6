/**
 * The file of `--write-baseline`: sizes and packages, sorted, without anything that differs between machines or runs, one
 * package a line, so that its history in git reads well. Pure.
 */
import { SlimError } from '../errors.js';
import type { Strategy } from '../model.js';
import { parseJson, printedJson } from '../text/json.js';
import type { Printed } from '../text/terminal.js';
import { byWeight } from './contents.js';
import type { Measured, Sizes } from './model.js';

interface BaselineFile {
  readonly baselineVersion: 1;
  readonly strategy: Strategy | null;
  readonly sizes: Sizes;
  /** By name: `[version, bytes]`. */
  readonly packages: Readonly<Record<string, readonly [string | null, number]>>;
}

export function baselineText({ strategy, sizes, packages }: Measured): Printed {
  const rows = [...packages]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, bytes }) => `    ${JSON.stringify(name)}: ${JSON.stringify([version, bytes])}`);
  const lines = [
    '{',
    '  "baselineVersion": 1,',
    `  "strategy": ${JSON.stringify(strategy)},`,
    `  "sizes": ${JSON.stringify({ zipped: sizes.zipped, unzipped: sizes.unzipped, tmp: sizes.tmp })},`,
    '  "packages": {',
    rows.join(',\n'),
    '  }',
    '}',
    '',
  ];
  return printedJson(lines.join('\n'));
}

/**
 * @returns null when it is another document
 * @throws SlimError `bad-baseline` when it is a baseline that this version does not read
 */
export function parseBaseline(text: string, name: string): Measured | null {
  let document: Partial<BaselineFile> | null;
  try {
    document = parseJson(text) as Partial<BaselineFile> | null;
  } catch {
    return null;
  }
  if (document?.baselineVersion === undefined) return null;
  if (!isBaseline(document)) {
    throw new SlimError('bad-baseline', `${name} is not a baseline that this version of lambda-slim reads.`, {
      hint: 'Write it anew with --write-baseline.',
    });
  }
  const { sizes, packages, strategy } = document;
  return {
    kind: 'baseline',
    name,
    sizes,
    archives: [],
    packages: byWeight(
      Object.entries(packages).map(([one, [version, bytes]]) => ({ name: one, version, bytes })),
      (one) => one.name,
    ),
    files: [],
    strategy,
    target: null,
    told: [],
    reserve: null,
    ephemeralStorage: null,
    findings: [],
  };
}

/** A baseline is a file that people merge by hand. */
function isBaseline(document: Partial<BaselineFile>): document is BaselineFile {
  const { baselineVersion, strategy, sizes, packages } = document as Partial<
    Record<keyof BaselineFile, unknown>
  >;
  return (
    baselineVersion === 1 &&
    (strategy === null || typeof strategy === 'string') &&
    isTable(sizes) &&
    [sizes.zipped, sizes.unzipped, sizes.tmp].every((one) => typeof one === 'number') &&
    isTable(packages) &&
    Object.values(packages).every(isPackage)
  );
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPackage(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [version, bytes] = value as readonly unknown[];
  return (version === null || typeof version === 'string') && typeof bytes === 'number';
}
