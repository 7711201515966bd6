/** What `check` found, in Markdown: for a job's summary and a comment on a pull request. Pure. */
import type { Check, Verdict } from '../check/model.js';
import { isError } from '../findings/findings.js';
import { amount, notChecked, verdictName, verdictOrigin } from './check-text.js';
import { differenceMarkdown, findingLine } from './diff-markdown.js';
import { codeMarkdown, joinedMarkdown, marked, plainMarkdown, type Markdown } from '../text/markdown.js';
import { markdownTable } from '../text/markdown-table.js';
import { bytesText, countText } from '../text/units.js';

const shown = 15;

/** The whole report. Ends with a newline. */
export function checkMarkdown(check: Check, title: string): Markdown {
  const { verdicts, layers, difference, findings, measured } = check;
  const errors = findings.filter(isError).length;
  const sections = [
    marked`### ${plainMarkdown(title)}`,
    answerOf(errors, notChecked(findings)),
    joinedMarkdown(findings.map(findingLine), '\n'),
    markdownTable(['', 'From', 'Used', 'Of', 'Left'], verdicts.map(verdictRow)),
    layers.length === 0
      ? marked``
      : markdownTable(
          ['Attached layer', 'Unzipped'],
          layers.map((one) => [codeMarkdown(one.name), plainMarkdown(bytesText(one.unzipped))]),
        ),
    difference === null
      ? marked``
      : marked`#### Since ${codeMarkdown(difference.before.name)}\n\n${differenceMarkdown(difference)}`,
    packages(measured.packages),
  ];
  const filled = sections.filter((section) => section !== '');
  return marked`${joinedMarkdown(filled, '\n\n')}\n`;
}

function answerOf(errors: number, unknown: number): Markdown {
  if (errors > 0) return marked`❌ ${plainMarkdown(countText(errors, 'error'))}.`;
  return unknown === 0
    ? marked`✅ Within every limit and budget.`
    : marked`⚠️ Within every limit and budget that was checked; ${plainMarkdown(countText(unknown, 'budget'))} not checked.`;
}

function verdictRow(verdict: Verdict): readonly Markdown[] {
  const { max, actual, left, state, from, what } = verdict;
  const mark = {
    ok: marked`✅`,
    warning: marked`⚠️`,
    error: marked`❌`,
  }[state];
  const bytes = (count: number): Markdown => plainMarkdown(amount(verdict, count, false));
  return [
    marked`${mark} ${from === 'budget' ? codeMarkdown(what) : plainMarkdown(verdictName(verdict))}`,
    plainMarkdown(verdictOrigin(verdict)),
    bytes(actual),
    bytes(max),
    left < 0 ? marked`**over by ${bytes(-left)}**` : bytes(left),
  ];
}

/** Folded: what changed matters more. */
function packages(rows: Check['measured']['packages']): Markdown {
  if (rows.length === 0) return marked``;
  const table = markdownTable(
    ['Package', 'Version', 'Bytes'],
    rows
      .slice(0, shown)
      .map((one) => [
        codeMarkdown(one.name),
        plainMarkdown(one.version ?? ''),
        plainMarkdown(bytesText(one.bytes)),
      ]),
  );
  const rest = rows.length - shown;
  const more = rest > 0 ? marked`\n\n… and ${plainMarkdown(countText(rest, 'more package'))}` : marked``;
  return marked`<details>\n<summary>Heaviest packages</summary>\n\n${table}${more}\n\n</details>`;
}
