/** Work on several things at a time of which none makes sense without the others. */
import pMap from 'p-map';
import { SlimError } from '../errors.js';

/**
 * The first failure stops the others; it is thrown once all have ended, so that nothing goes on unseen.
 * @param work must end soon after its signal is aborted
 */
export async function allOrStop<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal,
  concurrency: number,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  const failed = new AbortController();
  const errors: unknown[] = [];
  const stop = AbortSignal.any([signal, failed.signal]);
  const results = await pMap(
    items,
    async (item) => {
      try {
        stop.throwIfAborted();
        return await work(item, stop);
      } catch (error) {
        errors.push(error);
        failed.abort();
        return null;
      }
    },
    { concurrency },
  );
  if (errors.length > 0) throw firstOf(errors);
  return results as Result[];
}

/** What the others could not tidy up when they were stopped stands below the first failure. */
function firstOf([first, ...others]: readonly unknown[]): unknown {
  const left = others.flatMap((one) =>
    one instanceof SlimError && one.code === 'interrupted' ? one.details : [],
  );
  if (!(first instanceof SlimError) || left.length === 0) return first;
  const { code, message, hint, details } = first;
  return new SlimError(code, message, { hint, details: [...details, ...left], cause: first });
}
