/** What many requests at once came to, as people read it in a terminal. Pure. */
import type { Percentiles } from '../model.js';
import { countText, groupedText, percentText, timeText } from '../text/units.js';
import { wrap } from '../text/wrap.js';
import type { Load } from '../verify/load/model.js';
import type { TextOptions } from './build-text.js';
import { plainTable } from './plain-table.js';

type Options = Pick<TextOptions, 'paint' | 'wrapAt'>;

/** @param cpus of each environment */
export function loadText(load: Load | null, cpus: number, { paint, wrapAt }: Options): string {
  if (load === null) return '';
  const head = `${paint.dim('load')}     ${countText(load.requests, 'request')}, ${load.concurrency} at once: ${rateText(load)}`;
  const sections = [
    [wrap(head, wrapAt, 9), ...honesty(load, cpus).map((one) => wrap(one, wrapAt))].join('\n'),
    timesTable(load, { paint, wrapAt }),
    errorsTable(load, { paint, wrapAt }),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function rateText({ requestsPerSecond: rate, totalMs, environments, failed, requests }: Load): string {
  const errors =
    failed === 0 ? 'no errors' : `${groupedText(failed)} failed (${percentText((100 * failed) / requests)})`;
  return `${rate.toFixed(1)} a second for ${timeText(totalMs)}, ${countText(environments, 'environment')}, ${errors}`;
}

/** What of the times is this machine's and not Lambda's. */
function honesty({ room, concurrency, requests, machineCpus }: Load, cpus: number): readonly string[] {
  const wanted = Math.min(concurrency, requests);
  const running = Math.min(room, wanted);
  return [
    ...(room < wanted
      ? [
          `This machine has room for ${room} of ${wanted}: times beyond are queueing of this machine, not Lambda's. It is counted apart, as waiting.`,
        ]
      : []),
    ...(running * cpus > machineCpus
      ? [
          `${countText(running, 'environment')} of ${countText(cpus, 'CPU')} shared the ${machineCpus} of this machine: a function that computes is slower here than in Lambda, where each has its own.`,
        ]
      : []),
  ];
}

function timesTable({ cold, init, warm, waiting }: Load, { paint, wrapAt }: Options): string {
  const rows: readonly (readonly [string, Percentiles | null])[] = [
    ['cold start: initialization and answer', cold],
    ['  initialization', init],
    ['warm', warm],
    ['waiting for this machine', waiting],
  ];
  const table = plainTable(['time', 'p50', 'p95', 'p99', 'of'], paint, { wrapAt, drop: [4] });
  for (const [name, all] of rows) {
    if (all === null) continue;
    table.push([name, timeText(all.p50), timeText(all.p95), timeText(all.p99), groupedText(all.count)]);
  }
  return rows.some(([, all]) => all !== null) ? table.toString() : '';
}

function errorsTable({ errors }: Load, { paint, wrapAt }: Options): string {
  if (errors.length === 0) return '';
  const table = plainTable(['failed with', 'times', 'for example'], paint, { wrapAt, right: [1], drop: [2] });
  for (const { type, count, example } of errors) {
    const line = example.message.replace(/\s+/g, ' ').trim();
    const said = line.length > 100 ? `${line.slice(0, 99)}…` : line;
    table.push([
      paint.red(type),
      groupedText(count),
      example.event === null ? said : `${example.event}: ${said}`,
    ]);
  }
  return table.toString();
}
