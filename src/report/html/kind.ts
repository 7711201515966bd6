/** What a file is, as far as its name tells: the manifest keeps no kinds. Pure. */
export type FileKind = 'native' | 'python' | 'data' | 'added';

const kinds: readonly (readonly [RegExp, FileKind])[] = [
  [/\.so(?:\.\d+)*$/, 'native'],
  [/\.(?:py|pyc|pyi|pyx|pxd)$/, 'python'],
];

/** @returns never `added`: that is what the build itself puts in */
export function kindOf(path: string): FileKind {
  return kinds.find(([pattern]) => pattern.test(path))?.[1] ?? 'data';
}
