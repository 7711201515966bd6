/** `lambda-slim why PATH|PACKAGE`: the decision behind a path, or where a package's bytes went and who needs it. */
import { readConfig, settle } from '../options/config.js';
import { commonOptions } from '../options/common.js';
import { buildOptions } from '../options/build.js';
import { readManifest } from '../manifest/manifest.js';
import type { CommandContext } from './context.js';
import { explain } from '../manifest/why.js';
import { whyText } from '../report/why-text.js';

/** @throws SlimError `no-manifest`, `bad-manifest`, `bad-config`, `not-found` when nothing in the build has that name */
export async function runWhy(args: readonly string[], context: CommandContext): Promise<{ exitCode: 0 }> {
  const { flags, environment, cwd, manners, wrapAt, print } = context;
  const named = settle(commonOptions, { flags, environment, config: null, cwd }).config;
  // The build may have had its output folder from there.
  const config = await readConfig(cwd, typeof named === 'string' ? named : null);
  const out = settle(
    buildOptions.filter((row) => row.key === 'out'),
    { flags, environment, config, cwd },
  ).out as string;
  const manifest = await readManifest(out);
  const answer = explain(manifest, args[0] ?? '');
  print(manners.json ? `${JSON.stringify(answer, null, 2)}\n` : whyText(answer, manners.verbose, wrapAt));
  return { exitCode: 0 };
}
