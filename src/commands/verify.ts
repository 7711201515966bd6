/** `lambda-slim verify`: run what was built in a sandbox that is like Lambda. */
import { verifyBuild } from '../api/verify.js';
import type { Finding } from '../findings/findings.js';
import { paintFor } from '../io/screen.js';
import { verifyText } from '../report/verify-text.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';

/** @returns what was found */
export async function runVerify(
  args: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { screen, manners, width, wrapAt, colourful, print } = context;
  const verification = await verifyBuild(args[0] ?? '', context);
  screen.stop();
  if (manners.json) print(jsonText(verification));
  else
    print(
      terminal(verification, (shown) =>
        verifyText(shown, { paint: paintFor(colourful), width, wrapAt, verbose: manners.verbose }),
      ),
    );
  return verification.findings;
}
