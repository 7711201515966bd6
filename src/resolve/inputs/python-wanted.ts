/** Which Python the project's own files ask for: it decides when none was named, and must agree with one that was. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { finding, type Finding } from '../../findings/findings.js';
import { defaultPython, pythonVersions } from '../../limits.js';
import type { BuildRequest, PythonVersion } from '../../model.js';
import { exists } from '../../io/exists.js';
import { isRange, takesPython } from '../../python/ranges.js';
import { projectOf, sourcesOf, type Source } from './detect.js';
import { parseTomlOrNothing, tableAt, tableOf, tablesOf, textOf } from './toml.js';

export interface ChosenPython {
  readonly python: PythonVersion;
  readonly findings: readonly Finding[];
}

interface Wish {
  /** e.g. `requires-python = ">=3.12" in pyproject.toml`. */
  readonly written: string;
  readonly range: string;
  /** False: beside a requirements file, where a pyproject.toml may have nothing to do with it. */
  readonly binding: boolean;
}

/**
 * The Python to build for: the one that was named, else what the project asks for, else the default where it may be.
 * @throws SlimError `bad-option` (the one that was named is not what the project asks for), `bad-requirements` (Lambda
 *   has none that is), and what `sourcesOf` throws
 */
export async function choosePython(
  request: Pick<BuildRequest, 'folder' | 'requirements' | 'package' | 'python' | 'from'>,
): Promise<ChosenPython> {
  if (request.from !== null) return { python: request.python ?? defaultPython, findings: [] };
  const { sources } = await sourcesOf(request);
  const wishes = (await Promise.all(sources.map(wishesOf))).flat().filter(({ range }) => isRange(range));
  const binding = wishes.filter((wish) => wish.binding);
  const fits = (python: PythonVersion, some: readonly Wish[]): boolean =>
    some.every((wish) => takesPython(wish.range, python));
  const allowed = pythonVersions.filter((python) => fits(python, binding));
  if (request.python !== null) {
    if (allowed.includes(request.python)) return { python: request.python, findings: [] };
    throw disagrees(request.python, allowed, binding);
  }
  if (allowed.length === 0) throw none(binding);
  const wished = allowed.filter((python) => fits(python, wishes));
  const pool = wished.length === 0 ? allowed : wished;
  const pinned = await pinnedVersion([request.folder, ...sources.map(projectOf)], pool);
  if (pinned !== null) return said(pinned.python, pinned.because);
  const python = pool.includes(defaultPython) ? defaultPython : (pool.at(-1) ?? defaultPython);
  return said(python, wishes.map((wish) => wish.written).join(', '));
}

/** The default needs no explanation. */
function said(python: PythonVersion, because: string): ChosenPython {
  return {
    python,
    findings: python === defaultPython ? [] : [finding('python-chosen', { python, because })],
  };
}

function disagrees(
  python: PythonVersion,
  allowed: readonly PythonVersion[],
  wishes: readonly Wish[],
): SlimError {
  const against = wishes.filter((wish) => !takesPython(wish.range, python)).map((wish) => wish.written);
  const way =
    allowed.length === 0
      ? 'Lambda has no Python that fits: change it there, and lock again.'
      : `Build with --python ${[...allowed].reverse().join(' or ')}; or change it there, and lock again.`;
  return new SlimError(
    'bad-option',
    `Python ${python} was asked for, but the project has ${against.join(', ')}.`,
    { hint: way },
  );
}

function none(wishes: readonly Wish[]): SlimError {
  return new SlimError(
    'bad-requirements',
    `Lambda has no Python that fits ${wishes.map((wish) => wish.written).join(' and ')}.`,
    { hint: `It has ${pythonVersions.join(', ')}: change what the project asks for, and lock again.` },
  );
}

async function wishesOf(source: Source): Promise<Wish[]> {
  const folder = projectOf(source);
  const binding = source.kind !== 'requirements';
  const wish = (range: string, key: string, file: string): Wish[] =>
    range === '' ? [] : [{ written: `${key} = "${range}" in ${file}`, range, binding }];
  if (source.kind === 'Pipfile.lock') return pipfileWishes(source.file, wish);
  const project = parseTomlOrNothing(await read(path.join(folder, 'pyproject.toml')));
  const required = textOf(tableOf(project['project'])['requires-python']);
  const poetry = tableAt(project, 'tool', 'poetry', 'dependencies')['python'];
  // Poetry's own may be narrower: it is what Poetry locks for.
  const own = [
    ...wish(required, 'requires-python', 'pyproject.toml'),
    ...wish(textOf(poetry) || textOf(tableOf(poetry)['version']), 'python', 'pyproject.toml').filter(
      ({ range }) => range !== required,
    ),
  ];
  if (!source.file.endsWith('.toml') && !source.file.endsWith('.lock')) return own;
  const name = path.basename(source.file);
  const lock = name === 'pyproject.toml' ? {} : parseTomlOrNothing(await read(source.file));
  const locked = [
    ...wish(textOf(lock['requires-python']), 'requires-python', name),
    ...wish(textOf(tableOf(lock['metadata'])['python-versions']), 'python-versions', name),
    ...wish(
      tablesOf(tableOf(lock['metadata'])['targets'])
        .map((target) => textOf(target['requires_python']))
        .filter((range) => range !== '')
        .join(' || '),
      'requires_python',
      name,
    ),
  ];
  // Most locks repeat what the project says.
  return [...own, ...locked.filter(({ range }) => own.every((other) => other.range !== range))];
}

async function pipfileWishes(
  file: string,
  wish: (range: string, key: string, file: string) => Wish[],
): Promise<Wish[]> {
  const pipfile = parseTomlOrNothing(await read(path.join(path.dirname(file), 'Pipfile')));
  const requires = tableOf(pipfile['requires']);
  const full = textOf(requires['python_full_version']);
  // Lambda chooses the patch release.
  const version = textOf(requires['python_version']) || full.replace(/^(\d+\.\d+)\..*$/, '$1');
  return wish(version, full === '' ? 'python_version' : 'python_full_version', 'Pipfile');
}

/**
 * `.python-version` of pyenv and uv: of the first line that names a CPython of Lambda's, the default where it may be, else the
 * newest. Both look in the folders above, too; here up to the one with the repository.
 */
async function pinnedVersion(
  folders: readonly string[],
  pool: readonly PythonVersion[],
): Promise<{ readonly python: PythonVersion; readonly because: string } | null> {
  for (const folder of new Set(folders)) {
    for (const file of await pinFiles(folder)) {
      for (const line of (await read(file)).split(/\r?\n/)) {
        const named = pythonsOf(line);
        if (named.length === 0) continue;
        const some = named.filter((python) => pool.includes(python));
        const python = some.includes(defaultPython) ? defaultPython : some.at(-1);
        const place = path.relative(folder, file);
        return python === undefined ? null : { python, because: `${place} says ${line.trim()}` };
      }
    }
  }
  return null;
}

/** The pythons that a line takes: `3.12`, `3.12.4`, `cpython@3.12`, `cpython-3.12.4-linux-x86_64-gnu`, `>=3.11,<3.13`. */
function pythonsOf(line: string): readonly PythonVersion[] {
  const text = line.trim();
  const version =
    /^(?:(?:cpython|python|cp)[-@]?)?(3\.?\d+)(?:\.\d+|-dev)?(?:-(?:linux|macos|windows)\S*)?$/i.exec(
      text,
    )?.[1];
  if (version !== undefined) {
    return pythonVersions.filter((one) => one === version.replace(/^3\.?/, '3.'));
  }
  const range = text.replace(/^(?:cpython|python)[-@]?/i, '');
  return /^[<>=~!]/.test(range) && isRange(range)
    ? pythonVersions.filter((one) => takesPython(range, one))
    : [];
}

async function pinFiles(folder: string): Promise<readonly string[]> {
  const folders = [folder];
  for (let at = folder; !(await exists(path.join(at, '.git'))); at = path.dirname(at)) {
    if (at === path.dirname(at)) return [path.join(folder, '.python-version')];
    folders.push(path.dirname(at));
  }
  return folders.map((one) => path.join(one, '.python-version'));
}

const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
