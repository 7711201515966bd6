/** What `verify` found, as people read it in a terminal. Pure. */
import { hasErrors, isError } from '../findings/findings.js';
import type { Percentiles } from '../model.js';
import type { Attempt, Verification } from '../verify/verification.js';
import { bar, findingsText, type TextOptions } from './build-text.js';
import { loadText } from './load-text.js';
import { plainTable } from './plain-table.js';
import { spaced } from '../text/terminal.js';
import { bytesText, countText, timeText } from '../text/units.js';
import { wrap } from '../text/wrap.js';

export type VerifyTextOptions = Pick<TextOptions, 'paint' | 'width' | 'wrapAt' | 'verbose'>;

const shown = 10;
const tracedLines = 12;

/** The whole report. Ends with a newline. */
export function verifyText(verification: Verification, options: VerifyTextOptions): string {
  const sections = [
    headline(verification, options),
    attemptsTable(verification.attempts, options),
    answer(verification, options),
    eventsTable(verification, options),
    bucketsTable(verification, options),
    triedLine(verification, options),
    verification.load === null ? timesTable(verification, options) : '',
    loadText(verification.load, verification.cpus, options),
    limitBars(verification, options),
    traceback(verification, options),
    logLines(verification, options),
    findingsText(verification.findings, options),
    `${outcome(verification, options)}\n${notCheckedText(verification, options)}`,
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  return `${text.replace(/ +$/gm, '')}\n`;
}

function headline(
  { target, strategy, sandbox, ...given }: Verification,
  { paint, wrapAt }: VerifyTextOptions,
): string {
  const settings = [
    `memory ${given.memory} MB`,
    countText(given.cpus, 'CPU'),
    `/tmp ${given.tmpLimit / 2 ** 20} MB`,
    ...(given.handler === null ? [] : [`timeout ${given.timeoutMs / 1000} s`]),
    ...(given.snapStart ? ['SnapStart'] : []),
    ...(given.network === 'host' ? ["this machine's network"] : []),
  ];
  const what = given.handler ?? 'every import and probe that the build promises';
  const build = `${paint.bold(`python${target.python} ${target.architecture}`)} · strategy ${strategy} · ${what}`;
  return [
    wrap(build, wrapAt, 2),
    wrap(`${paint.dim('sandbox')}  ${sandbox.description}`, wrapAt, 9),
    wrap(`${paint.dim('as')}       ${settings.join(' · ')}`, wrapAt, 9),
  ].join('\n');
}

/** After the answer, since it says what that is worth. */
function notCheckedText(
  { notChecked, leftOut, sandbox, ...found }: Verification,
  { paint, wrapAt, verbose }: VerifyTextOptions,
): string {
  const line = wrap(`${paint.dim('not checked')}  ${notChecked.join(', ')}`, wrapAt, 13);
  const untried = leftOut.map(({ kind, name, because }) => {
    const what = kind === 'module' ? name : `the probe of ${name}`;
    const clause = because.replace(/\.$/, '');
    return verbose || leftOut.length <= 5
      ? `${what} (${clause.length > 160 ? `${clause.slice(0, 159)}…` : clause})`
      : what;
  });
  const some = verbose ? untried : untried.slice(0, shown);
  const hidden = untried.length - some.length;
  const left =
    untried.length === 0
      ? []
      : [
          wrap(
            `${paint.dim('left out')}     ${some.join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}${leftOut.length > 5 && !verbose ? ' (--verbose tells why)' : ''}`,
            wrapAt,
            13,
          ),
        ];
  const more = verbose ? sandbox.notChecked.map((sentence) => wrap(`  - ${sentence}`, wrapAt, 4)) : [];
  const lost =
    'The measurements could not be written beside the build, so budgets of "check" cannot use them.';
  return [line, ...left, ...more, ...(found.remembered ? [] : [wrap(lost, wrapAt)])].join('\n');
}

/** Failures first, then what took longest. */
function attemptsTable(attempts: readonly Attempt[], { paint, verbose, wrapAt }: VerifyTextOptions): string {
  if (attempts.length === 0) return '';
  const sorted = [...attempts].sort((a, b) => Number(a.ok) - Number(b.ok) || b.ms - a.ms);
  const some = verbose ? sorted : sorted.filter(({ ok }, index) => !ok || index < shown);
  const table = plainTable(['tried', 'time', ''], paint, { right: [1], wrapAt });
  for (const { kind, name, ok, ms } of some) {
    table.push([
      kind === 'module' ? `import ${name}` : `probe of ${name}`,
      timeText(ms),
      ok ? paint.green('ok') : paint.red('✖ fails'),
    ]);
  }
  const rest = attempts.length - some.length;
  return table.toString() + (rest > 0 ? `\n${paint.dim(`… and ${rest} more that work (--verbose)`)}` : '');
}

function answer({ invocation, handler }: Verification, { paint, verbose }: VerifyTextOptions): string {
  if (handler === null || invocation === null || !invocation.ok) return '';
  const text = JSON.stringify(invocation.result);
  const most = verbose ? Number.POSITIVE_INFINITY : 200;
  return `${paint.dim('answer')}  ${text.length > most ? `${text.slice(0, most)}… (--verbose)` : text}`;
}

/** In their order. */
function eventsTable({ events }: Verification, { paint, verbose, wrapAt }: VerifyTextOptions): string {
  if (events === null) return '';
  const most = verbose ? Number.POSITIVE_INFINITY : 60;
  const table = plainTable(['event', 'time', '', 'answer'], paint, { right: [1], wrapAt });
  for (const { name, cold, invocation } of events) {
    const text = JSON.stringify(invocation?.result ?? null);
    table.push([
      name,
      invocation === null ? '' : timeText(invocation.ms),
      cold ? 'cold' : '',
      invocation === null
        ? paint.dim('not tried')
        : invocation.ok
          ? text.length > most
            ? `${text.slice(0, most)}…`
            : text
          : paint.red('✖ fails'),
    ]);
  }
  return table.toString();
}

/** What the function wrote, and what it looked for and did not find. */
function bucketsTable({ s3 }: Verification, { paint, verbose, wrapAt }: VerifyTextOptions): string {
  const most = verbose ? Number.POSITIVE_INFINITY : 5;
  const listed = (items: readonly string[]): string =>
    items.length > most ? `${items.slice(0, most).join(', ')}, … (--verbose)` : items.join(', ');
  return s3
    .map(({ bucket, requests, written, deleted, missing }) => {
      const parts = [
        countText(requests, 'request'),
        ...(written.length === 0
          ? []
          : [`wrote ${listed(written.map(({ key, bytes }) => `${key} (${bytesText(bytes)})`))}`]),
        ...(deleted.length === 0 ? [] : [`deleted ${listed(deleted)}`]),
        ...(missing.length === 0 ? [] : [`not there: ${listed(missing)}`]),
      ];
      return wrap(`${paint.dim('s3')}       ${bucket}: ${parts.join('; ')}`, wrapAt, 9);
    })
    .join('\n');
}

/** The function's only handler, when none was named. */
function triedLine({ tried }: Verification, { paint, wrapAt }: VerifyTextOptions): string {
  if (tried === null) return '';
  const { handler, invocation } = tried;
  const text = invocation?.ok === true ? JSON.stringify(invocation.result) : '';
  const says =
    invocation?.ok === true ? `answers ${text.length > 200 ? `${text.slice(0, 200)}…` : text}` : 'fails';
  return wrap(
    `${paint.dim('handler')}  ${handler} is the only one in your code, so it was tried, with an empty event: it ${says}.`,
    wrapAt,
    9,
  );
}

function timesTable(
  { statistics, coldStarts, handler }: Verification,
  { paint, wrapAt }: VerifyTextOptions,
): string {
  const { init, unpack, cold, warm } = statistics;
  const rows: readonly (readonly [string, Percentiles | null])[] =
    handler === null
      ? [
          ['cold start: initialization and imports', cold],
          ['  initialization', init],
          ['    unpacking in it', unpack],
          ['  imports', statistics.import],
        ]
      : [
          ['cold start: initialization and first answer', cold],
          ['  initialization', init],
          ['    unpacking in it', unpack],
          // Without unpacking it is all of the initialization.
          ['    Python and imports in it', unpack === null ? null : statistics.import],
          ['warm', warm],
        ];
  const measured = rows.filter(([, all]) => all !== null);
  if (measured.length === 0) return '';
  const runs = coldStarts.length;
  const one = runs === 1 && (warm?.count ?? 0) <= 1;
  const table = plainTable(['time', ...(one ? [''] : ['p50', 'p95', 'p99', 'of'])], paint, {
    wrapAt,
    drop: one ? [] : [4, 2],
  });
  for (const [name, all] of measured) {
    if (all === null) continue;
    table.push([
      name,
      ...(one
        ? [timeText(all.p50)]
        : [timeText(all.p50), timeText(all.p95), timeText(all.p99), String(all.count)]),
    ]);
  }
  return table.toString();
}

function limitBars(given: Verification, { paint, width, wrapAt }: VerifyTextOptions): string {
  const ready = given.coldStarts.flatMap(({ initMs, importMs }) =>
    initMs === null ? [] : [initMs + (given.handler === null ? (importMs ?? 0) : 0)],
  );
  const memory = given.memory * 2 ** 20;
  const rows: readonly (readonly [string, number, string, string])[] = [
    ...(ready.length === 0
      ? []
      : [
          [
            'initialization',
            Math.max(...ready) / given.initLimitMs,
            timeText(Math.max(...ready)),
            timeText(given.initLimitMs),
          ] as const,
        ]),
    ['memory, at most', given.peakMemory / memory, bytesText(given.peakMemory), bytesText(memory)],
    ['/tmp, at most', given.tmpBytes / given.tmpLimit, bytesText(given.tmpBytes), bytesText(given.tmpLimit)],
  ];
  const table = plainTable(['limit', '', 'used', 'of'], paint, { wrapAt, drop: [1, 3] });
  for (const [name, share, used, limit] of rows) {
    const colour = share > 1 ? paint.red : share > 0.9 ? paint.yellow : paint.green;
    table.push([name, colour(bar(share, width < 110 ? 10 : 20)), used, limit]);
  }
  return table.toString();
}

/** Where the handler failed; with many calls only the innermost. */
function traceback({ coldStarts, handler }: Verification, { paint, verbose }: VerifyTextOptions): string {
  if (handler === null) return '';
  const errors = coldStarts.flatMap(({ initError, first }) => initError ?? first?.error ?? []);
  const lines = (errors[0]?.stackTrace ?? []).flatMap((entry) => entry.replace(/\n$/, '').split('\n'));
  if (lines.length === 0) return '';
  const some = verbose ? lines : lines.slice(-tracedLines);
  const cut = some.length < lines.length ? ['  … (--verbose)'] : [];
  return [paint.dim('traceback'), ...cut, ...some.map((line) => `  ${line}`)].join('\n');
}

/** What the function wrote helps when it failed, or when it is asked for. */
function logLines({ log, findings }: Verification, { paint, verbose }: VerifyTextOptions): string {
  if (!verbose || log.length === 0) return '';
  const failed = hasErrors(findings);
  const some = failed ? log : log.slice(-20);
  return [paint.dim('log'), ...some.map((line) => `  ${spaced(line)}`)].join('\n');
}

function outcome(verification: Verification, { paint, wrapAt }: VerifyTextOptions): string {
  const errors = verification.findings.filter(isError).length;
  const said =
    errors > 0
      ? `✖ ${countText(errors, 'error')} above: do not deploy this (exit code 1).`
      : `✔ ${success(verification)}`;
  return (errors > 0 ? paint.red : paint.green)(wrap(said, wrapAt, 2));
}

function success({ attempts, handler, tried, events, load }: Verification): string {
  if (load !== null) return `${handler ?? ''} answers ${countText(load.requests, 'request')}.`;
  if (events !== null) return `${handler ?? ''} answers ${countText(events.length, 'event')}.`;
  if (handler !== null) return `${handler} answers.`;
  const own = tried?.invocation?.ok === true ? `, and ${tried.handler} answers` : '';
  const works = attempts.filter(({ ok }) => ok);
  const modules = works.filter(({ kind }) => kind === 'module').length;
  const probes = works.length - modules;
  const and = probes > 0 ? ` and ${countText(probes, 'recipe probe')} run` : '';
  return `${countText(modules, 'module')} imported${and}${own}.`;
}
