/**
 * Rules for every package. They name what only building, testing or reading about a package needs. Each must leave alone
 * what DESIGN lists under "What naive rules break": no rule here looks for `*test*.py`, `testing/`, `_vendor/`,
 * `bin/` below the root, `*.cfg`, README files or data by suffix. What kept code imports or names is taken back by the
 * veto. Pure.
 */
import { copied, folders, names, read, suffixes, templateSuffixes } from './names.js';
import type { Recipe } from './recipe.js';

/** A glob for one of these. Braces around a single name would be taken as they are. */
const any = (...given: readonly (readonly string[])[]): string => {
  const all = given.flat().join(',');
  return all.includes(',') ? `{${all}}` : all;
};
const templates = any(templateSuffixes);

export default {
  name: 'base',
  source: 'https://packaging.python.org/en/latest/specifications/ and what wheels hold in practice',
  provedOn: '*',
  rules: [
    {
      name: 'test-suites',
      files: [],
      folders: { named: folders.tests, that: 'hold-tests' },
      except: copied(`${any(folders.tests)}/**`),
      because: "It is a package's own test suite; no kept module imports it.",
    },
    {
      name: 'pytest',
      files: [`**/${any(names.pytest)}`],
      except: copied('*'),
      because: 'Only pytest reads it.',
    },
    {
      name: 'typing',
      files: [`**/*.${any(suffixes.typing)}`],
      kinds: ['typing'],
      because: 'Type stubs are read by type checkers and editors, not by Python.',
    },
    {
      name: 'headers',
      files: [`**/*.${any(suffixes.headers)}`],
      except: copied('*'),
      because: 'C and C++ headers are for compiling against the package; Lambda has no compiler.',
    },
    {
      name: 'cython',
      files: [`**/*.${any(suffixes.cython)}`, `**/*.${any(suffixes.cython)}.${templates}`],
      except: copied('*'),
      because: 'Cython sources and declarations are for compiling; the compiled module stays.',
    },
    {
      name: 'compiled-sources',
      files: [
        `**/*.${any(suffixes.sources)}`,
        `**/*.${any(suffixes.sources, suffixes.headers)}.${templates}`,
      ],
      except: copied('*'),
      because: 'C, C++ and Fortran sources are for compiling; the compiled module stays.',
    },
    {
      name: 'static-libraries',
      files: [`**/*.${any(suffixes.libraries)}`],
      except: read('*'),
      because: 'Static libraries and objects are for linking; Lambda has no linker.',
    },
    {
      name: 'build-files',
      files: ['**/*.cmake', '**/pkgconfig/*.pc', `**/${any(names.build)}`],
      folders: { named: folders.build, that: 'hold-no-python' },
      except: read('*'),
      because: 'Only building against the package reads it.',
    },
    {
      name: 'docs',
      files: ['share/{doc,info,man}/**'],
      folders: { named: folders.docs, that: 'hold-no-python' },
      except: read(`${any(folders.docs)}/**`),
      because: 'It is documentation; no Python module lies in its folder.',
    },
    {
      name: 'notebooks',
      files: [`**/*.${any(suffixes.notebooks)}`],
      except: read('*'),
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
      files: [`**/*.{js,css,mjs}.${any(suffixes.sourceMaps)}`],
      because: "Source maps are for a browser's debugger.",
    },
    {
      name: 'installer-leftovers',
      files: ['.lock', '~*/**', '**/.DS_Store', '**/Thumbs.db', '**/.{gitignore,gitattributes}'],
      except: copied('*'),
      because: 'An installer, editor or version control left it behind.',
    },
    {
      name: 'examples',
      files: [`*/${any(folders.examples)}/**`],
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
      // Notebooks are run and rendered without a server, too: by papermill and nbconvert.
      except: ['share/jupyter/{kernels,nbconvert,voila}/**'],
      because: 'It extends the notebook server, which a function does not run.',
      level: 'aggressive',
      loses: 'notebook and lab extensions',
    },
  ],
} satisfies Recipe;
