/** What somebody may have meant who mistyped a name. Pure. */
import { closest, distance } from 'fastest-levenshtein';

/** @returns the nearest of the names that are known, when it is near: as many letters may differ as in a typing mistake */
export function near(typed: string, known: readonly string[]): string | null {
  const nearest = known.length === 0 ? '' : closest(typed, known);
  const letters = Math.max(2, Math.floor(typed.length / 3));
  return nearest !== '' && distance(typed, nearest) <= letters ? nearest : null;
}
