/** `lambda-slim diff BEFORE AFTER`: what changed between two builds. */
import { diffPlaces } from '../api/diff.js';
import { markdownPlace } from '../check/request.js';
import { readSettings } from '../options/command-line.js';
import { writeReport } from '../io/report-file.js';
import { paintFor } from '../io/screen.js';
import { diffOptions } from '../options/table.js';
import { diffMarkdown } from '../report/diff-markdown.js';
import { diffText } from '../report/diff-text.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { harmless, terminal } from '../text/terminal.js';

/** @throws SlimError `unusable-file`, `not-found`, `bad-archive`, `bad-manifest`, `bad-baseline`, `bad-option`, `bad-config`, `output-unwritable` */
export async function runDiff(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { cwd, secrets, screen, manners, wrapAt, colourful, print } = context;
  const { settings } = await readSettings(diffOptions, context);
  const given = typeof settings.markdown === 'string' ? settings.markdown : null;
  const markdown = markdownPlace(given, manners.json, cwd);
  const diff = await diffPlaces(args[0] ?? '', args[1] ?? '', context);
  screen.stop();
  if (markdown === '-') print(harmless(diffMarkdown(diff)));
  else if (markdown !== null) await writeReport(markdown, diffMarkdown(diff), secrets);
  if (manners.json) print(jsonText(diff));
  else if (markdown !== '-')
    print(
      terminal(diff, (shown) =>
        diffText(shown, { paint: paintFor(colourful), wrapAt, verbose: manners.verbose }),
      ),
    );
  return [];
}
