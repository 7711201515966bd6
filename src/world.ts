/** What is around a piece of work: made once by the process (or by a caller of the API), handed down, read by all. */
import type { Cache } from './io/cache.js';
import type { Environment } from './model.js';
import type { Progress } from './progress.js';
import type { Secrets } from './text/secrets.js';

export interface World {
  readonly cache: Cache;
  readonly progress: Progress;
  /** The caller's variables: PATH to find tools, PIP_* and UV_* for indexes and credentials. Handed on to tools whole. */
  readonly environment: Environment;
  /** Aborted by Ctrl-C: the running tool is stopped and the work throws `interrupted`. */
  readonly signal: AbortSignal;
  /** Learns what must not be printed; all that leaves the run goes through it. */
  readonly secrets: Secrets;
}
