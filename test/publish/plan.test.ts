/** What is decided without AWS: names, descriptions, grants, the pace, and what AWS's refusals mean. */
import { describe, expect, test } from '@jest/globals';
import type { SlimError } from '../../src/errors.js';
import { retryAfterMs } from '../../src/publish/control-plane.js';
import { grantStatement, grantText, missingGrants, parseGrant } from '../../src/publish/grants.js';
import { explainLambda } from '../../src/publish/lambda-failure.js';
import { Pace, type Clock } from '../../src/publish/pace.js';
import { describe as description } from '../../src/publish/plan.js';
import { layerNameOf } from '../../src/publish/request.js';
import { exampleManifest } from '../report/example.js';

describe('the name of a layer', () => {
  test.each([
    ['my-app', 'my-app'],
    ['My App (2)', 'My-App-2'],
    ['café crème', 'cafe-creme'],
    ['日本', 'layer'],
    ['.hidden', 'hidden'],
    ['a'.repeat(80), 'a'.repeat(61)],
  ])('of the folder %s is %s', (folder, name) => {
    expect(layerNameOf(folder)).toBe(name);
  });
});

describe('the description', () => {
  const { target, tool } = exampleManifest();
  const some = (count: number): { name: string; version: string; neededBy: string[]; modules: string[] }[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `package-${index}`,
      version: '1.2.3',
      neededBy: [],
      modules: [],
    }));

  test('names what was asked for first', () => {
    const distributions = some(3);
    expect(description({ target, tool, distributions, requested: ['package-2'] }, null)).toBe(
      'python3.13 x86_64: package-2 1.2.3, package-0 1.2.3, package-1 1.2.3; lambda-slim 0.1.0',
    );
  });

  test('is as long as AWS takes, and counts the rest', () => {
    const text = description({ target, tool, distributions: some(200), requested: [] }, 2);
    expect(text).toMatch(
      /^python3\.13 x86_64 \(part 2\): package-0 1\.2\.3, .* and \d+ more; lambda-slim 0\.1\.0$/,
    );
    expect(text.length).toBeLessThanOrEqual(256);
    expect(text.length).toBeGreaterThan(230);
  });
});

describe('grants', () => {
  const [one, organisation, everybody] = ['210987654321', 'o-a1b2c3d4e5', 'public'].map(parseGrant);
  const all = [one!, organisation!, everybody!];
  const policy = (...statements: readonly object[]): string => JSON.stringify({ Statement: statements });
  const allow = { Effect: 'Allow', Action: 'lambda:GetLayerVersion' };
  const inside = { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } };

  test('an organisation is everybody who is in it', () => {
    expect(all.map(grantStatement)).toEqual([
      { StatementId: 'lambda-slim-210987654321', Principal: '210987654321' },
      { StatementId: 'lambda-slim-o-a1b2c3d4e5', Principal: '*', OrganizationId: 'o-a1b2c3d4e5' },
      { StatementId: 'lambda-slim-public', Principal: '*' },
    ]);
  });

  const cases: readonly (readonly [string, string | null, readonly string[]])[] = [
    ['no policy', null, ['210987654321', 'o-a1b2c3d4e5', 'public']],
    ['everybody may', policy({ ...allow, Principal: '*' }), []],
    ['everybody, spelled otherwise', policy({ ...allow, Principal: { AWS: '*' } }), []],
    [
      'the account may',
      policy({ ...allow, Principal: { AWS: 'arn:aws:iam::210987654321:root' } }),
      ['o-a1b2c3d4e5', 'public'],
    ],
    [
      'the organisation may',
      policy({ ...allow, Principal: '*', Condition: inside }),
      ['210987654321', 'public'],
    ],
    [
      'another organisation may',
      policy({ ...allow, Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-other' } } }),
      ['210987654321', 'o-a1b2c3d4e5', 'public'],
    ],
    [
      'a deny gives nothing',
      policy({ ...allow, Effect: 'Deny', Principal: '*' }),
      ['210987654321', 'o-a1b2c3d4e5', 'public'],
    ],
    [
      'another action gives nothing',
      policy({ ...allow, Action: 'lambda:Other', Principal: '*' }),
      ['210987654321', 'o-a1b2c3d4e5', 'public'],
    ],
  ];
  test.each(cases)('%s', (_name, given, missing) => {
    expect(missingGrants([...all, ...all], given).map(grantText)).toEqual(missing);
  });
});

describe('the pace', () => {
  test('no second has more calls than allowed, however many ask', async () => {
    let now = 0;
    const began: number[] = [];
    const clock: Clock = {
      now: () => now,
      sleep: (ms) => {
        began.push(now + ms);
        return Promise.resolve();
      },
    };
    const pace = new Pace(15, clock);
    const { signal } = new AbortController();
    for (let call = 0; call < 50; call++) {
      const before = began.length;
      await pace.turn(signal);
      if (began.length === before) began.push(now);
      if (call % 7 === 0) now += 20;
    }
    for (const [index, start] of began.entries()) {
      expect(began.filter((other) => other >= start && other < start + 1000).length).toBeLessThanOrEqual(15);
      expect(start).toBeGreaterThanOrEqual(began[index - 1] ?? 0);
    }
  });

  test.each([
    [{ retryAfterSeconds: '3' }, 3000],
    [{ $response: { headers: { 'retry-after': '1.5' } } }, 1500],
    [{ $response: { headers: { 'retry-after': 'Sat, 21 Nov 2026 10:00:07 GMT' } } }, 7000],
    [{ $response: { headers: { 'retry-after': 'soon' } } }, null],
    [{ retryAfterSeconds: '86400' }, 60_000],
    [{}, null],
  ])('%j', (error, ms) => {
    expect(retryAfterMs(error, Date.parse('2026-11-21T10:00:00Z'))).toBe(ms);
  });
});

describe('what Lambda refuses', () => {
  const answer = (name: string, status: number | null, message: string): Error =>
    Object.assign(new Error(message), {
      name,
      ...(status === null ? {} : { $metadata: { httpStatusCode: status } }),
    });
  const attempt = {
    ...{ subject: 'the layer demo', region: 'eu-central-1', actions: ['lambda:PublishLayerVersion'] },
    heaviest: ['heaviest: torch 300.0 MiB'],
  };
  const invalid = 'InvalidParameterValueException';
  const getObject = (code: string): Error =>
    answer(invalid, 400, `Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: no`);
  const cases: readonly (readonly [Error, string, string, string])[] = [
    [
      answer(invalid, 400, 'Unzipped size must be smaller than 150000000 bytes'),
      'does-not-fit',
      '150,000,000 bytes',
      'double-zip',
    ],
    [
      answer(
        invalid,
        400,
        'Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262144001 bytes.',
      ),
      'does-not-fit',
      'have 262,144,001 bytes unzipped in eu-central-1, 1 over the 262,144,000',
      'Take another layer off',
    ],
    [
      answer('RequestEntityTooLargeException', 413, 'Zipped size must be smaller than 52428800 bytes'),
      'does-not-fit',
      'a zip must be smaller than 52,428,800 bytes',
      '--bucket',
    ],
    [
      answer(
        'RequestEntityTooLargeException',
        413,
        'Request must be smaller than 70167211 bytes for the PublishLayerVersion operation',
      ),
      'does-not-fit',
      'a request must be smaller than 70,167,211 bytes',
      '--bucket',
    ],
    [
      answer(invalid, 400, 'Cannot reference more than 5 layers.'),
      'does-not-fit',
      'more layers than',
      'Take another layer',
    ],
    [answer(invalid, 400, 'Could not unzip uploaded file.'), 'aws-refused', 'could not unzip', 'Build again'],
    [
      getObject('NoSuchBucket'),
      'aws-refused',
      'cannot fetch the layer demo from the bucket (NoSuchBucket)',
      '--bucket',
    ],
    [getObject('NoSuchKey'), 'aws-refused', '(NoSuchKey)', 'run it again'],
    [getObject('AccessDenied'), 'aws-refused', '(AccessDenied)', 's3:GetObject'],
    [getObject('PermanentRedirect'), 'aws-refused', '(PermanentRedirect)', 'another Region'],
    [
      answer('CodeStorageExceededException', 400, 'exceeded'),
      'aws-refused',
      'no code storage left',
      '--keep N',
    ],
    [
      answer('TooManyRequestsException', 429, 'Rate exceeded'),
      'aws-unreachable',
      'still throttles',
      'not published twice',
    ],
    [answer('ServiceException', 500, 'oh'), 'aws-unreachable', 'cannot take the layer demo now', 'Try again'],
    [
      answer('PublicPolicyException', 400, 'no'),
      'aws-refused',
      'does not allow that the layer demo is public',
      '--allow',
    ],
    [
      answer('KMSAccessDeniedException', 403, 'Lambda was unable to decrypt'),
      'aws-refused',
      'does not allow',
      'kms:Decrypt',
    ],
    [
      answer('InvalidSignatureException', 403, 'Signature expired: 2020 is now earlier'),
      'aws-refused',
      'clock is wrong',
      'Set the clock',
    ],
    [
      answer('ResourceConflictException', 409, 'in progress'),
      'aws-refused',
      'changed by somebody else',
      'Wait',
    ],
    [answer('Other', 400, 'who knows'), 'aws-refused', 'refuses the layer demo (Other)', 'says above'],
    [
      answer('TimeoutError', null, 'socket'),
      'aws-unreachable',
      'cannot be reached in eu-central-1',
      'there is a Region',
    ],
  ];
  test.each(cases)('%s', (error, code, sentence, hint) => {
    const failed = explainLambda(error, attempt) as SlimError;
    expect(failed).toMatchObject({
      code,
      message: expect.stringContaining(sentence),
      hint: expect.stringContaining(hint),
    });
    expect(failed.details[0]).toContain(error.message);
    expect(failed.details.slice(1)).toEqual(code === 'does-not-fit' ? attempt.heaviest : []);
  });

  test('our own bug stays one', () => {
    const bug = new TypeError('undefined is not a function');
    expect(explainLambda(bug, attempt)).toBe(bug);
  });
});
