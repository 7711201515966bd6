/** `lambda-slim models WHAT …`: versions of models in S3, and the aliases that functions ask for. */
import { models } from '../api/models.js';
import { paintFor } from '../io/screen.js';
import { modelsText } from '../report/models-text.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';
import type { CommandContext } from './context.js';

/** @throws SlimError: see `models` */
export async function runModels(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { screen, manners, colourful, wrapAt, print } = context;
  const said = await models(args, context);
  screen.stop();
  if (manners.json) print(jsonText(said));
  else print(terminal(said, (shown) => `${modelsText(shown, paintFor(colourful), wrapAt)}\n`));
  return [];
}
