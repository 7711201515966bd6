/** The report as people read it in a terminal: a manifest in, lines out. Pure. */
import { renderFinding, type Finding, type Severity } from '../findings/findings.js';
import type { Artifact, Manifest, StepTime } from '../model.js';
import { limitRows } from './limit-rows.js';
import { functionCode } from '../manifest/measure.js';
import { nextSteps, type Stale } from './next.js';
import { plainTable } from './plain-table.js';
import type { Paint } from '../text/paint.js';
import { bytesText, countText, groupedText } from '../text/units.js';
import { wrap } from '../text/wrap.js';

export interface TextOptions {
  readonly paint: Paint;
  /** Columns for tables. */
  readonly width: number;
  /** Columns at which sentences break; `Infinity` when nobody watches, so that logs can be searched. */
  readonly wrapAt: number;
  readonly times: readonly StepTime[];
  readonly verbose: boolean;
  /** Where the artifacts lie; null for `--plan`. */
  readonly out: string | null;
  /** Files beside it that deploy an earlier build. */
  readonly stale?: readonly Stale[];
  /** What the user types for this program; default: its name. */
  readonly program?: string;
}

const shown = 10;
/** How many findings of one kind are listed. */
const shownFindings = 5;

/** The whole report of a build. Ends with a newline. */
export function textReport(manifest: Manifest, options: TextOptions): string {
  const sections = [
    headline(manifest, options),
    stages(manifest, options),
    limitBars(manifest, options),
    nested(manifest, options),
    otherLayers(manifest, options),
    packages(manifest, options),
    files(manifest, options),
    savings(manifest, options),
    steps(options),
    proof(manifest, options),
    findingsText(manifest.findings, options),
    outcome(manifest, options),
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  return `${text.replace(/ +$/gm, '')}\n`;
}

function headline(manifest: Manifest, { paint, wrapAt }: TextOptions): string {
  const { python, architecture, glibc } = manifest.target;
  const facts = [
    paint.bold(`python${python} ${architecture}, glibc ${glibc}`),
    `${countText(manifest.distributions.length, 'distribution')} by ${manifest.resolver.version}`,
  ];
  return [facts.join(' · '), ...changes(manifest)].map((line) => wrap(line, wrapAt, 2)).join('\n');
}

/** What was changed of the resolved packages. */
function changes({ patches = [], vendored = [] }: Manifest): readonly string[] {
  return [
    ...patches.map(
      (one) =>
        `patched   ${one.package} ${one.version} by ${one.file} (${countText(one.paths.length, 'file')})`,
    ),
    ...vendored.map(
      (one) =>
        `vendored  ${one.modules.join(', ')} from ${one.folder} (${countText(one.files, 'file')}, ${bytesText(one.bytes)})`,
    ),
  ];
}

function stages(manifest: Manifest, { paint, wrapAt }: TextOptions): string {
  const { raw, pruned, stripped, unzipped, zipped } = manifest.sizes;
  const sizes = [raw, pruned, stripped, unzipped, ...(zipped > 0 ? [zipped] : [])];
  const heads = ['', 'raw', 'pruned', 'stripped', 'unzipped', ...(zipped > 0 ? ['zipped'] : [])];
  const table = plainTable(heads, paint, { wrapAt, drop: [2, 3, 5] });
  table.push(
    ['MiB', ...sizes.map((size) => paint.bold((size / 2 ** 20).toFixed(1)))],
    ['bytes', ...sizes.map(groupedText)],
    ['of raw', ...sizes.map((size) => share(size, raw))],
  );
  const { files: compiled, bytes } = manifest.bytecode;
  const code = manifest.packages.find((row) => row.distribution === functionCode)?.kept ?? 0;
  const added = [
    ...(compiled > 0
      ? [`${countText(compiled, 'bytecode file')} (${bytesText(bytes)}), for faster starts`]
      : []),
    ...(code > 0 ? [`the function's code (${bytesText(code)})`] : []),
  ];
  const note =
    added.length === 0 ? '' : `\n${paint.dim(wrap(`unzipped counts ${added.join(' and ')}`, wrapAt))}`;
  return table.toString() + note;
}

function limitBars(manifest: Manifest, { paint, width, wrapAt }: TextOptions): string {
  const narrow = width < 110;
  const table = plainTable(['limit', '', 'used', 'of', 'left'], paint, { wrapAt, drop: [1, 3] });
  for (const { name, used, limit, fits, left } of limitRows(manifest)) {
    const colour = fits ? (used > 0.9 * limit ? paint.yellow : paint.green) : paint.red;
    table.push([
      name === 'direct upload' && !narrow ? `${name} (largest zip)` : name,
      colour(bar(used / limit, narrow ? 10 : 20)),
      used < 1024 || wrapAt < 72 ? bytesText(used) : `${bytesText(used)} (${groupedText(used)})`,
      narrow ? bytesText(limit) : `${bytesText(limit)} (${groupedText(limit)})`,
      fits ? bytesText(left) : colour(`over by ${bytesText(-left)}`),
    ]);
  }
  return table.toString();
}

/** A share of a limit as a picture. */
export function bar(share: number, cells: number): string {
  const full = Math.max(0, Math.min(cells, Math.round(share * cells)));
  return '█'.repeat(full) + '░'.repeat(cells - full);
}

/** What is opened into /tmp at start, and why. */
function nested(
  { plan, ephemeralStorage }: Manifest,
  { paint, verbose, width, wrapAt }: TextOptions,
): string {
  const { nesting } = plan;
  if (nesting === null) return '';
  const some = verbose ? nesting.files : nesting.files.slice(0, shown);
  const table = plainTable(['opened into /tmp at start', 'size', 'how'], paint, {
    right: [1],
    wrapAt,
    drop: [2],
  });
  for (const { path, bytes, way } of some) {
    table.push([
      shorten(path, Math.max(30, width - 40)),
      bytesText(bytes),
      way === 'library' ? 'loaded by path' : 'in a tree of links',
    ]);
  }
  const where = nesting.s3 === null ? 'in the package' : 'in a bucket';
  const facts = [
    `payload ${bytesText(nesting.payloadBytes)} (${nesting.codec} ${nesting.level}) ${where}`,
    `bootstrap ${bytesText(nesting.bootBytes)}`,
    `${bytesText(plan.ephemeralBytes)} of ${ephemeralStorage} MB in /tmp`,
  ].join(' · ');
  const rest = more(nesting.files.length - some.length, 'file', paint);
  return `${table.toString()}${rest}\n${wrap(`${facts}. ${nesting.because}`, wrapAt)}`;
}

/** What the function has besides, and what was left to it. */
function otherLayers({ layers = [] }: Manifest, { paint, wrapAt }: TextOptions): string {
  if (layers.length === 0) return '';
  const table = plainTable(['other layers', 'unzipped', 'left to it'], paint, { right: [1], wrapAt });
  for (const { name, unzippedBytes, distributions } of layers) {
    const left = distributions.filter((one) => one.left).map((one) => `${one.name} ${one.version}`);
    table.push([name, bytesText(unzippedBytes), left.length === 0 ? 'nothing' : left.join(', ')]);
  }
  return table.toString();
}

function packages(manifest: Manifest, { paint, verbose, wrapAt }: TextOptions): string {
  const rows = manifest.packages.filter((row) => row.raw > 0 || row.kept > 0);
  const some = verbose ? rows : rows.slice(0, shown);
  const total = rows.reduce((sum, row) => sum + row.kept, 0);
  const table = plainTable(['heaviest packages', 'raw', 'kept', 'packed', 'share'], paint, {
    wrapAt,
    drop: [4, 3, 1],
  });
  for (const row of some) {
    table.push([
      `${row.distribution}${row.version === null ? '' : ` ${row.version}`}`,
      bytesText(row.raw),
      bytesText(row.kept),
      bytesText(row.packed),
      share(row.kept, total),
    ]);
  }
  return table.toString() + more(rows.length - some.length, 'package', paint);
}

function files(manifest: Manifest, { paint, width, wrapAt }: TextOptions): string {
  const table = plainTable(['heaviest files', 'raw', 'kept', 'packed'], paint, { wrapAt, drop: [3, 1] });
  for (const row of manifest.files.slice(0, shown)) {
    table.push([
      shorten(row.path, Math.max(30, width - 36)),
      bytesText(row.raw),
      bytesText(row.kept),
      bytesText(row.packed),
    ]);
  }
  return manifest.files.length === 0 ? '' : table.toString();
}

function savings(manifest: Manifest, { paint, width, wrapAt, verbose }: TextOptions): string {
  const some = verbose ? manifest.savings : manifest.savings.slice(0, shown);
  if (some.length === 0) return '';
  const table = plainTable(['saved by rule', 'bytes', 'files', 'because'], paint, {
    right: [1, 2],
    wrapAt,
    drop: [2, 3],
  });
  const reasonWidth = width - Math.max(...some.map((row) => row.rule.length), 13) - 22;
  for (const row of some) {
    table.push([
      row.rule,
      bytesText(row.bytes),
      groupedText(row.files),
      verbose ? row.because : shorten(row.because, Math.max(24, reasonWidth), 'end'),
    ]);
  }
  return table.toString() + more(manifest.savings.length - some.length, 'rule', paint);
}

function steps({ times, paint, verbose, wrapAt }: TextOptions): string {
  if (times.length === 0) return '';
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const total = times.reduce((sum, step) => sum + step.ms, 0);
  const parts = [...Map.groupBy(times, (step) => step.step)]
    .map(([step, all]) => ({
      step,
      ms: all.reduce((sum, one) => sum + one.ms, 0),
      cached: all.every((one) => one.cached),
    }))
    .filter((step) => verbose || step.ms >= 50)
    .map((step) => `${step.step} ${seconds(step.ms)}${step.cached ? ' (cached)' : ''}`);
  const all = parts.length === 1 ? parts : [...parts, paint.bold(`${seconds(total)} in all`)];
  return wrap(`${paint.dim('time')}   ${all.join(' · ')}`, wrapAt, 7);
}

function proof(manifest: Manifest, { paint, wrapAt }: TextOptions): string {
  const { state, interpreter, imported, probes, because, importMs, environment = {} } = manifest.proof;
  const label = {
    proven: paint.green('proven'),
    partly: paint.yellow('partly proven'),
    'not-proven': paint.yellow('not proven here'),
  }[state];
  const ran = [
    `${countText(imported.length, 'module')} imported`,
    ...(probes.length > 0 ? [`${countText(probes.length, 'recipe probe')} run`] : []),
  ];
  const what =
    state === 'not-proven'
      ? (because ?? '')
      : `${ran.join(' and ')} from only what was kept, by ${interpreter ?? ''}${withVariables(environment)}${because === null ? '' : `; ${because}`}`;
  const lines = [wrap(`${label}: ${what}`, wrapAt, 7)];
  // Below a twentieth of a second there is nothing to tell.
  if (importMs !== null && importMs.compiled !== null && importMs.plain >= 50) {
    const [plain, compiled] = [importMs.plain, importMs.compiled].map((ms) => `${(ms / 1000).toFixed(2)} s`);
    const marked = importMs.remembered ? ' (remembered from an earlier build)' : '';
    const told = `imports take ${plain ?? ''} without bytecode${marked}, ${compiled ?? ''} with it`;
    lines.push(wrap(`${paint.dim('start')}  ${told}`, wrapAt, 7));
  }
  return lines.join('\n');
}

function withVariables(environment: NonNullable<Manifest['proof']['environment']>): string {
  const told = Object.entries(environment).map(([name, value]) =>
    value === null ? `${name} (a secret)` : `${name}=${value}`,
  );
  return told.length === 0 ? '' : `, with ${told.join(', ')}`;
}

const marks: Readonly<Record<Severity, string>> = { error: '✖ error', warning: '▲ warning', info: '· note' };

/** Findings, errors first, each with its code and what to do; of many of one kind only some. */
export function findingsText(
  findings: readonly Finding[],
  { paint, verbose, wrapAt }: Pick<TextOptions, 'paint' | 'verbose' | 'wrapAt'>,
): string {
  const order: readonly Severity[] = ['error', 'warning', 'info'];
  const colour: Readonly<Record<Severity, (text: string) => string>> = {
    error: (text) => paint.red(text),
    warning: (text) => paint.yellow(text),
    info: (text) => paint.dim(text),
  };
  const rendered = findings.map(renderFinding);
  const quietInfo = new Set(verbose ? [] : ['strip-skipped']);
  const kinds = Map.groupBy(
    order.flatMap((severity) =>
      rendered.filter((one) => one.severity === severity && !quietInfo.has(one.code)),
    ),
    (one) => one.code,
  );
  const lines: string[] = [];
  for (const [code, all] of kinds) {
    const some = verbose ? all : all.slice(0, shownFindings);
    for (const [index, one] of some.entries()) {
      const mark = colour[one.severity](marks[one.severity]);
      lines.push(wrap(`${mark} ${paint.dim(code)}  ${one.sentence}`, wrapAt, 4));
      // One hint below equal ones is enough.
      if (one.hint !== null && one.hint !== some[index + 1]?.hint)
        lines.push(wrap(`    ${one.hint}`, wrapAt, 4));
    }
    if (some.length < all.length) lines.push(`  … and ${all.length - some.length} more ${code} (--verbose)`);
  }
  return lines.join('\n');
}

function outcome(manifest: Manifest, { paint, out, wrapAt, stale, program }: TextOptions): string {
  const rejected = manifest.plan.rejected.map((one) =>
    wrap(
      `  ${paint.dim('not')} ${one.strategy}: ${one.because} (${countText(one.overBytes, 'byte')} over)`,
      wrapAt,
      6,
    ),
  );
  const head = paint.bold(`strategy ${manifest.plan.strategy}`);
  if (out === null) return [head, ...rejected, 'Nothing was written (--plan).'].join('\n');
  const artifacts = manifest.artifacts.map((artifact) => {
    const line = `  ${paint.green('→')} ${out}/${artifact.file}  ${sizesOf(artifact)}`;
    return `${wrap(line, wrapAt, 4)}\n    sha256 ${artifact.sha256}`;
  });
  return [
    head,
    ...rejected,
    ...artifacts,
    ...nextSteps(manifest, out, { paint, wrapAt }, stale, program),
  ].join('\n');
}

function sizesOf({ kind, zippedBytes, unzippedBytes }: Artifact): string {
  const unzipped = `${groupedText(unzippedBytes)} unzipped`;
  if (kind === 'directory') return unzipped;
  const zipped = `${groupedText(zippedBytes)} bytes`;
  return kind === 'payload' ? `${zipped}, for a bucket` : `${zipped} zipped, ${unzipped}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(0)} %`;
}

function more(count: number, what: string, paint: Paint): string {
  return count > 0 ? `\n${paint.dim(`… and ${countText(count, `more ${what}`)} (--verbose)`)}` : '';
}

function shorten(text: string, width: number, where: 'start' | 'end' = 'start'): string {
  if (text.length <= width) return text;
  return where === 'start' ? `…${text.slice(text.length - width + 1)}` : `${text.slice(0, width - 1)}…`;
}
