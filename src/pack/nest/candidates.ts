/** What could be nested: large files one by one, small ones with their neighbours of about the same size. Pure. */
import type { StagedFile } from '../../model.js';
import { topOf } from './tree.js';

export interface Group {
  /** Unique: a path, or a folder with `/**` and a class of sizes. */
  readonly name: string;
  readonly way: 'library' | 'tree';
  readonly files: readonly StagedFile[];
  readonly bytes: number;
  /** Nested whenever its top-level package is in the tree, and never else: no choice. */
  readonly follows: boolean;
}

/** A folder's small files up to this size are nested together or not at all; larger ones are split by subfolder. */
const groupBytes = 16 * 1024 * 1024;

/**
 * Files of top-level packages, as groups, the heaviest first. Metadata stays plain (importlib.metadata looks for it on
 * sys.path), single modules with their bytecode and the function's own code do, too.
 * @param outside paths of libraries that can be loaded by path
 * @param rings paths of libraries that must lie side by side: nested together or not at all
 * @param behindLinks paths of files that must not be links in the tree
 * @param largeBytes from this size on a file is a group of its own
 */
export function nestGroups(
  files: readonly StagedFile[],
  outside: ReadonlySet<string>,
  rings: readonly (readonly string[])[],
  behindLinks: ReadonlySet<string>,
  largeBytes: number,
): readonly Group[] {
  const movable = files.filter(
    ({ place, link, path, origin }) =>
      place === 'python' &&
      link === undefined &&
      origin !== 'boot' &&
      origin !== 'models' &&
      path.includes('/') &&
      !/^__pycache__$|\.(?:dist-info|egg-info)$/.test(topOf(path)),
  );
  const ringOf = new Map(rings.flatMap((ring) => ring.map((file) => [file, ring[0] ?? file] as const)));
  const [following, free] = partition(movable, (file) => behindLinks.has(file.path));
  const [together, apart] = partition(free, (file) => ringOf.has(file.path));
  const [single, small] = partition(apart, (file) => file.bytes >= largeBytes || outside.has(file.path));
  const folders = Map.groupBy(small, (file) => `${topOf(file.path)} ${sizeClass(file)}`);
  return [
    ...[...Map.groupBy(following, (file) => topOf(file.path))].map(([top, own]) => ({
      ...groupOf(`${top}/** behind links`, 'tree', own),
      follows: true,
    })),
    ...single.map((file) => groupOf(file.path, outside.has(file.path) ? 'library' : 'tree', [file])),
    ...[...Map.groupBy(together, (file) => ringOf.get(file.path) ?? '')].map(([name, own]) =>
      groupOf(name, 'tree', own),
    ),
    ...[...folders.values()].flatMap((own) => splitByFolder(topOf(own[0]?.path ?? ''), own)),
  ].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

function partition(
  files: readonly StagedFile[],
  test: (file: StagedFile) => boolean,
): readonly [readonly StagedFile[], readonly StagedFile[]] {
  return [files.filter(test), files.filter((file) => !test(file))];
}

/** Each file that is created takes time, so few larger ones are better than many small ones: bytes, at least. */
const classes = [64 * 1024, 16 * 1024, 0];

const sizeClass = (file: StagedFile): number => classes.findIndex((least) => file.bytes >= least);

/** Of one class. */
function splitByFolder(top: string, files: readonly StagedFile[]): readonly Group[] {
  const [first] = files;
  const name = (pattern: string): string => `${top}/${pattern} ${first ? sizeClass(first) : ''}`;
  const whole = groupOf(name('**'), 'tree', files);
  if (whole.bytes <= groupBytes) return [whole];
  const depth = top.split('/').length;
  const parts = Map.groupBy(files, ({ path }) =>
    path
      .split('/')
      .slice(0, Math.min(depth + 1, path.split('/').length - 1))
      .join('/'),
  );
  if (parts.size === 1 && parts.has(top)) return [whole];
  return [...parts].flatMap(([folder, own]) =>
    folder === top ? [groupOf(name('*'), 'tree', own)] : splitByFolder(folder, own),
  );
}

function groupOf(name: string, way: Group['way'], files: readonly StagedFile[]): Group {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    name,
    way,
    files: sorted,
    bytes: sorted.reduce((sum, file) => sum + file.bytes, 0),
    follows: false,
  };
}
