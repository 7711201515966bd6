import { describe, expect, test } from '@jest/globals';
import { diskFull, isDiskFull, tellsDiskFull } from '../src/errors.js';

const failed = (code: string): Error => Object.assign(new Error(code), { code });

describe('a full disk', () => {
  test.each([
    [failed('ENOSPC'), true],
    [failed('EDQUOT'), true],
    [failed('EACCES'), false],
    [new Error('ENOSPC'), false],
    [{ code: 'ENOSPC' }, false],
  ])('is told by the code of an error (%#)', (error, full) => {
    expect(isDiskFull(error)).toBe(full);
  });

  test.each([
    ['OSError: [Errno 28] No space left on device', true],
    ['error: failed to write: Disk quota exceeded (os error 122)', true],
    ['Caused by: io error (os error 28)', true],
    ['os error 289', false],
    ['HOMENOSPCX', false],
  ])('is told by "%s": %s', (text, full) => {
    expect(tellsDiskFull(text)).toBe(full);
  });

  test('has ways out in one form', () => {
    const error = diskFull('The disk is full.', { option: '--out', free: 'rm x', more: 'Nothing is lost.' });
    expect([error.code, error.message, error.hint]).toEqual([
      'disk-full',
      'The disk is full.',
      'Free some space (rm x), or name a folder on another disk with --out. Nothing is lost.',
    ]);
  });
});
