/** The one way to the outputs of a step, for later steps of a GitHub job: `NAME=VALUE` lines. Pure. */

declare const quoted: unique symbol;
/** Lines that a runner takes for outputs; only this file makes them. */
export type RunnerOutputs = string & { readonly [quoted]: true };

/** @param values a line break in one would begin another output, so it is a space */
export function runnerOutputs(values: Readonly<Record<string, string | number | boolean>>): RunnerOutputs {
  const lines = Object.entries(values).map(
    ([name, value]) => `${name}=${String(value).replace(/[\r\n]+/g, ' ')}\n`,
  );
  return lines.join('') as RunnerOutputs;
}
