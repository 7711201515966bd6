/** What `check` found, in Markdown: for a job's summary and a comment on a pull request. Pure. */
import type { Check, Verdict } from '../check/model.js';
import { isError } from '../findings/findings.js';
import { amount, notChecked, verdictName, verdictOrigin } from './check-text.js';
import { differenceMarkdown, findingLine } from './diff-markdown.js';
import { codeMarkdown, plainMarkdown } from '../text/markdown.js';
import { markdownTable } from '../text/markdown-table.js';
import { bytesText, countText } from '../text/units.js';

const shown = 15;

/** The whole report. Ends with a newline. */
export function checkMarkdown(check: Check, title: string): string {
  const { verdicts, layers, difference, findings, measured } = check;
  const errors = findings.filter(isError).length;
  const sections = [
    `### ${plainMarkdown(title)}`,
    answerOf(errors, notChecked(findings)),
    findings.map(findingLine).join('\n'),
    markdownTable(['', 'From', 'Used', 'Of', 'Left'], verdicts.map(verdictRow)),
    layers.length === 0
      ? ''
      : markdownTable(
          ['Attached layer', 'Unzipped'],
          layers.map((one) => [codeMarkdown(one.name), bytesText(one.unzipped)]),
        ),
    difference === null
      ? ''
      : `#### Since ${codeMarkdown(difference.before.name)}\n\n${differenceMarkdown(difference)}`,
    packages(measured.packages),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function answerOf(errors: number, unknown: number): string {
  if (errors > 0) return `❌ ${countText(errors, 'error')}.`;
  return unknown === 0
    ? '✅ Within every limit and budget.'
    : `⚠️ Within every limit and budget that was checked; ${countText(unknown, 'budget')} not checked.`;
}

function verdictRow(verdict: Verdict): readonly string[] {
  const { max, actual, state, from, what } = verdict;
  const left = max - actual;
  const mark = { ok: '✅', warning: '⚠️', error: '❌' }[state];
  return [
    `${mark} ${from === 'budget' ? codeMarkdown(what) : plainMarkdown(verdictName(verdict))}`,
    verdictOrigin(verdict),
    amount(verdict, actual, false),
    amount(verdict, max, false),
    left < 0 ? `**over by ${amount(verdict, -left, false)}**` : amount(verdict, left, false),
  ];
}

/** Folded: what changed matters more. */
function packages(rows: Check['measured']['packages']): string {
  if (rows.length === 0) return '';
  const table = markdownTable(
    ['Package', 'Version', 'Bytes'],
    rows
      .slice(0, shown)
      .map((one) => [codeMarkdown(one.name), plainMarkdown(one.version ?? ''), bytesText(one.bytes)]),
  );
  const rest = rows.length - shown;
  const more = rest > 0 ? `\n\n… and ${countText(rest, 'more package')}` : '';
  return `<details>\n<summary>Heaviest packages</summary>\n\n${table}${more}\n\n</details>`;
}
