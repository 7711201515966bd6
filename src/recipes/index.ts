/** Every built-in recipe. One import and one line a package, both sorted. */
import base from './base.js';
import type { Recipe } from './recipe.js';

/** Rules for all packages come last: a package's own rule speaks first. */
export const recipes: readonly Recipe[] = [
  // packages, sorted by file name
  base,
];
