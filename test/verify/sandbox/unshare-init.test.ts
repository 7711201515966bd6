/** What must hold before a sandbox's first process ends "all others", and what is seen of a sandbox that does not start. */
import { expect, test } from '@jest/globals';
import { SlimError } from '../../../src/errors.js';
import { run } from '../../program.js';
import { templatePath } from '../../../src/io/templates.js';

test('init.py refuses to run where it sees the machine’s processes', async () => {
  const answer = await run('python3', ['-I', '-S', '-B', templatePath('verify/init.py')]);
  expect(answer).toMatchObject({
    ok: false,
    stdout: '',
    stderr: expect.stringContaining('PID namespace of its own'),
  });
});

test('a stack tells the details and the hint, the message does not', () => {
  const error = new SlimError('sandbox-failed', 'It does not start.', {
    hint: 'Try.',
    details: ['why $& so'],
  });
  expect(error.message).toBe('It does not start.');
  expect(error.stack).toMatch(/It does not start\.\n\s+why \$& so\n\s+Try\.\n\s+at /);
});
