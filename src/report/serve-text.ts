/** What `verify --serve` tells while it runs, for people. Pure. */
import type { Paint } from '../text/paint.js';
import { spaced } from '../text/terminal.js';
import { bytesText, countText, timeText } from '../text/units.js';
import type { Percentiles } from '../model.js';
import type { Listening, LoggedLine, ServedRequest, ServeSummary } from '../verify/serve/model.js';

export function listeningText({ url, handler, concurrency, room }: Listening, paint: Paint): string {
  const most =
    room < concurrency
      ? `up to ${room} of ${concurrency} environments, as this machine has no room for more`
      : `up to ${countText(concurrency, 'environment')}`;
  return `${paint.bold(url)} answers with ${handler}, ${most}. Ctrl-C ends it.\n`;
}

/** What the function wrote, with the environment that did. */
export function loggedText({ environment, line }: LoggedLine, paint: Paint): string {
  return `  ${paint.dim(environment === 0 ? 'log' : `log ${environment}`)}  ${spaced(line)}\n`;
}

/** One line; below it why an answer is not the function's own. The traceback is in the log. */
export function servedText(one: ServedRequest, paint: Paint): string {
  const { method, path, status, ms, cold, initMs, waitMs, because } = one;
  const colour = status === null || status >= 500 ? paint.red : status >= 400 ? paint.yellow : paint.green;
  const how = [
    ...(cold ? [`cold${initMs === null ? '' : ` (${timeText(initMs)} to start)`}`] : ['warm']),
    // Less is nothing that somebody would notice.
    ...(waitMs >= 10 ? [`${timeText(waitMs)} waiting for room on this machine`] : []),
  ];
  const told = one.functionMs === null ? [] : how;
  const line = [
    `${method} ${path}`,
    colour(status === null ? 'client left' : String(status)),
    timeText(ms),
    ...told,
  ].join('  ');
  return because === null ? `${line}\n` : `${line}\n  ${paint.dim(because)}\n`;
}

export function summaryText(summary: ServeSummary): string {
  const { requests, failed, environments, cold, warm, peakMemory, tmpBytes } = summary;
  const times = (name: string, all: Percentiles | null): readonly string[] =>
    all === null
      ? []
      : [
          `${name}  p50 ${timeText(all.p50)}, p95 ${timeText(all.p95)}, p99 ${timeText(all.p99)} of ${all.count}`,
        ];
  return [
    `${countText(requests, 'request')}, ${failed === 0 ? 'no' : String(failed)} answers of 500 and more, ${countText(environments, 'environment')}`,
    ...times('cold', cold),
    ...times('warm', warm),
    `memory, at most ${bytesText(peakMemory)}; /tmp, at most ${bytesText(tmpBytes)}`,
    '',
  ].join('\n');
}
