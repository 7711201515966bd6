/** What leaves a run besides its result, without secrets: its errors with their causes, and what it tells while it goes on. */
import { SlimError } from '../errors.js';
import type { Progress } from '../progress.js';
import type { Secrets } from '../text/secrets.js';

/** Causes of causes: more are not told. */
const deepest = 8;

/** The same error when it holds no secret. */
export function hiddenError(error: unknown, secrets: Secrets, depth = 0): unknown {
  if (typeof error === 'string') return secrets.hide(error);
  if (!(error instanceof Error) || depth > deepest) return error;
  const cause = hiddenError(error.cause, secrets, depth + 1);
  const { message, stack = '' } = error;
  const said = error instanceof SlimError ? { hint: error.hint, details: error.details } : {};
  const safe = secrets.hideIn({ message, stack, ...said });
  if (cause === error.cause && JSON.stringify(safe) === JSON.stringify({ message, stack, ...said }))
    return error;
  const other: Error =
    error instanceof SlimError
      ? new SlimError(error.code, safe.message, {
          hint: secrets.hide(error.hint),
          details: secrets.hideIn(error.details),
          cause,
        })
      : new Error(safe.message, cause === undefined ? undefined : { cause });
  if (!(error instanceof SlimError)) other.name = error.name;
  other.stack = safe.stack;
  return other;
}

/** Progress as it may be shown to anybody. */
export function hidingProgress(progress: Progress, secrets: Secrets): Progress {
  return {
    start: (name, total) => {
      const step = progress.start(secrets.hide(name), total);
      return {
        advance: (amount) => step.advance(amount),
        note: (text) => step.note(secrets.hide(text)),
        end: (summary, options) =>
          step.end(summary === undefined ? undefined : secrets.hide(summary), options),
      };
    },
  };
}
