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
import { codeMarkdown, joinedMarkdown, marked, plainMarkdown, type Markdown } from '../text/markdown.js';
import { markdownTable } from '../text/markdown-table.js';
import { plainPaint } from '../text/paint.js';
import { bytesText, countText } from '../text/units.js';

const shown = 25;

/** The whole report of `diff`. Ends with a newline. */
export function diffMarkdown(diff: Diff): Markdown {
  const { added, gone } = diff.findings ?? { added: [], gone: [] };
  const list = (title: string, some: readonly Finding[]): Markdown =>
    some.length === 0
      ? marked``
      : marked`#### ${plainMarkdown(title)}\n\n${joinedMarkdown(some.map(findingLine), '\n')}`;
  const sections = [
    marked`### ${codeMarkdown(diff.before.name)} → ${codeMarkdown(diff.after.name)}`,
    differenceMarkdown(diff),
    list('New findings', added),
    list('Findings that are gone', gone),
  ];
  const filled = sections.filter((section) => section !== '');
  return marked`${joinedMarkdown(filled, '\n\n')}\n`;
}

/** Totals, strategy and packages. */
export function differenceMarkdown(difference: Difference): Markdown {
  const { before, after, growth, packages } = difference;
  const totals = sizeRows
    .filter(([, key]) => before.sizes[key] !== 0 || after.sizes[key] !== 0)
    .map(([name, key]) => [
      plainMarkdown(name),
      plainMarkdown(bytesText(before.sizes[key])),
      plainMarkdown(bytesText(after.sizes[key])),
      plainMarkdown(changeText(growth[key], before.sizes[key])),
    ]);
  const some = mostChanged(packages, shown);
  const rows = some.map((one) => [
    codeMarkdown(one.name),
    plainMarkdown(changeWord(one)),
    plainMarkdown(versionText(one)),
    plainMarkdown(one.before === null ? '' : bytesText(one.before.bytes)),
    plainMarkdown(one.after === null ? '' : bytesText(one.after.bytes)),
    plainMarkdown(signed(one.bytes)),
  ]);
  const rest = packages.length - some.length;
  const parts = [
    markdownTable(['', 'Before', 'After', 'Change'], totals),
    ...(before.strategy !== after.strategy && before.strategy !== null && after.strategy !== null
      ? [marked`Strategy ${codeMarkdown(before.strategy)} → ${codeMarkdown(after.strategy)}`]
      : []),
    packages.length === 0
      ? plainMarkdown(
          packagesText(difference, { paint: plainPaint, wrapAt: Number.POSITIVE_INFINITY, verbose: false }),
        )
      : markdownTable(['Package', '', 'Version', 'Before', 'After', 'Change'], rows),
    ...(rest === 0 ? [] : [marked`… and ${plainMarkdown(countText(rest, 'more package'))}`]),
  ];
  return joinedMarkdown(parts, '\n\n');
}

/** One finding as an item of a list. */
export function findingLine(given: Finding): Markdown {
  const { severity, code: name, sentence, hint } = renderFinding(given);
  return marked`- ${marks[severity]} **${plainMarkdown(name)}** ${plainMarkdown(hint === null ? sentence : `${sentence} ${hint}`)}`;
}

const marks = {
  error: marked`❌`,
  warning: marked`⚠️`,
  info: marked`ℹ️`,
};
