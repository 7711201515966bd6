/** `lambda-slim build`: options → pipeline → report. */
import path from 'node:path';
import { buildFolder } from '../api/build.js';
import type { Finding } from '../findings/findings.js';
import { staleExamples } from '../init/renew.js';
import { ownCommand } from '../io/own-command.js';
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
  const { cwd, screen, manners, version, width, wrapAt, colourful, print } = context;
  const { manifest, unchanged, out } = await buildFolder(args[0] ?? '.', context, (configFile) => {
    if (manners.verbose) screen.start('config').end(configFile);
  });
  screen.stop();
  if (manners.json) print(jsonText({ ...manifest, unchanged, out }));
  else {
    const place = out === null ? null : path.relative(cwd, out) || '.';
    const stale =
      place === null ? [] : await staleExamples(cwd, manifest, place.replaceAll('\\', '/'), version);
    print(
      terminal(
        {
          manifest,
          stale,
          times: unchanged ? screen.times : manifest.times,
          out: place,
        },
        (shown) =>
          textReport(shown.manifest, {
            paint: paintFor(colourful),
            width,
            wrapAt,
            times: shown.times,
            verbose: manners.verbose,
            out: shown.out,
            stale: shown.stale,
            program: ownCommand(cwd),
          }),
      ),
    );
    if (unchanged)
      print(terminal(null, () => '\nNothing has changed since the last build, so nothing was done.\n'));
  }
  return manifest.findings;
}
