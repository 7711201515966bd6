/** Environment variables of the function's settings, as `build` and `verify` take them. Pure. */
import { SlimError } from '../errors.js';
import type { OptionRow } from './row.js';

export const envOption = {
  name: 'env',
  key: 'env',
  type: 'list',
  value: 'NAME=VALUE',
  pattern: { regex: /^[A-Za-z][A-Za-z0-9_]*=/, example: 'KERAS_BACKEND=jax' },
  help: "an environment variable of the function's settings: the proof imports with it, and verify runs with it; repeatable",
} as const satisfies OptionRow;

/** Names that Lambda itself sets: its console refuses them, too. */
const reserved =
  /^(?:_HANDLER|_X_AMZN_TRACE_ID|AWS_(?:DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_FUNCTION_.*|LAMBDA_RUNTIME_API|LAMBDA_LOG_.*|LAMBDA_INITIALIZATION_TYPE|ACCESS_KEY(?:_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_(?:TASK_ROOT|RUNTIME_DIR))$/;

/** Of these, who may go out needs his own to be let in. */
const credentials = /^AWS_(?:DEFAULT_REGION|REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/;

/**
 * Variables by name; of one that is given twice the last counts.
 * @param given `NAME=VALUE`
 * @param keys what becomes of AWS's own credentials: `let in`, `leave out`, or refused with the rest of what Lambda sets
 * @throws SlimError `bad-option`
 */
export function parseVariables(
  given: readonly string[],
  keys: 'let in' | 'leave out' | 'refuse',
): Readonly<Record<string, string>> {
  const pairs = given
    .map((one): readonly [string, string] => {
      const at = one.indexOf('=');
      return [one.slice(0, at), one.slice(at + 1)];
    })
    .filter(([name]) => keys !== 'leave out' || !credentials.test(name));
  const taken = pairs
    .map(([name]) => name)
    .find((name) => reserved.test(name) && !(keys === 'let in' && credentials.test(name)));
  if (taken !== undefined) {
    throw new SlimError(
      'bad-option',
      `--env: Lambda sets ${taken} itself and refuses it among the settings.`,
      {
        hint: credentials.test(taken)
          ? 'A function without a network needs none; with "verify --network host" it may have them.'
          : 'Use another name.',
      },
    );
  }
  return Object.fromEntries(pairs);
}
