/** A line of `models` → what was done, or what is there. */
import type { ModelsSaid } from '../models/model.js';
import { readModelsLine } from '../models/request.js';
import type { Call } from './call.js';

/**
 * @param words as typed behind `models`, e.g. `promote`, `classifier`, `dev`, `prod`
 * @throws SlimError of the settings, and what `manageModels` throws
 */
export async function models(words: readonly string[], call: Call): Promise<ModelsSaid> {
  const line = await readModelsLine(words, call);
  // The SDK takes a fifth of a second to load.
  const { manageModels } = await import('../models/models.js');
  return manageModels(line, call);
}
