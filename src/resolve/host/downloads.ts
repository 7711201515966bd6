/** How far an install's downloads are, from what uv and pip print. */
import type { Progress } from '../../progress.js';
import { bytesText } from '../../text/units.js';
import type { Pin } from '../pins.js';
import type { ToolRun } from '../tools.js';

/** A size as the tools write it: `15.9MiB`, `16.6 MB`, `81 kB`. */
const sizes: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

export interface Downloaded {
  /** What it is, e.g. `numpy` or a wheel's name. */
  readonly what: string;
  readonly bytes: number;
  readonly done: boolean;
}

/**
 * One line of a tool. uv says when it begins with a large file, and when it has it; pip when it begins with each, one after the
 * other.
 * @returns null when it is about something else
 */
export function downloadLine(line: string): Downloaded | null {
  const ended = /^\s*Downloaded (\S+)\s*$/.exec(line);
  if (ended) return { what: ended[1] ?? '', bytes: 0, done: true };
  const begun = /^\s*Downloading (\S+) \(([\d.]+)\s*([kMG]?i?B|bytes)\)/i.exec(line);
  if (!begun) return null;
  const [, what = '', number = '', unit = ''] = begun;
  return { what, bytes: Math.round(Number(number) * (sizes[unit.toLowerCase()] ?? 1)), done: false };
}

/** A tool's line as a note: of a download how much it is, before the long name of a wheel; and no file of ours that pip read. */
export function noteOf(line: string): string {
  const told = downloadLine(line);
  if (told === null || told.done) return line.replace(/ \(from (?:\S*->)?-[rc] .*$/, '');
  return `downloading ${bytesText(told.bytes)} ${lastPart(told.what)}`;
}

/** Notes of a run that downloads by the way, as one in a container does, and what it has downloaded so far. */
export function countDownloads(): {
  readonly note: (line: string) => string;
  /** e.g. `15.3 MiB downloaded`; null for nothing, or nothing that was told. */
  readonly told: () => string | null;
} {
  let bytes = 0;
  return {
    note: (line) => {
      bytes += downloadLine(line)?.bytes ?? 0;
      return noteOf(line);
    },
    told: () => (bytes === 0 ? null : `${bytesText(bytes)} downloaded`),
  };
}

const lastPart = (what: string): string => what.slice(what.lastIndexOf('/') + 1);

/** @returns the run to give to the tool; `end` when it has ended */
export function followDownloads(
  pins: readonly Pin[],
  run: ToolRun,
  progress: Progress,
): { readonly run: ToolRun; readonly end: () => void } {
  const known = pins.reduce((sum, pin) => sum + (pin.size ?? 0), 0);
  const step = progress.start('download', known > 0 ? known : undefined);
  const open = new Map<string, number>();
  let bytes = 0;
  const arrived = (what: string): void => {
    const size = open.get(what);
    if (size === undefined) return;
    open.delete(what);
    bytes += size;
    try {
      step.advance(size);
    } catch {
      // Stopped: whoever waits for the tool notices.
    }
  };
  const note = (line: string): void => {
    const told = downloadLine(line);
    if (told === null) return;
    if (told.done) arrived(told.what);
    else {
      // pip takes one file after the other: the one before has arrived.
      if (/\.(?:whl|gz|zip)$/.test(told.what)) [...open.keys()].forEach(arrived);
      open.set(told.what, told.bytes);
    }
    const waiting = [...open.keys()].map(lastPart);
    const coming = [...open.values()].reduce((sum, size) => sum + size, 0);
    const more = coming > 0 ? ['+', bytesText(coming)] : [];
    step.note([bytesText(bytes), ...more, ...waiting.slice(0, 3)].join(' '));
  };
  return {
    run: { ...run, note },
    end: () => {
      [...open.keys()].forEach(arrived);
      // uv is silent about files below 1 MiB.
      step.end(bytes === 0 ? 'nothing large' : bytesText(bytes));
    },
  };
}
