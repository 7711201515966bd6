/**
 * Rules for every package. They name what only building, testing or reading about a package needs. Each must leave alone
 * what DESIGN lists under "What naive rules break": no rule here looks for `*test*.py`, `testing/`, `_vendor/`,
 * `bin/` below the root, `*.cfg`, README files or data by suffix. What kept code imports or names is taken back by the
 * veto. Pure.
 */
import type { Recipe } from './recipe.js';

export default {
  name: 'base',
  source: 'https://packaging.python.org/en/latest/specifications/ and what wheels hold in practice',
  provedOn: '*',
  rules: [
    {
      name: 'test-suites',
      files: [],
      folders: { named: ['test', 'tests'], that: 'hold-tests' },
      because: "It is a package's own test suite; no kept module imports it.",
    },
    {
      name: 'pytest',
      files: ['**/conftest.py', '**/pytest.ini', '**/.coveragerc'],
      because: 'Only pytest reads it.',
    },
    {
      name: 'typing',
      files: ['**/*.pyi'],
      kinds: ['typing'],
      because: 'Type stubs are read by type checkers and editors, not by Python.',
    },
    {
      name: 'headers',
      files: ['**/*.{h,hh,hpp,hxx,h++,cuh,inl,tcc}'],
      because: 'C and C++ headers are for compiling against the package; Lambda has no compiler.',
    },
    {
      name: 'cython',
      files: ['**/*.{pyx,pxd,pxi}', '**/*.{pyx,pxd,pxi}.{tp,in}'],
      because: 'Cython sources and declarations are for compiling; the compiled module stays.',
    },
    {
      name: 'compiled-sources',
      files: ['**/*.{c,cc,cpp,cxx,cu,f,f90,f95,f03,pyf}', '**/*.{c,cpp,h,pyf}.{src,in,tp}'],
      because: 'C, C++ and Fortran sources are for compiling; the compiled module stays.',
    },
    {
      name: 'static-libraries',
      files: ['**/*.{a,la,lib,o}'],
      because: 'Static libraries and objects are for linking; Lambda has no linker.',
    },
    {
      name: 'build-files',
      files: [
        '**/*.cmake',
        '**/CMakeLists.txt',
        '**/meson.build',
        '**/meson_options.txt',
        '**/Makefile{,.am,.in}',
        '**/pkgconfig/*.pc',
      ],
      folders: { named: ['cmake', 'pkgconfig'], that: 'hold-no-python' },
      because: 'Only building against the package reads it.',
    },
    {
      name: 'docs',
      files: ['share/{doc,info,man}/**'],
      folders: { named: ['doc', 'docs'], that: 'hold-no-python' },
      because: 'It is documentation; no Python module lies in its folder.',
    },
    {
      name: 'notebooks',
      files: ['**/*.ipynb'],
      because: 'Notebooks are examples for people; nothing imports them.',
    },
    {
      name: 'scripts',
      files: ['bin/*'],
      kinds: ['script'],
      because: "The installer wrote it with the build machine's Python in its first line.",
    },
    {
      name: 'windows-programs',
      files: ['**/*.exe'],
      kinds: ['foreign'],
      because: 'Windows programs do not run on Linux.',
    },
    {
      name: 'source-maps',
      files: ['**/*.{js,css,mjs}.map'],
      because: "Source maps are for a browser's debugger.",
    },
    {
      name: 'installer-leftovers',
      files: ['.lock', '~*/**', '**/.DS_Store', '**/Thumbs.db', '**/.{gitignore,gitattributes}'],
      because: 'An installer, editor or version control left it behind.',
    },
    {
      name: 'examples',
      files: ['*/examples/**'],
      because: 'Examples are for people; no kept module imports them.',
      level: 'aggressive',
      loses: "the packages' bundled examples",
    },
    {
      name: 'root-programs',
      files: ['bin/*'],
      kinds: ['elf'],
      because: "Lambda's PATH does not hold the layer's bin folder.",
      level: 'aggressive',
      loses: 'programs that a package starts by path, such as ninja or protoc',
    },
    {
      name: 'jupyter',
      files: ['share/jupyter/**', 'etc/jupyter/**'],
      because: 'It extends the notebook server, which a function does not run.',
      level: 'aggressive',
      loses: 'notebook and lab extensions',
    },
  ],
} satisfies Recipe;
