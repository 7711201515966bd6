/** Lines that another tool than pip wrote into a requirements file, and what that tool means by them. Pure. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RequirementParts } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';

export type Meaning =
  | { readonly kind: 'requirement' }
  /** Nobody means a package by it. `because` is a clause. */
  | { readonly kind: 'nothing'; readonly because: string }
  /** It cannot be told what is meant; `because` goes on after the line, as a sentence. */
  | { readonly kind: 'refused'; readonly because: string; readonly hint: string };

const freeze = '"python -m pip list --format=freeze > requirements.txt"';

/** Where conda, conda-forge and Anaconda build their packages: paths of their machines, which `pip freeze` repeats. */
const condaBuild =
  /^file:\/+(?:[^#]*\/)?(?:feedstock_root|conda-bld|croot|conda_build|build_artifacts|rattler-build_[^/]+|tmp\/build\/[0-9a-f]{8}|ci(?:_\d+|_py\d+)?|bld)\/[^#]*/i;

/** Google Colab's own packages. */
const colab = /^file:\/+colabtools\//i;

/** @param text as written */
export function meantBy(text: string, parts: RequirementParts): Meaning {
  const name = parts.name === null ? null : normalizeName(parts.name);
  if (name === 'pkg-resources' && parts.url === null && /^==0\.0(\.0)?$/.test(parts.specifier)) {
    return {
      kind: 'nothing',
      because: "Debian's and Ubuntu's pip freeze writes it, and it names no package",
    };
  }
  if (parts.url !== null && condaBuild.test(parts.url)) {
    return {
      kind: 'refused',
      because: "is conda's: the path is on the machine that built the package, and its version is not told.",
      hint: `Write the file anew in that environment with ${freeze}, which gives versions.`,
    };
  }
  if (parts.url !== null && colab.test(parts.url)) {
    return {
      kind: 'refused',
      because: 'is a file of Google Colab, which exists nowhere else.',
      hint: `Take the line out, or write the file anew with ${freeze} and remove what Colab brings.`,
    };
  }
  // `conda list --export`: name=version=build.
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*=[^=\s]+=[^=\s]+$/.test(text.trim())) {
    return {
      kind: 'refused',
      because: 'is a line of "conda list --export", which names conda packages, not pip\'s.',
      hint: `Write the file anew in that environment with ${freeze}.`,
    };
  }
  if (/^(hg|svn|bzr)\+/i.test(parts.url ?? '')) {
    return {
      kind: 'refused',
      because: 'is in a repository that is not git.',
      hint: 'Build its wheel with "pip wheel --no-deps" and that URL, and name the wheel file instead.',
    };
  }
  if (name === 'python' && parts.url === null) {
    return {
      kind: 'refused',
      because: 'asks for Python itself, which no index has as a package.',
      hint: 'Take the line out. Which Python is built for is said by --python, requires-python or .python-version.',
    };
  }
  if (/^git\+[^/:@]+@[^/:]+:(?!\/\/)/.test(parts.url ?? text)) {
    return {
      kind: 'refused',
      because: 'has an address as ssh writes it, which pip does not read.',
      hint: `Write it as ${text.trim().replace(/git\+([^/:@]+@[^/:]+):/, 'git+ssh://$1/')}.`,
    };
  }
  return { kind: 'requirement' };
}

interface ProjectFolders {
  /** Absolute: the project that the line belongs to. */
  readonly project: string;
  readonly home: string;
}

/** A folder as the path of a `file://` URL. */
const uriPath = (folder: string): string => pathToFileURL(folder).pathname;

/**
 * Fill in what other tools put into a URL or path: PDM's `${PROJECT_ROOT}` and hatch's `{root:uri}`, `{root:parent:uri}`,
 * `{home}`, `{env:NAME:default}`.
 * https://hatch.pypa.io/latest/config/context/
 */
export function fillContext(
  url: string,
  { project, home }: ProjectFolders,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const inUrl = /^file:/i.test(url);
  return url
    .replace(/\$\{PROJECT_ROOT\}/g, (_all, at: number) => {
      // file:///${PROJECT_ROOT}/x: the third slash is the path's own.
      const folder = inUrl ? uriPath(project) : project;
      const begun = url[at - 1] === '/' && !/^file:\/\/(localhost)?$/i.test(url.slice(0, at));
      return begun && folder.startsWith('/') ? folder.slice(1) : folder;
    })
    .replace(/\{(root|home)((?::(?:parent|real|uri))*)\}/g, (_all, field: string, changes: string) =>
      contextFolder(field === 'root' ? project : home, changes.split(':').slice(1)),
    )
    .replace(
      /\{env:([A-Za-z_]\w*)(?::([^{}]*))?\}/g,
      (whole, name: string, other: string | undefined) => environment[name] ?? other ?? whole,
    );
}

function contextFolder(folder: string, changes: readonly string[]): string {
  const parents = changes.filter((change) => change === 'parent');
  const result = path.resolve(folder, ...parents.map(() => '..'));
  return changes.includes('uri') ? `file://${uriPath(result)}` : result;
}
