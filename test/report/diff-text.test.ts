/** The difference of two builds, in a terminal. */
import { expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import type { Difference } from '../../src/check/model.js';
import { sizesText } from '../../src/report/diff-text.js';
import { plainPaint } from '../../src/text/paint.js';

const sizes = (bytes: number) => ({ zipped: bytes / 3, unzipped: bytes, tmp: 0 });

test.each([40, 60, 80])(
  'a terminal of %d columns has room for the totals, and the change stays',
  (columns) => {
    const difference = {
      before: { sizes: sizes(1_154_000) },
      after: { sizes: sizes(520_708) },
      growth: sizes(520_708 - 1_154_000),
    } as unknown as Difference;
    const text = sizesText(difference, { paint: plainPaint, verbose: false, wrapAt: columns });
    expect(text.split('\n').filter((line) => stringWidth(line.trimEnd()) > columns)).toEqual([]);
    expect(text).toMatch(/unzipped .*-618\.4 KiB \(-54\.9 %\)/);
  },
);
