/** What `doctor` looks at on this machine, and what comes of it. Pure. */
import { finding, type Finding } from '../findings/findings.js';
import type { Architecture, PythonVersion } from '../model.js';

/** Parts of the machine. */
export type PartId =
  'node' | 'uv' | 'pip' | 'python' | 'other-pythons' | 'sandbox' | 'container-engine' | 'aws' | 'cache';

/**
 * - `works`: as it should be.
 * - `lacking`: something cannot be done, or is done in another way; builds work.
 * - `needed`: no build works without it.
 */
export type Health = 'works' | 'lacking' | 'needed';

/** One look at a part. */
export interface Look {
  readonly health: Health;
  /** What is there, or what is wrong, e.g. `0.13.8, /usr/local/bin/uv`. */
  readonly found: string;
  /** What comes of it, as a sentence; null where all works. */
  readonly means: string | null;
  /** A command that brings it, or what to do; null where nothing need be done. */
  readonly remedy: string | null;
}

export interface Part extends Look {
  readonly id: PartId;
  /** For people, e.g. `Python 3.13`. */
  readonly name: string;
}

export interface Examination {
  /** The function that builds would be for. */
  readonly target: { readonly python: PythonVersion; readonly architecture: Architecture };
  readonly parts: readonly Part[];
}

export const works = (found: string): Look => ({ health: 'works', found, means: null, remedy: null });

export const lacking = (found: string, means: string, remedy: string | null): Look => ({
  health: 'lacking',
  found,
  means,
  remedy,
});

/**
 * uv and pip do the same work: with one of them the other is a wish, and without both there is no build of requirements.
 */
export function withoutInstaller(parts: readonly Part[]): readonly Part[] {
  const healthOf = (id: PartId): Health | undefined => parts.find((one) => one.id === id)?.health;
  const some = (['uv', 'pip', 'container-engine'] as const).some((id) => healthOf(id) === 'works');
  if (some) return parts;
  return parts.map((one) =>
    one.id === 'uv'
      ? {
          ...one,
          health: 'needed',
          means: 'Neither uv nor pip nor a container engine is here: requirements cannot be installed.',
        }
      : one,
  );
}

/** A finding for each part without which no build works. */
export const neededFindings = ({ parts }: Examination): readonly Finding[] =>
  parts
    .filter(({ health }) => health === 'needed')
    .map(({ name, means, remedy }) =>
      finding('machine-cannot-build', { part: name, means: means ?? '', remedy }),
    );
