/** `lambda-slim why PATH|PACKAGE`: the decision behind a path, or where a package's bytes went and who needs it. */
import { olderThanInputs } from '../build/inputs.js';
import { readSettings } from '../options/command-line.js';
import { shared } from '../options/build.js';
import { placeNamed } from '../manifest/place.js';
import { readManifest } from '../manifest/manifest.js';
import type { CommandContext } from './context.js';
import { explain } from '../manifest/why.js';
import { whyText } from '../report/why-text.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';

/** @throws SlimError `bad-option`, `unusable-file`, `no-manifest`, `bad-manifest`, `bad-config`, `not-found` when nothing in the build has that name */
export async function runWhy(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { cwd, manners, wrapAt, print } = context;
  const place = await placeNamed(args[1] ?? '', cwd);
  const { settings } = await readSettings(shared(['out']), context, place.folder);
  const out = place.out ?? settings.out;
  const manifest = await readManifest(out);
  const answer = { ...explain(manifest, args[0] ?? ''), findings: await olderThanInputs(out, manifest, cwd) };
  print(
    manners.json ? jsonText(answer) : terminal(answer, (shown) => whyText(shown, manners.verbose, wrapAt)),
  );
  return [];
}
