/** What `check` found, as people read it in a terminal. Pure. */
import type { Check, Verdict } from '../check/model.js';
import { isError, type Finding } from '../findings/findings.js';
import { packagesText, sizesText } from './diff-text.js';
import { bar, findingsText, type TextOptions } from './build-text.js';
import { plainTable } from './plain-table.js';
import { bytesText, countText, groupedText, percentText, timeText } from '../text/units.js';
import { wrap } from '../text/wrap.js';

export type CheckTextOptions = Pick<TextOptions, 'paint' | 'width' | 'wrapAt' | 'verbose'>;

const shown = 10;

/** The whole report. Ends with a newline. */
export function checkText(check: Check, options: CheckTextOptions): string {
  const sections = [
    headline(check, options),
    verdictsTable(check.verdicts, options),
    layersTable(check, options),
    changes(check, options),
    heaviest(check, options),
    findingsText(check.findings, options),
    outcome(check, options),
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  return `${text.replace(/ +$/gm, '')}\n`;
}

function headline({ measured }: Check, { paint, wrapAt }: CheckTextOptions): string {
  const archives = measured.archives.map((one) => `${one.name} (${one.form})`).join(', ');
  const strategy = measured.strategy === null ? [] : [`strategy ${measured.strategy}`];
  const parts = [paint.bold(measured.name), archives, ...strategy].filter((part) => part !== '');
  return wrap(parts.join(' · '), wrapAt, 2);
}

function verdictsTable(verdicts: readonly Verdict[], { paint, width, wrapAt }: CheckTextOptions): string {
  const narrow = width < 100;
  const table = plainTable(['', 'from', '', 'used', 'of', 'left'], paint, {
    right: [3, 4, 5],
    wrapAt,
    drop: [1, 2, 4],
  });
  for (const one of verdicts) {
    const share = one.max === 0 ? (one.actual > 0 ? 1 : 0) : one.actual / one.max;
    const colour = { ok: share > 0.9 ? paint.yellow : paint.green, warning: paint.yellow, error: paint.red }[
      one.state
    ];
    const { left } = one;
    table.push([
      verdictName(one),
      verdictOrigin(one),
      colour(bar(share, narrow ? 10 : 20)),
      amount(one, one.actual, !narrow),
      amount(one, one.max, !narrow),
      left < 0 ? colour(`over by ${amount(one, -left, false)}`) : amount(one, left, false),
    ]);
  }
  return table.toString();
}

/** What a verdict is about, in words. */
export const verdictName = ({ what }: Verdict): string =>
  what === 'tmp' ? '/tmp' : what === 'reserve' ? 'kept free for code' : what;

/** Whose limit it is, in words. */
export const verdictOrigin = ({ from }: Verdict): string => (from === 'aws' ? 'AWS' : from);

/** Bytes, a time or a count; `exact` also names the bytes. */
export function amount({ unit }: Verdict, count: number, exact: boolean): string {
  if (unit === 'layers' || unit === 'requests') return groupedText(count);
  if (unit === 'percent') return percentText(count);
  if (unit === 'ms') return timeText(count);
  return exact && Math.abs(count) >= 1024 ? `${bytesText(count)} (${groupedText(count)})` : bytesText(count);
}

function layersTable({ layers }: Check, { paint, wrapAt }: CheckTextOptions): string {
  if (layers.length === 0) return '';
  const table = plainTable(['attached layers', 'unzipped', 'heaviest'], paint, {
    right: [1],
    wrapAt,
    drop: [2],
  });
  for (const { name, unzipped, packages } of layers) {
    const [first] = packages;
    table.push([
      name,
      bytesText(unzipped),
      first === undefined ? '' : `${first.name} ${first.version ?? ''} ${bytesText(first.bytes)}`,
    ]);
  }
  return table.toString();
}

function changes({ difference }: Check, options: CheckTextOptions): string {
  if (difference === null) return '';
  const head = options.paint.bold(`since ${difference.before.name}`);
  return [head, sizesText(difference, options), '', packagesText(difference, options)].join('\n');
}

function heaviest({ measured: { packages } }: Check, { paint, verbose, wrapAt }: CheckTextOptions): string {
  if (packages.length === 0) return '';
  const some = verbose ? packages : packages.slice(0, shown);
  const table = plainTable(['heaviest packages', 'version', 'bytes'], paint, {
    right: [2],
    wrapAt,
    drop: [1],
  });
  for (const { name, version, bytes } of some) table.push([name, version ?? '', bytesText(bytes)]);
  const rest = packages.length - some.length;
  return rest === 0
    ? table.toString()
    : `${table.toString()}\n${paint.dim(`… and ${countText(rest, 'more package')} (--verbose)`)}`;
}

function outcome({ findings }: Check, { paint, wrapAt }: CheckTextOptions): string {
  const errors = findings.filter(isError).length;
  const unknown = notChecked(findings);
  if (errors === 0 && unknown > 0)
    return wrap(
      paint.yellow(
        `Within every limit and budget that was checked; ${countText(unknown, 'budget')} not checked.`,
      ),
      wrapAt,
    );
  return errors === 0
    ? paint.green('✔ Within every limit and budget.')
    : wrap(paint.red(`✖ ${countText(errors, 'error')} above (exit code 1).`), wrapAt);
}

/** How many budgets nothing is known about. */
export const notChecked = (findings: readonly Finding[]): number =>
  findings.filter(({ code }) => code === 'budget-not-checked').length;
