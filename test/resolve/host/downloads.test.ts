import { Secrets } from '../../../src/text/secrets.js';
import { expect, test } from '@jest/globals';
import type { Progress } from '../../../src/progress.js';
import {
  countDownloads,
  downloadLine,
  followDownloads,
  noteOf,
} from '../../../src/resolve/host/downloads.js';
import { environment } from '../helper.js';
import { never } from '../../never.js';

test.each([
  ['Downloading numpy (15.9MiB)', { what: 'numpy', bytes: Math.round(15.9 * 2 ** 20), done: false }],
  [' Downloaded numpy', { what: 'numpy', bytes: 0, done: true }],
  [
    '  Downloading https://x/numpy-2.4.0-cp313-cp313-manylinux.whl (16.6 MB)',
    { what: 'https://x/numpy-2.4.0-cp313-cp313-manylinux.whl', bytes: 16_600_000, done: false },
  ],
  ['  Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)', { what: 'six-1.17.0-py2.py3-none-any.whl', bytes: 11_000, done: false }], // prettier-ignore
  ['Resolved 3 packages in 12ms', null],
  ['  Using cached six-1.17.0-py2.py3-none-any.whl (11 kB)', null],
])('%s', (line, told) => {
  expect(downloadLine(line)).toEqual(told);
});

test.each([
  ['Downloading scipy-1.16.3-cp313-cp313-manylinux_2_27_x86_64.whl (35.7 MB)', 'downloading 34.0 MiB scipy-1.16.3-cp313-cp313-manylinux_2_27_x86_64.whl'], // prettier-ignore
  ['Downloading https://x/y/idna-3.10-py3-none-any.whl (70 kB)', 'downloading 68.4 KiB idna-3.10-py3-none-any.whl'], // prettier-ignore
  ['Collecting numpy', 'Collecting numpy'],
  ['Collecting numpy<3 (from -r /c/v1/work/1-2/inputs-x/requirements.txt (line 1))', 'Collecting numpy<3'],
  ['Collecting idna<4,>=2 (from requests==2.32.3->-r /c/v1/work/r.txt (line 1))', 'Collecting idna<4,>=2'],
])('while versions are decided, the size stands before the name: %s', (line, note) => {
  expect(noteOf(line)).toBe(note);
});

test('in a container: sizes in front, and how much it was', () => {
  const { note, told } = countDownloads();
  expect(told()).toBeNull();
  expect([note('Collecting a'), note('  Downloading a-1-py3-none-any.whl (16.8 MB)')]).toEqual([
    'Collecting a',
    'downloading 16.0 MiB a-1-py3-none-any.whl',
  ]);
  note('Downloading b (1.5MiB)');
  note(' Downloaded b');
  expect(told()).toBe('17.5 MiB downloaded');
});

test('what has arrived, what is coming, and that nothing large came', () => {
  const notes: string[] = [];
  const summaries: (string | undefined)[] = [];
  const progress: Progress = {
    start: () => ({
      advance: () => {},
      note: (text) => notes.push(text),
      end: (text) => summaries.push(text),
    }),
  };
  const follow = (): ReturnType<typeof followDownloads> =>
    followDownloads([], { environment, secrets: new Secrets(), signal: never }, progress);
  const first = follow();
  first.run.note?.('Downloading a-1-py3-none-any.whl (16.8 MB)');
  first.run.note?.('Downloading b-1-py3-none-any.whl (35.7 MB)');
  first.end();
  // uv says nothing about a small file.
  follow().end();
  expect(notes).toEqual([
    '0 bytes + 16.0 MiB a-1-py3-none-any.whl',
    '16.0 MiB + 34.0 MiB b-1-py3-none-any.whl',
  ]);
  expect(summaries).toEqual(['50.1 MiB', 'nothing large']);
});

test.each([
  ['uv', ['Downloading a (1MB)', 'Downloading b (2MB)', 'Downloaded b', 'Downloaded a'], [2e6, 1e6]],
  ['pip', ['Downloading a-1-py3-none-any.whl (1 MB)', 'Downloading b-1-py3-none-any.whl (2 MB)'], [1e6, 2e6]],
])('bytes arrive as %s tells', (_name, lines, wanted) => {
  const steps: number[] = [];
  let summary: string | undefined;
  const progress: Progress = {
    start: () => ({ advance: (bytes) => steps.push(bytes), note: () => {}, end: (text) => (summary = text) }),
  };
  const { run, end } = followDownloads([], { environment, secrets: new Secrets(), signal: never }, progress);
  lines.forEach((line) => run.note?.(line));
  end();
  expect([steps, summary]).toEqual([wanted, '2.9 MiB']);
});
