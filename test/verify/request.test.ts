import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readVerifyRequest } from '../../src/verify/request.js';
import { scratch } from '../pack/helpers.js';

const folder = scratch();
const cwd = await folder();
await writeFile(path.join(cwd, 'event.json'), '\uFEFF{"name": "value"}');
await writeFile(path.join(cwd, 'broken.json'), '{');
execFileSync('mkfifo', ['pipe'], { cwd });
await mkdir(path.join(cwd, 'events'));
for (const [name, text] of [
  ['2.json', '[2]'],
  ['1.json', '1'],
  ['note.txt', 'no event'],
] as const)
  await writeFile(path.join(cwd, 'events', name), text);
await mkdir(path.join(cwd, 'none'));

type Flags = Readonly<Record<string, unknown>>;
const read = async (flags: Flags, environment: Readonly<Record<string, string>> = {}) =>
  readVerifyRequest({ flags, environment, cwd, folder: '' });

const handler = { handler: 'app.handler' };

describe('a request', () => {
  test.each<readonly [string, Flags, Readonly<Record<string, string>>, object]>([
    [
      'by default',
      {},
      {},
      {
        out: path.join(cwd, '.lambda-slim'),
        handler: null,
        event: {},
        runs: 1,
        warm: 0,
        memory: 1769,
        cpus: 1,
        timeoutMs: 60_000,
        ephemeralStorage: null,
        environment: {},
        sandbox: 'auto',
        load: null,
        serve: null,
      },
    ],
    [
      'many requests, also for a handler that the build knows',
      { requests: 900, concurrency: 40, event: '[1]' },
      {},
      { handler: null, event: [1], load: { requests: 900, concurrency: 40 } },
    ],
    ['ten at once', { ...handler, requests: 5 }, {}, { load: { requests: 5, concurrency: 10 } }],
    ['a port', { serve: '8080' }, {}, { serve: { host: '127.0.0.1', port: 8080, concurrency: 10 } }],
    [
      'a host and a port',
      { serve: '0.0.0.0:80', concurrency: 3 },
      {},
      { serve: { host: '0.0.0.0', port: 80, concurrency: 3 } },
    ],
    ['one of IPv6', { serve: '[::1]:0' }, {}, { serve: { host: '::1', port: 0, concurrency: 10 } }],
    [
      'a port, where the environment asks for many requests',
      { serve: '8080' },
      { LAMBDA_SLIM_REQUESTS: '900' },
      { load: null, serve: { host: '127.0.0.1', port: 8080, concurrency: 10 } },
    ],
    [
      'a handler and its event',
      { ...handler, event: 'event.json' },
      {},
      { handler: 'app.handler', event: { name: 'value' } },
    ],
    ['an event on the command line', { ...handler, event: ' {"a": [1]}' }, {}, { event: { a: [1] } }],
    [
      'a folder of events, in the order of their names',
      { ...handler, events: 'events' },
      {},
      {
        events: [
          { name: '1.json', event: 1 },
          { name: '2.json', event: [2] },
        ],
      },
    ],
    ['a handler in a folder', { handler: 'src/app.main.handler' }, {}, { handler: 'src/app.main.handler' }],
    ['several runs have warm invocations', { ...handler, runs: '5' }, {}, { runs: 5, warm: 3 }],
    ['unless told otherwise', { ...handler, runs: '5', warm: '0' }, {}, { warm: 0 }],
    ['without a handler there are none', { runs: '5' }, {}, { warm: 0 }],
    ['CPUs come with memory', { memory: '3008' }, {}, { cpus: 2 }],
    ['unless told otherwise', { memory: '3008', cpus: '1' }, {}, { cpus: 1 }],
    [
      'variables keep commas and equals signs',
      { env: ['A=b,c=d', 'B='] },
      {},
      { environment: { A: 'b,c=d', B: '' } },
    ],
    [
      'from the environment',
      {},
      { LAMBDA_SLIM_HANDLER: 'a.b', LAMBDA_SLIM_MEMORY: '256' },
      { handler: 'a.b', memory: 256 },
    ],
    ['code of the environment is for builds, too', {}, { LAMBDA_SLIM_CODE: 'src' }, { code: null }],
    [
      'and for a handler, where the build has none',
      handler,
      { LAMBDA_SLIM_CODE: 'src' },
      { code: path.join(cwd, 'src'), codeTyped: false },
    ],
    [
      "keys of one's own, where the function may go out",
      { verifyNetwork: 'host', env: ['AWS_ACCESS_KEY_ID=a', 'AWS_REGION=eu-central-1'] },
      {},
      { network: 'host', environment: { AWS_ACCESS_KEY_ID: 'a', AWS_REGION: 'eu-central-1' } },
    ],
    [
      'buckets',
      { s3: ['my-models=events'] },
      {},
      { s3: [{ bucket: 'my-models', folder: path.join(cwd, 'events') }] },
    ],
    ['code that was typed', { ...handler, code: 'src' }, {}, { codeTyped: true }],
  ])('%s', async (_name, flags, environment, expected) => {
    expect(await read(flags, environment)).toMatchObject(expected);
  });

  test("of the API's settings, which serve a build, too", async () => {
    const keys = { environment: {}, cwd, folder: '', spelling: 'keys' } as const;
    expect(await readVerifyRequest({ flags: { code: 'src' }, ...keys })).toMatchObject({ code: null });
    const flags = { ...handler, code: 'src' };
    expect(await readVerifyRequest({ flags, ...keys })).toMatchObject({ codeTyped: false });
  });

  test('from the config file', async () => {
    const place = await folder();
    await writeFile(
      path.join(place, 'lambda-slim.json'),
      '{"handler": "a.b", "env": ["X=1"], "event": "e.json"}',
    );
    await writeFile(path.join(place, 'e.json'), '[1]');
    expect(await readVerifyRequest({ flags: {}, environment: {}, cwd: place, folder: '' })).toMatchObject({
      handler: 'a.b',
      environment: { X: '1' },
      event: [1],
    });
  });
});

test.each<readonly [string, Flags, string, string]>([
  ['an event without a handler', { event: 'event.json' }, 'bad-option', '--event is for a handler'],
  ['code without a handler', { code: '.' }, 'bad-option', '--code is for a handler'],
  ['warm without a handler', { warm: '2' }, 'bad-option', '--warm is for a handler'],
  ['a handler without a function', { handler: 'app' }, 'bad-option', 'app.handler'],
  ['an event that is not JSON', { ...handler, event: 'broken.json' }, 'bad-option', 'is not JSON'],
  // Who opened it would wait for a writer, and hear no signal.
  ['an event that is a pipe', { ...handler, event: 'pipe' }, 'not-found', 'is no regular file'],
  ['an event without end', { ...handler, event: '/dev/zero' }, 'not-found', 'at most 64.0 MiB'],
  ['an event that is not there', { ...handler, event: 'nothing.json' }, 'not-found', 'nothing.json'],
  [
    'an event that is nearly JSON',
    { ...handler, event: '{"a": }' },
    'bad-option',
    'what was given is not JSON',
  ],
  ['events without a handler', { events: 'events' }, 'bad-option', '--events is for a handler'],
  [
    'events beside an event',
    { ...handler, events: 'events', event: '{}' },
    'bad-option',
    '--events and --event',
  ],
  ['events beside runs', { ...handler, events: 'events', runs: '2' }, 'bad-option', '--events and --runs'],
  ['a folder without events', { ...handler, events: 'none' }, 'not-found', 'ends in .json'],
  ['events that are a file', { ...handler, events: 'event.json' }, 'not-found', 'no folder'],
  ['a bucket without a folder', { s3: ['models'] }, 'bad-option', 'my-models=./models'],
  ['a bucket of no name', { s3: ['My_Models=events'] }, 'bad-option', 'my-models=./models'],
  ['a bucket of a file', { s3: ['models=event.json'] }, 'not-found', 'is not a folder'],
  ['a bucket named twice', { s3: ['models=events', 'models=none'] }, 'bad-option', 'twice'],
  ['too little memory', { memory: '64' }, 'bad-option', 'from 128 to 10240'],
  ['no runs', { runs: '0' }, 'bad-option', 'from 1 to'],
  ['a variable without a value', { env: ['A'] }, 'bad-option', 'KERAS_BACKEND=jax'],
  ["a variable of Lambda's own", { env: ['AWS_REGION=x'] }, 'bad-option', 'AWS_REGION'],
  ['a key without a network', { env: ['AWS_ACCESS_KEY_ID=x'] }, 'bad-option', 'AWS_ACCESS_KEY_ID'],
  [
    "a setting of Lambda's beside a network",
    { verifyNetwork: 'host', env: ['_HANDLER=x'] },
    'bad-option',
    '_HANDLER',
  ],
  ['an unknown sandbox', { sandbox: 'chroot' }, 'bad-option', 'bubblewrap'],
])('%s is refused', async (_name, flags, code, why) => {
  await expect(read(flags)).rejects.toMatchObject({ code, message: expect.stringContaining(why) });
});
