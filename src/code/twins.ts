/** Modules of the function's own code that share their name with one of a package: which of the two Python imports. Pure. */
import type { Bundle } from '../model.js';

export interface Twin {
  readonly module: string;
  /** The own file. */
  readonly path: string;
  /** The package's. */
  readonly other: string;
  /** Normalized. */
  readonly distribution: string;
  /** False: the package is found first, and the own file never is. */
  readonly ownWins: boolean;
}

/** What can be a module at the top of a folder, in the order in which Python looks for it. */
const forms = [/^([^/]+)\/__init__\.py$/, /^([^/.]+)(?:\.[^/]+)?\.so$/, /^([^/]+)\.py$/];

interface Place {
  readonly module: string;
  readonly path: string;
  readonly form: number;
  /** Name of the bundle. */
  readonly bundle: string;
  /** Null: the function's own. */
  readonly distribution: string | null;
}

/**
 * @param bundles what is built; the function's own code comes before layers on `sys.path`
 * @returns sorted by module
 */
export function twins(bundles: readonly Bundle[]): readonly Twin[] {
  const places = bundles.flatMap(({ name, files }) =>
    files.flatMap(({ path, place, distribution }): readonly Place[] => {
      const own = place === 'function';
      if (!own && (place !== 'python' || distribution === null)) return [];
      const form = forms.findIndex((one) => one.test(path));
      const module = forms[form]?.exec(path)?.[1];
      return module === undefined
        ? []
        : [{ module, path, form, bundle: name, distribution: own ? null : distribution }];
    }),
  );
  const theirs = Map.groupBy(
    places.filter((one) => one.distribution !== null),
    ({ module }) => module,
  );
  return places
    .filter((one) => one.distribution === null)
    .flatMap(({ module, path, form, bundle }) => {
      const [other] = (theirs.get(module) ?? []).toSorted((a, b) => a.form - b.form);
      if (other === undefined) return [];
      const ownWins = other.bundle !== bundle || form < other.form;
      return [{ module, path, other: other.path, distribution: other.distribution ?? '', ownWins }];
    })
    .sort((a, b) => (a.module < b.module ? -1 : 1));
}
