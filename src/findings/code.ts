/** Facts about the function's own code, which a build finds: their arguments and words. Pure. */
import { quoted } from '../text/shell.js';
import { bytesText } from '../text/units.js';
import type { FindingTexts } from './row.js';

export interface CodeFindingKinds {
  'secret-left-out': { paths: readonly string[] };
  'secret-packed': { paths: readonly string[] };
  'history-left-out': { paths: readonly string[] };
  'code-syntax': { path: string; line: number; text: string; python: string };
  'code-syntax-unsure': { path: string; line: number; text: string; python: string };
  'code-import-missing': { path: string; line: number; module: string; because: string; remedy: string };
  'code-import-unsure': { path: string; line: number; module: string; because: string; remedy: string };
  'code-import-fails': { path: string; line: number; module: string; error: string };
  'code-hidden': { module: string; path: string; other: string; distribution: string };
  'code-hides-package': { module: string; path: string; other: string; distribution: string };
  'handler-unfit': {
    handler: string;
    path: string;
    line: number;
    because: string;
    awaits: boolean;
    yields: boolean;
  };
  'code-not-checked': { because: string };
  /** `distribution`: null for the function's own code. Place of the first. */
  'library-by-name': {
    distribution: string | null;
    libraries: readonly string[];
    path: string;
    line: number;
  };
  'library-by-name-unsure': {
    distribution: string | null;
    libraries: readonly string[];
    path: string;
    line: number;
  };
  'code-not-imported': { distribution: string; bytes: number; with: readonly string[] };
}

/** Paths, as many as a sentence takes. */
const firstOf = (paths: readonly string[]): string =>
  `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`;

/** Severity and words for each code. */
export const codeFindingTexts: FindingTexts<CodeFindingKinds> = {
  'secret-left-out': {
    severity: 'warning',
    meaning: "Files with credentials or private keys in the folder of the function's code stay behind.",
    more: 'Everybody who can read the function can download its package. Files named .env, .netrc, .pypirc or id_rsa, the folders .aws and .ssh, key stores, and files that hold a private key are therefore left out. Give secrets to the function by its role, Secrets Manager or its environment; if one must travel, name it with a line such as !.env in .lambdaignore, or with --keep; a pattern that takes everything back does not name it.',
    sentence: (a) => `Left out of the package, because they hold secrets: ${firstOf(a.paths)}.`,
    hint: (a) =>
      `Give them to the function by its role or Secrets Manager; if they must travel, --keep ${a.paths[0] ?? 'GLOB'}, or !${a.paths[0] ?? 'GLOB'} in .lambdaignore.`,
  },
  'secret-packed': {
    severity: 'warning',
    meaning:
      "Files with credentials, private keys or the code's history are in the package, as they were asked for.",
    more: 'A line with ! in .lambdaignore or --exclude-code, or a glob of --keep, names them, so they travel. Everybody who can read the function can download its package. Better give secrets to the function by its role, Secrets Manager or its environment.',
    sentence: (a) =>
      `In the package, as you asked for it, and they hold secrets or history: ${firstOf(a.paths)}.`,
    hint: () => 'Everybody who can read the function can download them.',
  },
  'history-left-out': {
    severity: 'info',
    meaning: "The history of the function's code stays behind.",
    more: 'A folder of version control (.git, .hg, .svn) holds everything that was ever in the code, and no function needs it. When it must travel, a line such as !.git in .lambdaignore names it.',
    sentence: (a) => `Left out of the package: ${firstOf(a.paths)}, with the history of your code.`,
    hint: () => null,
  },
  'code-syntax': {
    severity: 'error',
    meaning: "A file of the function's own code is not Python of the target's version.",
    more: 'Lambda would fail with "Runtime.UserCodeSyntaxError" at the first call. It is a mistake in the file, or the file is for a newer Python than the function has: build for that with --python. Files that no function needs can stay out of the folder of your code.',
    sentence: (a) => `${a.path}, line ${a.line}, is not Python ${a.python}: ${a.text}.`,
    hint: () => 'Mend the line, or build for the Python that the code is written for with --python.',
  },
  'code-syntax-unsure': {
    severity: 'warning',
    meaning:
      "A file of the function's own code that nothing is known to import is not Python of the target's version.",
    more: 'No handler leads to it, or only one under a condition: it is of an older Python, a template, or data of a test. If Lambda ever imports it, that fails with a SyntaxError. Leave it out with a line in .lambdaignore or --exclude-code, or mend it.',
    sentence: (a) =>
      `${a.path}, line ${a.line}, is not Python ${a.python}: ${a.text}; nothing that Lambda calls is known to lead to it.`,
    hint: (a) => `If no function needs it, leave it out: --exclude-code ${quoted(a.path)}.`,
  },
  'code-import-missing': {
    severity: 'error',
    meaning: "The function's own code imports a module that nothing provides.",
    more: 'Neither your requirements, nor your own files, nor Lambda\'s runtime have it, so Lambda would fail with "Unable to import module … No module named …". Add the distribution to your requirements, or, when another layer of the function brings the module, say so with --provided. An import that may fail is left alone: put it under try/except ImportError.',
    sentence: (a) => `${a.path}, line ${a.line}, imports ${a.module}, ${a.because}.`,
    hint: (a) => a.remedy,
  },
  'code-import-unsure': {
    severity: 'warning',
    meaning: "The function's own code may import a module that nothing provides.",
    more: 'The import stands under a condition, the code changes sys.path, or no handler is known that leads to it, so that nobody can say whether Lambda ever gets there. If it does, it fails with "No module named …". Add the distribution to your requirements, name the handler with --handler, or say with --provided that the module is there.',
    sentence: (a) => `${a.path}, line ${a.line}, may import ${a.module}, ${a.because}.`,
    hint: (a) => a.remedy,
  },
  'code-import-fails': {
    severity: 'error',
    meaning: "The function's own code imports a package that is there and does not import.",
    more: 'The import was tried on the untouched packages, with the libraries that Lambda has and no others, and something that the package needs was not there: another package, or a library of the system. Lambda would fail in the same way. Add the package to your requirements; put a library, built for Amazon Linux, into the lib folder of a layer and name that with --layer; or say with --provided that another layer brings it. An import that may fail is left alone: put it under try/except.',
    sentence: (a) => `${a.path}, line ${a.line}, imports ${a.module}, which fails: ${a.error}.`,
    hint: (a) =>
      /No module named|cannot import name/.test(a.error)
        ? 'Add what it lacks to your requirements; if another layer of the function brings it, name that with --layer, or its module with --provided.'
        : 'Put the library into a lib/ folder of a layer and name that with --layer, or take a package that brings it along.',
  },
  'code-hidden': {
    severity: 'error',
    meaning: 'A file of the code has the name of a package beside it, and Python never imports the file.',
    more: 'Code and packages lie in one folder of the function, and in one folder Python takes a package (a folder) or an extension module before a file of the same name. So an import of that name gets the package, and what your file defines is not found. Rename your file, or leave the package out with --exclude.',
    sentence: (a) =>
      `${a.path} of your code is never imported: Python takes ${a.other} of ${a.distribution} before it.`,
    hint: (a) => `Rename your file, or leave the package out with --exclude ${a.distribution}.`,
  },
  'code-hides-package': {
    severity: 'warning',
    meaning: 'A file of the code has the name of a package, and hides it from everybody.',
    more: "Python finds the function's own file first, so every import of that name gets it, also one in another package that needs the real one. Rename your file; or leave the package out with --exclude when yours is meant to stand in its place.",
    sentence: (a) =>
      `${a.path} of your code hides ${a.other} of ${a.distribution}: every import ${a.module} gets yours, also in other packages.`,
    hint: (a) =>
      `Rename your file; or, when it is meant to take its place, leave the package out with --exclude ${a.distribution}.`,
  },
  'handler-unfit': {
    severity: 'error',
    meaning: "The function's handler is not one that Lambda can call.",
    more: 'Lambda calls the handler with two arguments, the event and the context, and turns what it returns into JSON. A function that takes fewer or more fails with a TypeError at each call, one that is async gives back a coroutine that never runs, and one that yields a generator that never runs. A function with a decorator, or whose name is assigned once more, is left alone, as nobody can see what is made of it.',
    sentence: (a) => `${a.handler} (${a.path}, line ${a.line}) ${a.because}.`,
    hint: (a) =>
      a.awaits
        ? 'Make it a plain function that runs the other one: def handler(event, context): return asyncio.run(main(event, context)).'
        : a.yields
          ? 'Return what it yields: return list(…) in a plain function around it. Lambda streams no answers of Python.'
          : 'Give it two arguments, event and context, also where it needs none.',
  },
  'code-not-checked': {
    severity: 'info',
    meaning: "The function's own code was not read.",
    more: "Only a Python of the function's own version can tell whether the code is right for it, and there is none on this machine. Install one, or name it with --interpreter: then syntax errors and missing imports are found before you deploy.",
    sentence: (a) => `Your code was not checked for syntax errors and missing imports: ${a.because}.`,
    hint: () => 'Install a Python of that version, or name one with --interpreter.',
  },
  'library-by-name': {
    severity: 'warning',
    meaning: 'Python code opens a library by its name that nobody brings.',
    more: "What Python opens itself, with ctypes or cffi, by a name such as libmagic.so.1, is written in no compiled file and works wherever the system has it. Neither the packages, the function's layers nor Lambda's runtime have this one, so the call fails there. Put the library, built for Amazon Linux 2023, into a lib folder of a layer, which becomes /opt/lib, or take a package that brings it. Code that goes on without the library is left alone.",
    sentence: (a) =>
      `${a.distribution ?? 'Your code'} opens ${a.libraries.join(', ')} by name, which neither the packages, your layers nor Lambda have (${a.path}, line ${a.line}).`,
    hint: (a) =>
      `Put ${a.libraries.length === 1 ? 'it' : 'them'} in a lib/ folder of a layer (it becomes /opt/lib, which the loader searches) and name the layer with --layer, or take a package that brings ${a.libraries.length === 1 ? 'it' : 'them'}.`,
  },
  'library-by-name-unsure': {
    severity: 'info',
    meaning: 'Python code that no import led to opens a library by its name that nobody brings.',
    more: 'It is a part of a package that importing the package does not load, or it stands under a condition, such as support for a database of a special kind. Most functions never get there. If yours does, the library must come in a lib folder of a layer.',
    sentence: (a) =>
      `A part of ${a.distribution ?? 'your code'} that was not imported opens ${a.libraries.join(', ')} by name, which nobody brings (${a.path}, line ${a.line}).`,
    hint: () => 'Only if your function uses that part: put the library in a lib/ folder of a layer.',
  },
  'code-not-imported': {
    severity: 'info',
    meaning: 'No import of the code leads to a package that is asked for.',
    more: 'It travels because your requirements name it, but no file of your code imports it, nor anything that does. Packages that are loaded by a name in a string are not told as such. Take it out of your requirements, or leave it out with --exclude, and try with verify.',
    sentence: (a) =>
      `Not imported by your code: ${a.distribution}, ${bytesText(a.bytes)}${a.with.length === 0 ? '' : ` with ${a.with.join(', ')}, which only it needs`}.`,
    hint: (a) => `If nothing loads it by name, leave it out with --exclude ${a.distribution}.`,
  },
};
