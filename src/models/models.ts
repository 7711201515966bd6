/** One line of `models`, done. */
import path from 'node:path';
import { promote, rollback } from './aliases.js';
import { ModelBucket } from './bucket.js';
import type { ModelsSaid } from './model.js';
import { push, type ModelsContext } from './push.js';
import type { ModelsLine } from './request.js';
import { collect, list, pull, show } from './store.js';

/**
 * @throws SlimError `bad-pointer`, `model-not-there`, `alias-moved`, `not-found`, `unusable-file`, `bad-option`, `artifact-changed`,
 *   `output-unwritable`, `cache-unwritable`, `disk-full`,
 *   `no-credentials`, `aws-refused`, `aws-unreachable`; the signal's reason
 */
export async function manageModels(
  { action, rest, request, toVersion, folder }: ModelsLine,
  context: ModelsContext,
): Promise<ModelsSaid> {
  const bucket = await ModelBucket.open(request.store, request.environment, context.signal);
  const model = request.model ?? '';
  const [, second = null, third = null] = rest;
  switch (action) {
    case 'push':
      return push(rest, { ...request, model }, bucket, context);
    case 'promote':
      return promote(model, [second ?? '', third ?? ''], request, bucket);
    case 'rollback':
      return rollback(model, second ?? '', toVersion, request, bucket);
    case 'list':
      return list(bucket, request.model);
    case 'show':
      return show(bucket, model, second);
    case 'gc':
      return collect(bucket, request);
    case 'pull':
      return pull(bucket, model, second ?? 'prod', folder ?? path.join(context.cwd, model), context);
  }
}
