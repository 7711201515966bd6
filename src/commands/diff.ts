/** `lambda-slim diff BEFORE AFTER`: what changed between two builds. */
import path from 'node:path';
import { diffOf } from '../check/difference.js';
import { measurePlace } from '../check/measure.js';
import { markdownPlace } from '../check/request.js';
import { settle } from '../options/config.js';
import { writeReport } from '../io/report-file.js';
import { paintFor } from '../io/screen.js';
import { diffOptions } from '../options/table.js';
import { diffMarkdown } from '../report/diff-markdown.js';
import { diffText } from '../report/diff-text.js';
import type { CommandContext } from './context.js';

/** @throws SlimError `not-found`, `bad-archive`, `bad-manifest`, `bad-baseline`, `bad-option`, `output-unwritable` */
export async function runDiff(args: readonly string[], context: CommandContext): Promise<{ exitCode: 0 }> {
  const { flags, environment, cwd, screen, manners, wrapAt, colourful, print } = context;
  const settings = settle(diffOptions, { flags, environment, config: null, cwd });
  const given = typeof settings.markdown === 'string' ? settings.markdown : null;
  const markdown = markdownPlace(given, manners.json, cwd);
  const [before, after] = await Promise.all(
    [args[0] ?? '', args[1] ?? ''].map((name) => measurePlace(path.resolve(cwd, name), name)),
  );
  if (before === undefined || after === undefined) throw new Error('Two arguments are required.');
  const diff = diffOf(before, after);
  screen.stop();
  if (markdown === '-') print(diffMarkdown(diff));
  else if (markdown !== null) await writeReport(markdown, diffMarkdown(diff));
  if (manners.json) print(`${JSON.stringify(diff, null, 2)}\n`);
  else if (markdown !== '-')
    print(diffText(diff, { paint: paintFor(colourful), wrapAt, verbose: manners.verbose }));
  return { exitCode: 0 };
}
