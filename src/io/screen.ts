/** What people see while it works, on standard error. Results go elsewhere. The only file that draws and colours. */
import { Chalk, type ChalkInstance } from 'chalk';
import ora, { type Ora } from 'ora';
import type { Progress, StepProgress } from '../progress.js';
import { plainPaint, type Paint } from '../report/paint.js';
import { bytesText } from '../report/units.js';
import type { StepTime } from '../model.js';

export interface ScreenOptions {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** True when NO_COLOR, --json or a pipe asks for plain text. */
  readonly plain: boolean;
}

export interface Screen extends Progress {
  readonly colour: ChalkInstance;
  /** Every step that has ended, in order. */
  readonly times: readonly StepTime[];
  /** Stop drawing (before a result or an error is printed). */
  stop(): void;
}

/** Colours for a report on standard output. */
export function paintFor(colourful: boolean): Paint {
  return colourful ? new Chalk({ level: 1 }) : plainPaint;
}

interface Running {
  readonly name: string;
  readonly total: number | undefined;
  readonly began: number;
  done: number;
  note: string;
}

/** Lines for a terminal: one live line; else a plain line as each step begins and ends. */
export function openScreen(options: ScreenOptions): Screen {
  const { stream, quiet, verbose } = options;
  const live = stream.isTTY && !quiet && !options.plain;
  const colour = new Chalk({ level: options.plain || !stream.isTTY ? 0 : 1 });
  const spinner: Ora | null = live ? ora({ stream, discardStdin: false }) : null;
  const running: Running[] = [];
  const times: StepTime[] = [];
  const say = (line: string): void => {
    if (!quiet && !live) stream.write(`${line}\n`);
  };
  const draw = (): void => {
    if (!spinner) return;
    const text = running.map(lineOf).join('  ·  ');
    spinner.text = text.slice(0, Math.max(20, stream.columns - 4));
  };
  const begin = (name: string, total?: number): StepProgress => {
    const step: Running = { name, total, began: performance.now(), done: 0, note: '' };
    running.push(step);
    say(`${name} …`);
    if (spinner && !spinner.isSpinning) spinner.start();
    draw();
    return {
      advance: (amount) => {
        step.done += amount;
        draw();
      },
      note: (text) => {
        step.note = text;
        if (verbose) say(`  ${text}`);
        draw();
      },
      end: (summary, { cached = false } = {}) => {
        running.splice(running.indexOf(step), 1);
        const ms = Math.round(performance.now() - step.began);
        times.push({ step: name, ms, cached });
        const line = `${name}${summary === undefined ? '' : `: ${summary}`}${cached ? ' (from the cache)' : ''}, ${(ms / 1000).toFixed(1)} s`;
        if (spinner) {
          spinner.stopAndPersist({ symbol: colour.green('✔'), text: line });
          if (running.length > 0) spinner.start();
        }
        say(line);
        draw();
      },
    };
  };
  return { colour, times, start: begin, stop: () => spinner?.stop() };
}

function lineOf(step: Running): string {
  const amount =
    step.total !== undefined && step.total > 0
      ? ` ${Math.min(100, Math.floor((100 * step.done) / step.total))} %${step.total > 1_000_000 ? ` of ${bytesText(step.total)}` : ''}`
      : '';
  return `${step.name}${amount}${step.note === '' ? '' : ` ${step.note}`}`;
}
