/** `lambda-slim explain [CODE]`: what a finding or an error means, and what to do. */
import { errorExplanations, explanationOf, findingExplanations } from '../reference/codes.js';
import { codesText, explanationText } from '../report/explain-text.js';
import { paintFor } from '../io/screen.js';
import { isTyped, readSettings } from '../options/command-line.js';
import type { CommandContext } from './context.js';

/** @throws SlimError `not-found` when no finding and no error has that code, `bad-config` for a file that was named */
export async function runExplain(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { manners, wrapAt, colourful, print } = context;
  // It needs none, and must explain also what is wrong with one: only what was typed is looked at.
  if (isTyped(context, 'config')) await readSettings([], context);
  const [code] = args;
  if (code === undefined) {
    const codes = [...findingExplanations, ...errorExplanations];
    print(manners.json ? `${JSON.stringify(codes, null, 2)}\n` : codesText(codes, paintFor(colourful)));
  } else {
    const one = explanationOf(code);
    print(
      manners.json ? `${JSON.stringify(one, null, 2)}\n` : explanationText(one, paintFor(colourful), wrapAt),
    );
  }
  return [];
}
