/** `lambda-slim explain [CODE]`: what a finding or an error means, and what to do. */
import { errorExplanations, explanationOf, findingExplanations } from '../reference/codes.js';
import { codesText, explanationText } from '../report/explain-text.js';
import { paintFor } from '../io/screen.js';
import { isTyped, readSettings } from '../options/command-line.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';

/** @throws SlimError `bad-option`, `not-found` when no finding and no error has that code, `bad-config` for a file that was named */
export async function runExplain(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { manners, wrapAt, colourful, print } = context;
  // It needs none, and must explain also what is wrong with one: only what was typed is looked at.
  if (isTyped(context, 'config')) await readSettings([], context);
  const [code] = args;
  if (code === undefined) {
    const codes = [...findingExplanations, ...errorExplanations];
    print(manners.json ? jsonText(codes) : terminal(codes, (shown) => codesText(shown, paintFor(colourful))));
  } else {
    const one = explanationOf(code);
    print(
      manners.json
        ? jsonText(one)
        : terminal(one, (shown) => explanationText(shown, paintFor(colourful), wrapAt)),
    );
  }
  return [];
}
