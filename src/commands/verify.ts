/** `lambda-slim verify`: run what was built in a sandbox that is like Lambda. */
import { verifyBuild } from '../api/verify.js';
import type { Finding } from '../findings/findings.js';
import { paintFor } from '../io/screen.js';
import { verifyText } from '../report/verify-text.js';
import type { CommandContext } from './context.js';

/** @returns what was found */
export async function runVerify(
  _args: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { screen, manners, width, wrapAt, colourful, print } = context;
  const verification = await verifyBuild(context);
  screen.stop();
  if (manners.json) print(`${JSON.stringify(verification, null, 2)}\n`);
  else
    print(verifyText(verification, { paint: paintFor(colourful), width, wrapAt, verbose: manners.verbose }));
  return verification.findings;
}
