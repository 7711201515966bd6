/** What changed between two builds, as people read it in a terminal. Pure. */
import type { Diff, Difference, PackageChange } from '../check/model.js';
import { findingsText, type TextOptions } from './build-text.js';
import { plainTable } from './plain-table.js';
import { bytesText, countText, groupedText } from '../text/units.js';

export type DiffTextOptions = Pick<TextOptions, 'paint' | 'wrapAt' | 'verbose'>;

const shown = 20;

/** The whole report of `diff`. Ends with a newline. */
export function diffText(diff: Diff, options: DiffTextOptions): string {
  const { paint } = options;
  const { added, gone } = diff.findings ?? { added: [], gone: [] };
  const sections = [
    paint.bold(`${diff.before.name} → ${diff.after.name}`),
    sizesText(diff, options),
    strategyText(diff),
    packagesText(diff, options),
    added.length === 0 ? '' : `${paint.bold('new findings')}\n${findingsText(added, options)}`,
    gone.length === 0 ? '' : `${paint.bold('findings that are gone')}\n${findingsText(gone, options)}`,
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  return `${text.replace(/ +$/gm, '')}\n`;
}

/** Totals before and after. */
export function sizesText({ before, after, growth }: Difference, { paint, wrapAt }: DiffTextOptions): string {
  const table = plainTable(['', 'before', 'after', 'change'], paint, { wrapAt, drop: [1, 2] });
  for (const [name, key] of sizeRows) {
    if (before.sizes[key] === 0 && after.sizes[key] === 0) continue;
    const change = growth[key];
    const colour = change > 0 ? paint.yellow : change < 0 ? paint.green : paint.dim;
    table.push([
      name,
      bytesText(before.sizes[key]),
      bytesText(after.sizes[key]),
      colour(changeText(change, before.sizes[key])),
    ]);
  }
  return table.toString();
}

/** How people call the totals. */
export const sizeRows = [
  ['zipped', 'zipped'],
  ['unzipped', 'unzipped'],
  ['/tmp', 'tmp'],
] as const;

function strategyText({ before, after }: Difference): string {
  if (before.strategy === after.strategy || before.strategy === null || after.strategy === null) return '';
  return `strategy ${before.strategy} → ${after.strategy}`;
}

/** Packages that changed, most grown first. */
export function packagesText(
  { packages }: Pick<Difference, 'packages'>,
  { paint, verbose, wrapAt }: DiffTextOptions,
): string {
  if (packages.length === 0) return 'Every package has the same version and the same bytes.';
  const some = verbose ? packages : mostChanged(packages, shown);
  const table = plainTable(['package', '', 'version', 'before', 'after', 'change'], paint, {
    right: [3, 4, 5],
    wrapAt,
    drop: [3, 4, 2],
  });
  for (const one of some) {
    const colour = one.bytes > 0 ? paint.yellow : one.bytes < 0 ? paint.green : paint.dim;
    table.push([
      one.name,
      changeWord(one),
      versionText(one),
      one.before === null ? '' : bytesText(one.before.bytes),
      one.after === null ? '' : bytesText(one.after.bytes),
      colour(signed(one.bytes)),
    ]);
  }
  const rest = packages.length - some.length;
  return rest === 0
    ? table.toString()
    : `${table.toString()}\n${paint.dim(`… and ${countText(rest, 'more package')} (--verbose)`)}`;
}

/** Those that changed most in either direction, in the order that they have. */
export function mostChanged(packages: readonly PackageChange[], count: number): readonly PackageChange[] {
  const chosen = new Set([...packages].sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes)).slice(0, count));
  return packages.filter((one) => chosen.has(one));
}

/** What happened to a package, in words. */
export const changeWord = ({ change, layer }: PackageChange): string =>
  layer === null ? changeWords[change] : `left to ${layer}`;

const changeWords: Readonly<Record<PackageChange['change'], string>> = {
  added: 'added',
  removed: 'removed',
  grown: 'grown',
  shrunk: 'shrunk',
  version: 'same size',
};

/** `1.0`, or `1.0 → 2.0`. */
export function versionText({ before, after }: PackageChange): string {
  const versions = [before?.version ?? null, after?.version ?? null].filter((one) => one !== null);
  return [...new Set(versions)].join(' → ');
}

/** `+1.5 MiB`, `-3 bytes`, `0 bytes`. */
export function signed(bytes: number): string {
  return `${bytes > 0 ? '+' : ''}${bytesText(bytes)}`;
}

/** Beyond, a share says less than the bytes. */
const mostPercent = 999;

/** With the share of what it was, and exact when it is small: `+1.5 MiB (+2.0 %)`. */
export function changeText(bytes: number, before: number): string {
  if (bytes === 0) return 'the same';
  if (before === 0) return signed(bytes);
  const percent = (100 * bytes) / before;
  if (percent > mostPercent) return signed(bytes);
  const share =
    Math.abs(percent) < 0.1
      ? `${groupedText(bytes)} bytes`
      : `${bytes > 0 ? '+' : ''}${percent.toFixed(1)} %`;
  return `${signed(bytes)} (${share})`;
}
