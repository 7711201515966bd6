/** Aliases of a model: one becomes what another is, or what it was before. */
import { SlimError } from '../errors.js';
import type { ModelBucket } from './bucket.js';
import { findPointer, pointerOf, versionNamed } from './find.js';
import type { ModelsRequest, Moved } from './model.js';
import { pointedBack, type Pointer } from './pointer.js';
import { moved, point } from './push.js';

/**
 * Let the alias `to` name what `from` names: one write, and none when somebody else sets it meanwhile.
 * @throws SlimError `model-not-there`, `bad-pointer`, `alias-moved`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function promote(
  model: string,
  [from, to]: readonly [from: string, to: string],
  request: ModelsRequest,
  bucket: ModelBucket,
): Promise<Moved> {
  const { pointer } = await pointerOf(bucket, model, from);
  const before = await findPointer(bucket, model, to);
  const was = before?.pointer.digest ?? null;
  const set = request.dryRun
    ? { before: was, changed: was !== pointer.digest }
    : await point(bucket, model, to, pointer, before);
  if (set === null) throw moved(to, model);
  return said(bucket, 'promote', model, { from, alias: to, version: pointer.digest, ...set }, request);
}

/**
 * Let an alias name the version before, or one that is named.
 * @param to a digest or the beginning of one; null: the version before
 * @throws SlimError `model-not-there`, `bad-pointer`, `alias-moved`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function rollback(
  model: string,
  alias: string,
  to: string | null,
  request: ModelsRequest,
  bucket: ModelBucket,
): Promise<Moved> {
  const before = await pointerOf(bucket, model, alias);
  const [last] = before.pointer.history;
  if (to === null && last === undefined)
    throw new SlimError(
      'model-not-there',
      `The alias ${alias} of ${model} has named no other version before.`,
      {
        hint: `See "lambda-slim models show ${model}" for its versions, and name one with --to-version.`,
      },
    );
  const version: Pointer = await versionNamed(bucket, model, to ?? last ?? '');
  const was = before.pointer.digest;
  const set = request.dryRun
    ? { before: was, changed: was !== version.digest }
    : await point(bucket, model, alias, version, before, pointedBack);
  if (set === null) throw moved(alias, model);
  return said(bucket, 'rollback', model, { from: null, alias, version: version.digest, ...set }, request);
}

function said(
  bucket: ModelBucket,
  action: Moved['action'],
  model: string,
  facts: Pick<Moved, 'from' | 'alias' | 'version' | 'before' | 'changed'>,
  { dryRun }: ModelsRequest,
): Moved {
  return { action, store: bucket.name, model, ...facts, dryRun };
}
