/** `lambda-slim completion SHELL`: the script that makes a shell complete commands, options and their values. */
import { SlimError } from '../errors.js';
import { isTyped, readSettings } from '../options/command-line.js';
import type { CommandWords } from '../reference/command-words.js';
import { bashCompletion } from '../reference/completion/bash.js';
import { fishCompletion } from '../reference/completion/fish.js';
import { completed, type CompletedCommand } from '../reference/completion/words.js';
import { zshCompletion } from '../reference/completion/zsh.js';
import { jsonText } from '../text/json.js';
import { harmless } from '../text/terminal.js';
import type { CommandContext } from './context.js';

const scripts: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The shells that it knows. */
export const shells: readonly string[] = Object.keys(scripts);

/**
 * @param commands all of them: the table itself, which knows this command, too
 * @throws SlimError `bad-option`, `bad-config` for a file that was named
 */
export async function runCompletion(
  args: readonly string[],
  context: CommandContext,
  commands: readonly CommandWords[],
): Promise<readonly []> {
  const { manners, print } = context;
  // A shell asks for it when it starts, whatever lies in the folder: only what was typed is looked at.
  if (isTyped(context, 'config')) await readSettings([], context);
  const shell = args[0] ?? '';
  const write = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (write === undefined) {
    throw new SlimError('bad-option', `completion does not know "${shell}".`, {
      hint: `It knows: ${shells.join(', ')}.`,
    });
  }
  const script = write(completed(commands));
  print(manners.json ? jsonText({ shell, script }) : harmless(script));
  return [];
}
