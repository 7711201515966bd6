/** Which names a distribution can be imported by, from its files. Pure. */

const extensionModule = /^([^./]+)(?:\.cpython-[^/]*|\.abi3|\.pypy[^/]*)?\.(?:so|pyd)$/;
const identifier = /^[\p{L}_][\p{L}\p{N}_]*$/u;
/** Top-level folders that badly packaged wheels install by accident; never worth an import. */
const accidental: ReadonlySet<string> = new Set([
  'bin',
  'data',
  'doc',
  'docs',
  'etc',
  'example',
  'examples',
  'include',
  'scripts',
  'share',
  'test',
  'testing',
  'tests',
]);

/** The first of a dotted name's parts: `a` of `a.b.c`, and nothing of a relative `.b`. */
export const firstPart = (module: string): string => module.split('.', 1)[0] ?? '';

/** The module that a file is, e.g. `numpy/_core/_x.cpython-312-x86_64-linux-gnu.so` → `numpy._core._x`; null for other files. */
export function moduleOf(path: string): string | null {
  const slash = path.lastIndexOf('/');
  const file = path.slice(slash + 1);
  const folders = slash < 0 ? [] : path.slice(0, slash).split('/');
  const stem = file.endsWith('.py') ? file.slice(0, -3) : extensionModule.exec(file)?.[1];
  if (stem === undefined) return null;
  const parts = stem === '__init__' ? folders : [...folders, stem];
  return parts.length > 0 && parts.every((part) => identifier.test(part)) ? parts.join('.') : null;
}

/**
 * Whether a Python on Linux would import a file by its name: an extension module that is for another Python, processor or
 * system it does not even look at. True for all other files.
 */
export function loadsOn(
  path: string,
  { python, architecture }: { readonly python: string; readonly architecture: string },
): boolean {
  const [, tag, ending] = /\.((?:cpython|pypy)[^/.]*)?\.?(so|pyd)$/.exec(path) ?? [];
  if (ending === 'pyd') return false;
  if (tag === undefined) return true;
  const machine = architecture === 'arm64' ? 'aarch64' : architecture;
  return tag === `cpython-${python.replace('.', '')}-${machine}-linux-gnu`;
}

/**
 * Importable top-level names, sorted: packages (a folder with `__init__`), modules, extension modules. Below a
 * namespace folder (no `__init__` of its own) the packages in it, dotted: `google.protobuf`.
 * @param paths the distribution's own files
 */
export function topModules(paths: readonly string[]): readonly string[] {
  const modules = paths.map(moduleOf).filter((name) => name !== null);
  const packages = new Set(
    paths
      .filter((path) => /(?:^|\/)__init__\.[^/]+$/.test(path))
      .map(moduleOf)
      .filter((name) => name !== null),
  );
  const found = new Set<string>();
  for (const module of modules) found.add(topOf(module, packages));
  const deliberate = [...found].filter((name) => !accidental.has(firstPart(name)));
  return (deliberate.length > 0 ? deliberate : [...found]).sort();
}

/** The outermost package on the way to the module; without one, the module itself (a namespace holds it). */
function topOf(module: string, packages: ReadonlySet<string>): string {
  for (let dot = module.indexOf('.'); dot >= 0; dot = module.indexOf('.', dot + 1)) {
    if (packages.has(module.slice(0, dot))) return module.slice(0, dot);
  }
  return module;
}
