/** What `verify --serve` tells while it runs. */
import { expect, test } from '@jest/globals';
import { paintFor } from '../../src/io/screen.js';
import { loggedText, servedText } from '../../src/report/serve-text.js';
import type { ServedRequest } from '../../src/verify/serve/model.js';

const paint = paintFor(false);

const request: ServedRequest = {
  event: 'request',
  ...{ method: 'GET', path: '/a', status: 200, ms: 12, cold: false, initMs: null, waitMs: 0 },
  ...{ functionMs: 10, because: null, traceback: [] },
};

test.each([
  [1, 'hello', '  log 1  hello\n'],
  [12, '', '  log 12  \n'],
  [2, '[INFO]\t2026-11-30T13:36:33Z\tid\thello', '  log 2  [INFO]  2026-11-30T13:36:33Z  id  hello\n'],
  [0, 'loading', '  log  loading\n'],
])('environment %d wrote %j', (environment, line, text) => {
  expect(loggedText({ event: 'log', environment, line }, paint)).toBe(text);
});

test.each([
  [{}, 'GET /a  200  12 ms  warm\n'],
  [{ waitMs: 1500 }, 'GET /a  200  12 ms  warm  1.50 s waiting for room on this machine\n'],
  [{ cold: true, initMs: 300 }, 'GET /a  200  12 ms  cold (300 ms to start)\n'],
  [{ status: null, functionMs: null }, 'GET /a  client left  12 ms\n'],
  [
    { status: 500, because: "KeyError: 'x'", traceback: ['  File "app.py"'] },
    "GET /a  500  12 ms  warm\n  KeyError: 'x'\n",
  ],
] as const)('%j', (change, text) => {
  expect(servedText({ ...request, ...change }, paint)).toBe(text);
});
