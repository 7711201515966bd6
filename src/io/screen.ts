/** What people see while it works, on standard error. Results go elsewhere. The only file that draws and colours. */
import { Chalk } from 'chalk';
import ora, { type Ora } from 'ora';
import stringWidth from 'string-width';
import type { Progress, StepProgress } from '../progress.js';
import { plainPaint, type Paint } from '../text/paint.js';
import { harmless, visible } from '../text/terminal.js';
import { bytesText } from '../text/units.js';
import { wrap } from '../text/wrap.js';
import { isFull } from './streams.js';
import type { StepTime } from '../model.js';

export interface ScreenOptions {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** True when NO_COLOR asks for plain text; a pipe gets it always. */
  readonly plain: boolean;
}

export interface Screen extends Progress {
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
  /** Of `performance.now()`. */
  readonly began: number;
  done: number;
  note: string;
}

/** Milliseconds after which a plain log says what is going on, and how long it is silent at most. */
const patience = 1000;
const silence = 15_000;

/** For a terminal one live line; else a plain line as each step ends, and for a long one while it goes on. */
export function openScreen({ stream, quiet, verbose, plain }: ScreenOptions): Screen {
  const live = stream.isTTY && !quiet && !plain;
  const colour = new Chalk({ level: live ? 1 : 0 });
  const spinner: Ora | null = live ? ora({ stream, discardStdin: false }) : null;
  const running: Running[] = [];
  const times: StepTime[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let drawn = 0;
  const say = (line: string): void => {
    if (!quiet && !live && !isFull(stream)) stream.write(harmless(`${wrapped(visible(line), stream)}\n`));
  };
  const draw = (): void => {
    if (!spinner) return;
    drawn = performance.now();
    spinner.text = pictureOf(running, stream.columns || 80);
  };
  const begin = (name: string, total?: number): StepProgress => {
    const step: Running = { name: visible(name), total, began: performance.now(), done: 0, note: '' };
    running.push(step);
    const own = live ? [ticking(draw)] : reminders(() => say(`${lineOf(step)} …`));
    own.forEach((timer) => timers.add(timer));
    if (spinner && !spinner.isSpinning) spinner.start();
    draw();
    return {
      advance: (amount) => {
        step.done += amount;
        // It is called for every file; nobody sees more than some pictures a second.
        if (performance.now() - drawn > 60) draw();
      },
      note: (text) => {
        step.note = visible(text);
        if (verbose) say(`  ${step.note}`);
        draw();
      },
      end: (summary, { cached = false } = {}) => {
        own.forEach((timer) => {
          clearTimeout(timer);
          timers.delete(timer);
        });
        running.splice(running.indexOf(step), 1);
        const ms = Math.round(performance.now() - step.began);
        times.push({ step: name, ms, cached });
        const line = visible(endLine(name, summary, cached, ms));
        if (spinner) {
          spinner.stopAndPersist({ symbol: '', text: wrapped(`${colour.green('✔')} ${line}`, stream) });
          // Before it starts, which draws at once: the step that has ended is told.
          draw();
          if (running.length > 0) spinner.start();
        }
        say(line);
      },
    };
  };
  const stop = (): void => {
    spinner?.stop();
    timers.forEach(clearTimeout);
    timers.clear();
  };
  return { times, start: begin, stop };
}

/** A terminal breaks lines between letters; anything else keeps them whole. */
const wrapped = (line: string, { isTTY, columns }: NodeJS.WriteStream): string =>
  wrap(line, isTTY ? columns || 80 : Infinity, 2);

/** On a terminal the seconds go on, also while a step has nothing to tell. */
const ticking = (draw: () => void): NodeJS.Timeout => setInterval(draw, 1000).unref();

/** Timers that say that a long step goes on; they do not keep the program running. */
function reminders(say: () => void): readonly NodeJS.Timeout[] {
  return [setTimeout(say, patience).unref(), setInterval(say, silence).unref()];
}

function endLine(name: string, summary: string | undefined, cached: boolean, ms: number): string {
  const what = summary === undefined ? '' : `: ${summary}`;
  return `${name}${what}${cached ? ' (from the cache)' : ''}, ${(ms / 1000).toFixed(1)} s`;
}

const between = '  ·  ';

/**
 * All that goes on, on one line with room for the spinner. Where that is too long, notes are shortened, the last step's
 * last; how much is done and how long it has taken stay as long as there is room for the step's name.
 */
function pictureOf(running: readonly Running[], columns: number): string {
  const room = Math.max(20, columns - 4);
  const whole = running.map(lineOf).join(between);
  const last = running.at(-1);
  if (last === undefined || stringWidth(whole) <= room) return whole;
  const before = running.slice(0, -1).map((step) => `${lineOf({ ...step, note: '' })}${between}`);
  const least = stringWidth(lineOf(shorter(last, leastNote)));
  const fits = (text: string): boolean => stringWidth(text) + least <= room;
  const around = [before.join(''), before.at(-1) ?? ''].find(fits) ?? '';
  const numbers = stringWidth(lineOf({ ...last, note: '' })) + 1;
  return cut(around + lineOf(shorter(last, room - stringWidth(around) - numbers)), room);
}

/** Columns of a note that still tell something: a size and the start of a name. */
const leastNote = 16;

const shorter = (step: Running, room: number): Running => ({
  ...step,
  note: room < 2 ? '' : cut(step.note, room),
});

function lineOf(step: Running): string {
  const amount =
    step.total !== undefined && step.total > 0
      ? ` ${Math.min(100, Math.floor((100 * step.done) / step.total))} %${step.total > 1_000_000 ? ` of ${bytesText(step.total)}` : ''}`
      : '';
  const seconds = Math.floor((performance.now() - step.began) / 1000);
  const elapsed = seconds < 3 ? '' : `, ${seconds} s`;
  return `${step.name}${amount}${step.note === '' ? '' : ` ${step.note}`}${elapsed}`;
}

/** One line stays one line: a longer one would scroll the screen at each redraw. */
function cut(text: string, room: number): string {
  if (stringWidth(text) <= room) return text;
  const letters = Array.from(text);
  while (letters.length > 0 && stringWidth(letters.join('')) >= room) letters.pop();
  return `${letters.join('')}…`;
}
