/** Variables of an environment. Pure. */

/** The first of these that is set; null: none is, or each is empty. */
export function firstSet(
  environment: Readonly<Record<string, string | undefined>>,
  ...names: readonly string[]
): string | null {
  return names.map((name) => environment[name]).find((value) => value !== undefined && value !== '') ?? null;
}
