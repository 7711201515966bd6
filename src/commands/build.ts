/** `lambda-slim build`: options → pipeline → report. */
import path from 'node:path';
import { build } from '../build/build.js';
import { findingTexts } from '../findings/findings.js';
import { removeDrafts } from '../io/output-folder.js';
import { paintFor } from '../io/screen.js';
import { interruptible } from '../progress.js';
import { textReport } from '../report/build-text.js';
import { readRequest } from '../build/request.js';
import type { CommandContext } from './context.js';

/** @returns exit code 1 when a finding is an error */
export async function runBuild(
  args: readonly string[],
  context: CommandContext,
): Promise<{ exitCode: 0 | 1 }> {
  const { flags, environment, cwd, signal, screen, manners, version, width, wrapAt, colourful, print } =
    context;
  const { request, configFile } = await readRequest({ folder: args[0] ?? '.', flags, environment, cwd });
  if (configFile !== null && manners.verbose) screen.start('config').end(configFile);
  signal.addEventListener('abort', removeDrafts);
  const { manifest, unchanged } = await build(request, {
    progress: interruptible(screen, signal),
    environment,
    signal,
    version,
    times: () => screen.times,
  }).finally(() => signal.removeEventListener('abort', removeDrafts));
  screen.stop();
  const failed = manifest.findings.some((one) => findingTexts[one.code].severity === 'error');
  if (manners.json) {
    print(`${JSON.stringify({ ...manifest, unchanged, out: request.plan ? null : request.out }, null, 2)}\n`);
  } else {
    const out = path.relative(cwd, request.out);
    print(
      textReport(manifest, {
        paint: paintFor(colourful),
        width,
        wrapAt,
        times: unchanged ? screen.times : manifest.times,
        verbose: manners.verbose,
        out: request.plan ? null : out === '' ? '.' : out,
      }),
    );
    if (unchanged) print('\nNothing has changed since the last build, so nothing was done.\n');
  }
  return { exitCode: failed ? 1 : 0 };
}
