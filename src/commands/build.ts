/** `lambda-slim build`: options → pipeline → report. */
import path from 'node:path';
import { buildFolder } from '../api/build.js';
import type { Finding } from '../findings/findings.js';
import { paintFor } from '../io/screen.js';
import { textReport } from '../report/build-text.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';

/** @returns what was found */
export async function runBuild(
  args: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { cwd, screen, manners, width, wrapAt, colourful, print } = context;
  const { manifest, unchanged, out } = await buildFolder(args[0] ?? '.', context, (configFile) => {
    if (manners.verbose) screen.start('config').end(configFile);
  });
  screen.stop();
  if (manners.json) print(jsonText({ ...manifest, unchanged, out }));
  else {
    print(
      terminal(
        {
          manifest,
          times: unchanged ? screen.times : manifest.times,
          out: out === null ? null : path.relative(cwd, out) || '.',
        },
        (shown) =>
          textReport(shown.manifest, {
            paint: paintFor(colourful),
            width,
            wrapAt,
            times: shown.times,
            verbose: manners.verbose,
            out: shown.out,
          }),
      ),
    );
    if (unchanged)
      print(terminal(null, () => '\nNothing has changed since the last build, so nothing was done.\n'));
  }
  return manifest.findings;
}
