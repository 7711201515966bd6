/** The report as people read it in a terminal: a manifest in, lines out. Pure. */
import Table from 'cli-table3';
import { renderFinding, type Finding, type Severity } from '../findings.js';
import { limits } from '../limits.js';
import type { Manifest, StepTime } from '../model.js';
import type { Paint } from './paint.js';
import { bytesText, groupedText } from './units.js';

export interface TextOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
  readonly times: readonly StepTime[];
  readonly verbose: boolean;
  /** Where the artifacts lie; null for `--plan`. */
  readonly out: string | null;
}

const shown = 10;

/** The whole report of a build. Ends with a newline. */
export function textReport(manifest: Manifest, options: TextOptions): string {
  const { paint } = options;
  const sections = [
    headline(manifest, paint),
    stages(manifest, paint),
    limitBars(manifest, options),
    packages(manifest, options),
    files(manifest, options),
    savings(manifest, options),
    steps(options),
    proof(manifest, paint),
    findingsText(manifest.findings, paint, options.verbose),
    outcome(manifest, options),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function headline(manifest: Manifest, paint: Paint): string {
  const { python, architecture, glibc } = manifest.target;
  const count = manifest.distributions.length;
  return [
    paint.bold(`python${python} ${architecture}, glibc ${glibc}`),
    `${count} ${count === 1 ? 'distribution' : 'distributions'} by ${manifest.resolver.version}`,
  ].join(' · ');
}

function stages(manifest: Manifest, paint: Paint): string {
  const { raw, pruned, stripped, unzipped, zipped } = manifest.sizes;
  const table = plainTable(['', 'raw', 'pruned', 'stripped', 'unzipped', 'zipped'].map(paint.dim), 1);
  table.push(
    [
      'MiB',
      ...[raw, pruned, stripped, unzipped, zipped].map((size) => paint.bold((size / 2 ** 20).toFixed(1))),
    ],
    ['bytes', ...[raw, pruned, stripped, unzipped, zipped].map(groupedText)],
    [
      'of raw',
      ...[raw, pruned, stripped, unzipped, zipped].map((size) =>
        raw === 0 ? '' : `${((100 * size) / raw).toFixed(0)} %`,
      ),
    ],
  );
  const { files: compiled, bytes } = manifest.bytecode;
  const note =
    compiled > 0
      ? `\n${paint.dim(`unzipped counts ${groupedText(compiled)} bytecode files of ${bytesText(bytes)}, for faster starts`)}`
      : '';
  return table.toString() + note;
}

function limitBars(manifest: Manifest, { paint }: TextOptions): string {
  const largest = Math.max(0, ...manifest.artifacts.map((artifact) => artifact.zippedBytes));
  const temporary = manifest.target.custom ? null : manifest.plan.ephemeralBytes;
  const rows: readonly (readonly [string, number, number, boolean])[] = [
    ['direct upload (largest zip)', largest, limits.directUpload, largest <= limits.directUpload],
    ['unzipped', manifest.plan.unzippedBytes, limits.unzipped, manifest.plan.unzippedBytes < limits.unzipped],
    ['/tmp', temporary ?? 0, manifest.ephemeralStorage * 2 ** 20, true],
  ];
  const table = plainTable(
    [paint.dim('limit'), '', paint.dim('used'), paint.dim('of'), paint.dim('left')],
    1,
  );
  for (const [name, used, limit, fits] of rows) {
    const colour = fits ? (used > 0.9 * limit ? paint.yellow : paint.green) : paint.red;
    // At the unzipped limit equal is too much (law 8), so what must go is one byte more.
    const left = name === 'unzipped' && used >= limit ? limit - used - 1 : limit - used;
    table.push([
      name,
      colour(bar(used / limit)),
      `${bytesText(used)} (${groupedText(used)})`,
      `${bytesText(limit)} (${groupedText(limit)})`,
      fits ? bytesText(left) : colour(`over by ${bytesText(-left)}`),
    ]);
  }
  return table.toString();
}

function bar(share: number, cells = 20): string {
  const full = Math.max(0, Math.min(cells, Math.round(share * cells)));
  return '█'.repeat(full) + '░'.repeat(cells - full);
}

function packages(manifest: Manifest, { paint, verbose }: TextOptions): string {
  const rows = manifest.packages.filter((row) => row.raw > 0 || row.kept > 0);
  const some = verbose ? rows : rows.slice(0, shown);
  const table = plainTable(['heaviest packages', 'raw', 'kept', 'packed', ''].map(paint.dim), 1);
  for (const row of some) {
    table.push([
      `${row.distribution}${row.version === null ? '' : ` ${row.version}`}`,
      bytesText(row.raw),
      bytesText(row.kept),
      bytesText(row.packed),
      share(row.kept, manifest.sizes.unzipped),
    ]);
  }
  return table.toString() + more(rows.length - some.length, 'packages', paint);
}

function files(manifest: Manifest, { paint, width }: TextOptions): string {
  const table = plainTable(['heaviest files', 'raw', 'kept', 'packed'].map(paint.dim), 1);
  for (const row of manifest.files.slice(0, shown)) {
    table.push([
      shorten(row.path, Math.max(30, width - 44)),
      bytesText(row.raw),
      bytesText(row.kept),
      bytesText(row.packed),
    ]);
  }
  return manifest.files.length === 0 ? '' : table.toString();
}

function savings(manifest: Manifest, { paint, width, verbose }: TextOptions): string {
  const some = verbose ? manifest.savings : manifest.savings.slice(0, shown);
  if (some.length === 0) return '';
  const table = plainTable(['saved by rule', 'bytes', 'files', 'because'].map(paint.dim), 1, [1, 2]);
  for (const row of some) {
    table.push([
      row.rule,
      bytesText(row.bytes),
      groupedText(row.files),
      verbose ? row.because : shorten(row.because, Math.max(30, width - 62), 'end'),
    ]);
  }
  return table.toString() + more(manifest.savings.length - some.length, 'rules', paint);
}

function steps({ times, paint }: TextOptions): string {
  if (times.length === 0) return '';
  const total = times.reduce((sum, step) => sum + step.ms, 0);
  const parts = times.map(
    (step) => `${step.step} ${(step.ms / 1000).toFixed(1)} s${step.cached ? ' (cached)' : ''}`,
  );
  return `${paint.dim('time')}  ${parts.join(' · ')} · ${paint.bold(`${(total / 1000).toFixed(1)} s`)}`;
}

function proof(manifest: Manifest, paint: Paint): string {
  const { state, interpreter, imported, probes, because, importMs } = manifest.proof;
  const label = {
    proven: paint.green('proven'),
    partly: paint.yellow('partly proven'),
    'not-proven': paint.yellow('not proven here'),
  }[state];
  const what =
    state === 'not-proven'
      ? (because ?? '')
      : `${imported.length} modules imported and ${probes.length} recipe probes run from only what was kept, by ${interpreter ?? ''}${because === null ? '' : `; ${because}`}`;
  const speed =
    importMs?.compiled === null || importMs?.compiled === undefined
      ? ''
      : `\n${paint.dim('start')}  imports take ${(importMs.plain / 1000).toFixed(2)} s without bytecode, ${(importMs.compiled / 1000).toFixed(2)} s with it`;
  return `${label}: ${what}${speed}`;
}

const marks: Readonly<Record<Severity, string>> = { error: '✖ error', warning: '▲ warning', info: '· note' };

/** Findings, errors first, each with its code and what to do. */
export function findingsText(findings: readonly Finding[], paint: Paint, verbose: boolean): string {
  const order: readonly Severity[] = ['error', 'warning', 'info'];
  const colour: Readonly<Record<Severity, (text: string) => string>> = {
    error: paint.red,
    warning: paint.yellow,
    info: paint.dim,
  };
  const rendered = findings.map(renderFinding);
  const quietInfo = new Set(verbose ? [] : ['strip-skipped']);
  return order
    .flatMap((severity) => rendered.filter((one) => one.severity === severity && !quietInfo.has(one.code)))
    .map(
      (one) =>
        `${colour[one.severity](marks[one.severity])} ${paint.dim(one.code)}  ${one.sentence}${one.hint === null ? '' : `\n    ${one.hint}`}`,
    )
    .join('\n');
}

function outcome(manifest: Manifest, { paint, out }: TextOptions): string {
  const rejected = manifest.plan.rejected.map(
    (one) =>
      `  ${paint.dim('not')} ${one.strategy}: ${one.because} (${groupedText(one.overBytes)} ${one.overBytes === 1 ? 'byte' : 'bytes'} over)`,
  );
  const head = paint.bold(`strategy ${manifest.plan.strategy}`);
  if (out === null) return [head, ...rejected, 'Nothing was written (--plan).'].join('\n');
  const artifacts = manifest.artifacts.map(
    (artifact) =>
      `  ${paint.green('→')} ${out}/${artifact.file}  ${groupedText(artifact.zippedBytes)} bytes zipped, ${groupedText(artifact.unzippedBytes)} unzipped` +
      `\n    sha256 ${artifact.sha256}`,
  );
  return [head, ...rejected, ...artifacts].join('\n');
}

function plainTable(
  head: string[],
  indent: number,
  right: readonly number[] = head.map((_, index) => index).slice(1),
): Table.Table {
  return new Table({
    head,
    colAligns: head.map((_, index) => (right.includes(index) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': indent + 1 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(0)} %`;
}

function more(count: number, what: string, paint: Paint): string {
  return count > 0 ? `\n${paint.dim(`… and ${count} more ${what} (--verbose)`)}` : '';
}

function shorten(text: string, width: number, where: 'start' | 'end' = 'start'): string {
  if (text.length <= width) return text;
  return where === 'start' ? `…${text.slice(text.length - width + 1)}` : `${text.slice(0, width - 1)}…`;
}
