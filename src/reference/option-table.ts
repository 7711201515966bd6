/** Rows of the option table as Markdown. Pure. */
import { optionGroups, environmentName, type OptionGroup, type OptionRow } from '../options/row.js';
import { markdownTable } from '../text/markdown-table.js';

/** Rows by heading, in the order of the headings; one group without a heading when not every row has one. */
export function grouped(
  rows: readonly OptionRow[],
): readonly { readonly title: string | null; readonly rows: readonly OptionRow[] }[] {
  if (rows.some((row) => row.group === undefined)) return [{ title: null, rows }];
  return (Object.keys(optionGroups) as OptionGroup[])
    .map((group) => ({ title: optionGroups[group], rows: rows.filter((row) => row.group === group) }))
    .filter((one) => one.rows.length > 0);
}

/** `-r, --requirement FILE`. */
const flagOf = (row: OptionRow): string =>
  `${row.short ? `-${row.short}, ` : ''}--${row.name}${row.value ? ` ${row.value}` : ''}`;

export function optionTable(rows: readonly OptionRow[]): string {
  return markdownTable(
    ['Flag', 'Config key', 'Environment', 'Default', 'What it does'],
    rows.map((row) => [
      `\`${flagOf(row)}\``,
      row.inConfig === false ? '' : `\`${row.key}\``,
      `\`${environmentName(row)}\``,
      row.default === undefined ? '' : `\`${row.default}\``,
      `${row.help.replaceAll('<', '&lt;')}.${row.choices ? ` One of ${row.choices.map((choice) => `\`${choice}\``).join(', ')}.` : ''}`,
    ]),
  );
}
