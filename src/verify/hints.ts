/** From what an exception says to the file that the build left out, and what brings it back. Pure. */
import { moduleOf } from '../python/modules.js';
import type { Manifest, OwnedDecision } from '../model.js';
import { normalizeName } from '../python/names.js';

/** A build's decision that explains a failure. */
export interface Culprit {
  readonly path: string;
  readonly rule: string;
  readonly because: string;
  /** For `--keep`; null when an option of the user's took the file away, or a whole distribution was left out. */
  readonly keep: string | null;
}

type Clue =
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'library'; readonly name: string }
  | { readonly kind: 'distribution'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string };

/**
 * The decision that removed what an error misses.
 * @param texts what was said: the error's own words, then those of its causes
 * @returns null when the build kept, or never had, everything that is named
 */
export function culpritOf(manifest: Pick<Manifest, 'decisions'>, texts: readonly string[]): Culprit | null {
  const gone = manifest.decisions.filter(({ action }) => action === 'drop' || action === 'stub');
  for (const clue of texts.flatMap(cluesIn)) {
    const found = gone.find((one) => explains(one, clue));
    if (found) return culprit(found, clue);
  }
  return null;
}

/** What each of Python's and the loader's sentences names; the order is that of how much it tells. */
const patterns: readonly (readonly [Clue['kind'], RegExp, (match: RegExpExecArray) => string])[] = [
  ['module', /No module named '?([\w.]+)'?/g, ([, name = '']) => name],
  [
    'module',
    /cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'/g,
    ([, name = '', from = '']) => `${from}.${name}`,
  ],
  ['module', /module '([\w.]+)' has no attribute '(\w+)'/g, ([, from = '', name = '']) => `${from}.${name}`],
  // What botocore says of a service that --service does not name.
  [
    'file',
    /(?:Unknown service: '|Unable to load data for: )([\w-]+)/g,
    ([, name = '']) => `botocore/data/${name}`,
  ],
  ['library', /([^\s/'":]+\.so(?:\.[\w.]+)?): cannot open shared object file/g, ([, name = '']) => name],
  ['distribution', /No package metadata was found for ([\w.-]+)/g, ([, name = '']) => name],
  ['distribution', /PackageNotFoundError: ([\w.-]+)/g, ([, name = '']) => name],
  // Where the package may lie: a layer, the function, or what the bootstrap opened.
  [
    'file',
    /(?:\/opt\/python(?:\/lib\/python3\.\d+\/site-packages)?|\/var\/task|\/lambda-slim\/[^/\s'"]+\/python)\/([^'"\n:]+)/g,
    ([, name = '']) => name.replace(/\/+$/, ''),
  ],
];

function cluesIn(text: string): readonly Clue[] {
  return patterns.flatMap(([kind, pattern, nameOf]) =>
    [...text.matchAll(pattern)].map((match) => ({ kind, name: nameOf(match) })),
  );
}

function explains({ path, action, distribution }: OwnedDecision, { kind, name }: Clue): boolean {
  switch (kind) {
    case 'module': {
      const module = moduleOf(path);
      if (module === null) return false;
      // `cannot import name X from stubbed`: X has no file, but its package was emptied.
      if (action === 'stub') return name === module || name.startsWith(`${module}.`);
      return module === name || module.startsWith(`${name}.`);
    }
    case 'library':
      return path === name || path.endsWith(`/${name}`);
    case 'distribution':
      return distribution === normalizeName(name) && /\.(?:dist|egg)-info(?:\/|$)/.test(path);
    case 'file':
      return path === name || path.startsWith(`${name}/`);
  }
}

function culprit({ path, rule, because }: OwnedDecision, { kind, name }: Clue): Culprit {
  const isWhole = /(?:\/leave-out|^unneeded\/dependency)$/.test(rule);
  const inFolder = kind === 'file' && path !== name;
  const folder = inFolder ? name : path.slice(0, Math.max(0, path.lastIndexOf('/')));
  // A package is rarely one file: the folder of its __init__ comes back whole.
  const glob = inFolder || /\/__init__\.py$/.test(path) ? `${folder}/**` : path;
  return { path, rule, because, keep: rule.startsWith('option/') || isWhole ? null : glob };
}
