import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { openScreen, type Screen } from '../../src/io/screen.js';
import { followDownloads } from '../../src/resolve/host/downloads.js';
import { Secrets } from '../../src/text/secrets.js';
import { never } from '../never.js';

// The spinner asks the process: in a CI, and on a terminal that is dumb, nothing moves.
const { CI, TERM } = process.env;
beforeAll(() => {
  delete process.env['CI'];
  process.env['TERM'] = 'xterm';
});
afterAll(() => {
  for (const [name, value] of Object.entries({ CI, TERM }))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
});

const wheel =
  'Downloading scipy-1.16.3-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl (35.7 MB)';

/** All that is written onto a terminal of so many columns in so many seconds of work, without colours. */
function written(columns: number, seconds: number, work: (screen: Screen) => void, plain = false): string {
  jest.useFakeTimers();
  try {
    const moves = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns, rows: 24, ...moves });
    const drawn: string[] = [];
    stream.on('data', (chunk: Buffer) => drawn.push(String(chunk)));
    const screen = openScreen({
      stream: stream as unknown as NodeJS.WriteStream,
      quiet: false,
      verbose: plain,
      plain,
    });
    work(screen);
    jest.advanceTimersByTime(seconds * 1000);
    screen.stop();
    return stripVTControlCharacters(drawn.join(''));
  } finally {
    jest.useRealTimers();
  }
}

/** The last picture, without the spinner. */
function picture(columns: number, seconds: number, work: (screen: Screen) => void): string {
  const pictures = written(columns, seconds, work).split(/(?=[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏])/);
  return (pictures.at(-1) ?? '').slice(2).trim();
}

/** uv within the step that asks for it, as a build does. */
function uvDownloads(screen: Screen): void {
  screen.start('resolve').note('requirements from requirements.txt');
  const pins = [{ name: 'scipy', size: 35_700_000 }] as unknown as Parameters<typeof followDownloads>[0];
  const { run } = followDownloads(pins, { environment: {}, secrets: new Secrets(), signal: never }, screen);
  run.note?.('Downloading scipy (34.0MiB)');
}

describe.each([100, 80, 60, 40])('in %d columns', (columns) => {
  test.each<readonly [string, (screen: Screen) => void, readonly (string | RegExp)[]]>([
    ['a download of uv shows bytes and seconds', uvDownloads, ['of 34.0 MiB', ', 12 s']],
    [
      'a long note gives way to the seconds',
      (screen) => screen.start('resolve').note(wheel),
      [/^resolve Downloading scipy/, /, 12 s$/],
    ],
  ])('%s', (_what, work, shown) => {
    const line = picture(columns, 12, work);
    for (const one of shown) expect(line).toMatch(one);
    expect(stringWidth(line)).toBeLessThanOrEqual(columns - 3);
  });
});

test('where there is room all is shown', () => {
  expect(picture(160, 12, uvDownloads)).toBe(
    'resolve requirements from requirements.txt, 12 s  ·  download 0 % of 34.0 MiB 0 bytes + 34.0 MiB scipy, 12 s',
  );
});

describe('the line of a step that has ended is broken between words', () => {
  const work = (screen: Screen): void => {
    const step = screen.start('other layers');
    step.note('looking into every layer that the function has, one after the other');
    step.end('../a-base-layer/.lambda-slim/layer.zip, arn:aws:lambda:eu-central-1:123456789012:layer:b:7');
  };

  test('beside the sign', () => {
    const lines = written(40, 0, work).split('\n');
    const ended = lines.slice(
      lines.findIndex((line) => line.includes('✔')),
      -1,
    );
    expect(ended.map((line) => line.replace(/^.*✔/, '✔'))).toEqual([
      '✔ other layers:',
      '  ../a-base-layer/.lambda-slim/layer.zip,',
      '  arn:aws:lambda:eu-central-1:123456789012:layer:b:7,',
      '  0.0 s',
    ]);
  });

  test('and without colours', () => {
    expect(written(40, 0, work, true)).toBe(
      `  looking into every layer that the
  function has, one after the other
other layers:
  ../a-base-layer/.lambda-slim/layer.zip,
  arn:aws:lambda:eu-central-1:123456789012:layer:b:7,
  0.0 s
`,
    );
  });
});
