/** Files that somebody names, or has, in good faith where requirements are wanted, and the way to what they mean. Pure. */
import path from 'node:path';

export interface Mistaken {
  /** As a predicate: `is conda's file, which is not read`. */
  readonly what: string;
  /** A sentence. */
  readonly hint: string;
}

const files: readonly (readonly [name: RegExp, what: string, hint: string])[] = [
  [
    /^setup\.(?:py|cfg)$/,
    "is setuptools' own file",
    'Write "." on a line of a requirements file beside it, and name that: the project is then built and packed with what it needs.',
  ],
  [
    /^(?:conda|environment).*\.ya?ml$/,
    "is conda's file, which is not read",
    'In the environment run "pip list --format=freeze > requirements.txt", and name that.',
  ],
  [
    /^pixi\.(?:toml|lock)$/,
    "is pixi's file, which is not read",
    'In the environment run "pixi run python -m pip list --format=freeze > requirements.txt" (with pip in it), and name that.',
  ],
  [/^Pipfile$/, 'names no exact versions', 'Lock it with "pipenv lock", and name Pipfile.lock.'],
];

/** @returns null where nothing is known about a file of that name */
export function mistakenFile(file: string): Mistaken | null {
  const found = files.find(([name]) => name.test(path.basename(file)));
  return found === undefined ? null : { what: found[1], hint: found[2] };
}
