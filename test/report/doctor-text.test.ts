import { expect, test } from '@jest/globals';
import { doctorText } from '../../src/report/doctor-text.js';
import { plainPaint } from '../../src/text/paint.js';

test('a narrow terminal gets whole words and full lines', () => {
  const means = 'Builds, verify and check do not need it; publish-layer, --upload and layers by ARN do.';
  const text = doctorText(
    {
      target: { python: '3.13', architecture: 'x86_64' },
      parts: [
        { id: 'uv', name: 'uv', health: 'works', found: '0.13.8', means: null, remedy: null },
        {
          ...{ id: 'aws', name: 'AWS', health: 'lacking', found: 'no credentials', means },
          remedy: 'aws configure sso; or set AWS_PROFILE and AWS_REGION',
        },
      ],
    },
    plainPaint,
    40,
  );
  expect(text.split('\n')).toEqual([
    'For Python 3.13 on x86_64',
    '',
    'ok       uv: 0.13.8',
    'lacking  AWS: no credentials',
    '         Builds, verify and check do not',
    '         need it; publish-layer,',
    '         --upload and layers by ARN do.',
    '         → aws configure sso; or set',
    '         AWS_PROFILE and AWS_REGION',
    '',
    'Builds work; 1 thing could be better.',
  ]);
});
