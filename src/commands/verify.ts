/** `lambda-slim verify`: run what was built in a sandbox that is like Lambda. */
import { findingTexts } from '../findings/findings.js';
import { paintFor } from '../io/screen.js';
import { interruptible } from '../progress.js';
import { verifyText } from '../report/verify-text.js';
import { readVerifyRequest } from '../verify/request.js';
import { findSandbox } from '../verify/sandbox/find.js';
import { verify } from '../verify/verify.js';
import type { CommandContext } from './context.js';

/** @returns exit code 1 when a finding is an error */
export async function runVerify(
  _args: readonly string[],
  context: CommandContext,
): Promise<{ exitCode: 0 | 1 }> {
  const { flags, environment, cwd, signal, screen, manners, version, width, wrapAt, colourful, print } =
    context;
  const request = await readVerifyRequest({ flags, environment, cwd });
  const verification = await verify(request, {
    progress: interruptible(screen, signal),
    environment,
    signal,
    version,
    times: () => screen.times,
    findSandbox,
  });
  screen.stop();
  if (manners.json) print(`${JSON.stringify(verification, null, 2)}\n`);
  else
    print(verifyText(verification, { paint: paintFor(colourful), width, wrapAt, verbose: manners.verbose }));
  const failed = verification.findings.some((one) => findingTexts[one.code].severity === 'error');
  return { exitCode: failed ? 1 : 0 };
}
