/**
 * By which names the rules for all packages know files and folders. One list: the rules are made of it, and the scan of
 * sources looks for the same names, so that kept code can claim what a rule would take. Pure.
 */

/** Suffixes, without the dot. */
export const suffixes = {
  headers: ['h', 'hh', 'hpp', 'hxx', 'h++', 'cuh', 'inl', 'tcc'],
  cython: ['pyx', 'pxd', 'pxi'],
  sources: ['c', 'cc', 'cpp', 'cxx', 'cu', 'f', 'f90', 'f95', 'f03', 'pyf'],
  libraries: ['a', 'la', 'lib', 'o'],
  build: ['cmake', 'pc'],
  typing: ['pyi'],
  notebooks: ['ipynb'],
  sourceMaps: ['map'],
} as const;

/** Behind a suffix: what a source is made from, e.g. `x.pxd.tp`, `x.c.src`. */
export const templateSuffixes = ['tp', 'in', 'src'] as const;

/** Whole names. */
export const names = {
  build: ['CMakeLists.txt', 'meson.build', 'meson_options.txt', 'Makefile', 'Makefile.am', 'Makefile.in'],
  pytest: ['conftest.py', 'pytest.ini', '.coveragerc'],
} as const;

/** Names of folders that go whole. */
export const folders = {
  tests: ['test', 'tests'],
  build: ['cmake', 'pkgconfig'],
  docs: ['doc', 'docs'],
  examples: ['examples'],
} as const;

/** Folders of files that a program reads when it runs, whatever the folders below them are called. */
const readFolders = ['assets', 'data', 'locale', 'locales', 'resources', 'static'] as const;
/** Folders of files that a program copies for its user: sources and tests in them are no package's own. */
const copiedFolders = [
  ...['template', 'templates', '*_template', '*_templates', 'skeleton', 'skeletons'],
  ...['scaffold', 'scaffolds', 'cookiecutter*'],
] as const;

/** Globs: these names at any depth below a folder of templates. */
export function copied(...below: readonly string[]): readonly string[] {
  return below.map((name) => `**/{${copiedFolders.join(',')}}/**/${name}`);
}

/** Globs: these names at any depth below a folder that is read at run time, or one of templates. */
export function read(...below: readonly string[]): readonly string[] {
  return below.map((name) => `**/{${[...readFolders, ...copiedFolders].join(',')}}/**/${name}`);
}
