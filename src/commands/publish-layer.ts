/** `lambda-slim publish-layer`: the manifest of the last build → layer versions, permissions, functions that have them. */
import { publishBuild } from '../api/publish.js';
import type { Finding } from '../findings/findings.js';
import { appendReport } from '../io/report-file.js';
import { paintFor } from '../io/screen.js';
import type { Publication } from '../publish/model.js';
import { publishText } from '../report/publish-text.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { runnerOutputs, type RunnerOutputs } from '../text/runner-outputs.js';
import { terminal } from '../text/terminal.js';

/** @returns what was found; an error: a part was not published, or a function not updated */
export async function runPublishLayer(
  args: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { environment, secrets, screen, manners, wrapAt, colourful, print } = context;
  const publication = await publishBuild(args[0] ?? '', context);
  screen.stop();
  if (manners.json) print(jsonText(publication));
  else {
    const options = { paint: paintFor(colourful), wrapAt, verbose: manners.verbose };
    print(terminal(publication, (shown) => publishText(shown, options)));
  }
  const { GITHUB_OUTPUT: output = '' } = environment;
  if (output !== '' && !publication.dryRun) await appendReport(output, outputs(publication), secrets);
  return publication.findings;
}

/** For later steps of a GitHub job: the first ARN, and all of them, by Region and then by layer, as JSON. */
function outputs({ regions }: Publication): RunnerOutputs {
  const arns = regions.flatMap(({ layers }) => layers.flatMap(({ arn }) => (arn === null ? [] : [arn])));
  return runnerOutputs({ arn: arns[0] ?? '', arns: JSON.stringify(arns) });
}
