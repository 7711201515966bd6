/** The handler that verify brings along, and what is said to it. Pure. */
import type { Invocation, RuntimeError } from './model.js';
import type { Attempt } from './verification.js';

/** Its file in /var/task, and how Lambda calls it. */
export const probeFile = 'lambda_slim_verify.py';
export const probeName = 'lambda_slim_verify.handler';

/** One thing to try. */
export interface Trial {
  readonly kind: Attempt['kind'];
  readonly name: string;
  /** What the handler is invoked with. */
  readonly event: unknown;
}

/** One invocation for each module and probe: a crash loses one, and progress can be shown. */
export function trialsOf(
  modules: readonly string[],
  probes: readonly { readonly recipe: string; readonly code: string }[],
): readonly Trial[] {
  return [
    ...modules.map((name): Trial => ({ kind: 'module', name, event: { modules: [name] } })),
    ...probes.map(({ recipe, code }): Trial => ({ kind: 'probe', name: recipe, event: { recipe, code } })),
  ];
}

interface Answer {
  readonly ok: boolean;
  readonly ms: number;
  readonly error: string | null;
  readonly causes: readonly string[];
}

/** The handler never fails by itself: a failed invocation is a process that died, or no answer in time. */
export function attemptOf({ kind, name }: Trial, { ok, result, error, ms }: Invocation): Attempt {
  const [answer] = ok && Array.isArray(result) ? (result as Answer[]) : [];
  if (answer === undefined) {
    return { kind, name, ok: false, ms, error: errorLine(error) ?? 'no answer came', causes: [] };
  }
  return { kind, name, ok: answer.ok, ms: answer.ms, error: answer.error, causes: answer.causes };
}

/** `Type: message` as Python prints it. */
export function errorLine(error: RuntimeError | null): string | null {
  return error === null ? null : `${error.errorType}: ${error.errorMessage}`;
}
