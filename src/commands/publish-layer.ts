/** `lambda-slim publish-layer`: the manifest of the last build → layer versions, permissions, functions that have them. */
import { findingTexts } from '../findings/findings.js';
import { appendReport } from '../io/report-file.js';
import { paintFor } from '../io/screen.js';
import { readManifest } from '../manifest/manifest.js';
import { interruptible } from '../progress.js';
import type { Publication } from '../publish/model.js';
import { readPublishRequest } from '../publish/request.js';
import { publishText } from '../report/publish-text.js';
import type { CommandContext } from './context.js';

/** @returns exit code 1 when a finding is an error: a part was not published, or a function not updated */
export async function runPublishLayer(
  _args: readonly string[],
  context: CommandContext,
): Promise<{ exitCode: 0 | 1 }> {
  const { flags, environment, cwd, signal, screen, manners, wrapAt, colourful, print } = context;
  const request = await readPublishRequest({ flags, environment, cwd });
  const manifest = await readManifest(request.out);
  // The SDK takes a fifth of a second to load.
  const { publish } = await import('../publish/publish.js');
  const publication = await publish(request, manifest, { progress: interruptible(screen, signal), signal });
  screen.stop();
  if (manners.json) print(`${JSON.stringify(publication, null, 2)}\n`);
  else print(publishText(publication, { paint: paintFor(colourful), wrapAt, verbose: manners.verbose }));
  const { GITHUB_OUTPUT: output = '' } = environment;
  if (output !== '' && !request.dryRun) await appendReport(output, outputs(publication));
  const failed = publication.findings.some((one) => findingTexts[one.code].severity === 'error');
  return { exitCode: failed ? 1 : 0 };
}

/** For later steps of a GitHub job: the first ARN, and all of them, by Region and then by layer, as JSON. */
function outputs({ regions }: Publication): string {
  const arns = regions.flatMap(({ layers }) => layers.flatMap(({ arn }) => (arn === null ? [] : [arn])));
  return `arn=${arns[0] ?? ''}\narns=${JSON.stringify(arns)}\n`;
}
