/**
 * The file of `--write-baseline`: sizes and packages, sorted, without anything that differs between machines or runs, one
 * package a line, so that its history in git reads well. Pure.
 */
import { SlimError } from '../errors.js';
import type { Strategy } from '../model.js';
import { byWeight } from './contents.js';
import type { Measured, Sizes } from './model.js';

interface BaselineFile {
  readonly baselineVersion: 1;
  readonly strategy: Strategy | null;
  readonly sizes: Sizes;
  /** By name: `[version, bytes]`. */
  readonly packages: Readonly<Record<string, readonly [string | null, number]>>;
}

export function baselineText({ strategy, sizes, packages }: Measured): string {
  const rows = [...packages]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, bytes }) => `    ${JSON.stringify(name)}: ${JSON.stringify([version, bytes])}`);
  return [
    '{',
    '  "baselineVersion": 1,',
    `  "strategy": ${JSON.stringify(strategy)},`,
    `  "sizes": ${JSON.stringify({ zipped: sizes.zipped, unzipped: sizes.unzipped, tmp: sizes.tmp })},`,
    '  "packages": {',
    rows.join(',\n'),
    '  }',
    '}',
    '',
  ].join('\n');
}

/**
 * @returns null when it is another document
 * @throws SlimError `bad-baseline` when it is a baseline that this version does not read
 */
export function parseBaseline(text: string, name: string): Measured | null {
  let document: Partial<BaselineFile> | null;
  try {
    document = JSON.parse(text) as Partial<BaselineFile> | null;
  } catch {
    return null;
  }
  if (document?.baselineVersion === undefined) return null;
  const { baselineVersion, sizes, packages, strategy } = document as BaselineFile;
  const numbers: readonly unknown[] =
    typeof sizes === 'object' ? [sizes.zipped, sizes.unzipped, sizes.tmp] : [undefined];
  if (
    (baselineVersion as number) !== 1 ||
    typeof packages !== 'object' ||
    !numbers.every((one) => typeof one === 'number')
  ) {
    throw new SlimError('bad-baseline', `${name} is not a baseline that this version of lambda-slim reads.`, {
      hint: 'Write it anew with --write-baseline.',
    });
  }
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
    ephemeralStorage: null,
    findings: [],
  };
}
