/** Long work in steps, so that a caller who wants can let others work in between. Pure. */

/** Yields after about a megabyte, returns in the end. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Do all of it at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
