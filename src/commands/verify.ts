/** `lambda-slim verify`: run what was built in a sandbox that is like Lambda. */
import { serveRequested, verifyRequested } from '../api/verify.js';
import type { Finding } from '../findings/findings.js';
import { paintFor } from '../io/screen.js';
import { findingsText } from '../report/build-text.js';
import { listeningText, loggedText, servedText, summaryText } from '../report/serve-text.js';
import { verifyText } from '../report/verify-text.js';
import { jsonLine, jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';
import { readVerifyRequest } from '../verify/request.js';
import type { ServeWish } from '../verify/serve/model.js';
import type { VerifyRequest } from '../verify/verification.js';
import type { CommandContext } from './context.js';

/** @returns what was found */
export async function runVerify(
  args: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { screen, manners, width, wrapAt, colourful, print } = context;
  const request = await readVerifyRequest({ ...context, folder: args[0] ?? '' });
  if (request.serve !== null) return runServe(request, request.serve, context);
  const verification = await verifyRequested(request, context);
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

/** Each thing as it happens; as JSON, a line for each. */
async function runServe(
  request: VerifyRequest,
  wish: ServeWish,
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { screen, wrapAt, colourful, print } = context;
  const { json, verbose } = context.manners;
  const paint = paintFor(colourful);
  const say = <Fact>(fact: Fact, write: (shown: Fact) => string): void =>
    print(json ? jsonLine(fact) : terminal(fact, write));
  const findings = await serveRequested(request, wish, context, {
    found: (found) => {
      screen.stop();
      say(
        { event: 'findings', findings: found } as const,
        (shown) => `${findingsText(shown.findings, { paint, verbose, wrapAt })}\n`,
      );
    },
    listening: (one) => {
      screen.stop();
      say(one, (shown) => listeningText(shown, paint));
    },
    logged: (one) => say(one, (shown) => loggedText(shown, paint)),
    served: (one) => say(one, (shown) => servedText(shown, paint)),
    ended: (summary) => say(summary, summaryText),
  });
  screen.stop();
  return findings;
}
