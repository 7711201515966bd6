/** What changed between two builds, in Markdown. Pure. */
import type { Diff, Difference } from '../check/model.js';
import { renderFinding, type Finding } from '../findings/findings.js';
import {
  changeText,
  changeWord,
  mostChanged,
  packagesText,
  signed,
  sizeRows,
  versionText,
} from './diff-text.js';
import { codeMarkdown, plainMarkdown } from '../text/markdown.js';
import { markdownTable } from '../text/markdown-table.js';
import { plainPaint } from '../text/paint.js';
import { bytesText, countText } from '../text/units.js';

const shown = 25;

/** The whole report of `diff`. Ends with a newline. */
export function diffMarkdown(diff: Diff): string {
  const { added, gone } = diff.findings ?? { added: [], gone: [] };
  const list = (title: string, some: readonly Finding[]): string =>
    some.length === 0 ? '' : `#### ${title}\n\n${some.map(findingLine).join('\n')}`;
  const sections = [
    `### ${codeMarkdown(diff.before.name)} → ${codeMarkdown(diff.after.name)}`,
    differenceMarkdown(diff),
    list('New findings', added),
    list('Findings that are gone', gone),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Totals, strategy and packages. */
export function differenceMarkdown(difference: Difference): string {
  const { before, after, growth, packages } = difference;
  const totals = sizeRows
    .filter(([, key]) => before.sizes[key] !== 0 || after.sizes[key] !== 0)
    .map(([name, key]) => [
      name,
      bytesText(before.sizes[key]),
      bytesText(after.sizes[key]),
      changeText(growth[key], before.sizes[key]),
    ]);
  const some = mostChanged(packages, shown);
  const rows = some.map((one) => [
    codeMarkdown(one.name),
    plainMarkdown(changeWord(one)),
    plainMarkdown(versionText(one)),
    one.before === null ? '' : bytesText(one.before.bytes),
    one.after === null ? '' : bytesText(one.after.bytes),
    signed(one.bytes),
  ]);
  const rest = packages.length - some.length;
  return [
    markdownTable(['', 'Before', 'After', 'Change'], totals),
    ...(before.strategy !== after.strategy && before.strategy !== null && after.strategy !== null
      ? [`Strategy ${codeMarkdown(before.strategy)} → ${codeMarkdown(after.strategy)}`]
      : []),
    packages.length === 0
      ? packagesText(difference, { paint: plainPaint, wrapAt: Number.POSITIVE_INFINITY, verbose: false })
      : markdownTable(['Package', '', 'Version', 'Before', 'After', 'Change'], rows),
    ...(rest === 0 ? [] : [`… and ${countText(rest, 'more package')}`]),
  ].join('\n\n');
}

/** One finding as an item of a list. */
export function findingLine(given: Finding): string {
  const { severity, code: name, sentence, hint } = renderFinding(given);
  return `- ${marks[severity]} **${name}** ${plainMarkdown(hint === null ? sentence : `${sentence} ${hint}`)}`;
}

const marks = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;
