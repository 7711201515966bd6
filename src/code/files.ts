/** The function's own code: what `--code FOLDER` puts into the package. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import { isOutput } from '../io/output-folder.js';
import { walkTree } from '../io/tree.js';
import type { StagedFile } from '../model.js';
import { countText } from '../text/units.js';
import { chooser, isVersionControl, type Choice, type Rules } from './choice.js';
import { follow, projectAround } from './links.js';
import { isSecret } from './secret-files.js';

export interface CodeFiles {
  /** Sorted by path; symbolic links within the folder stay links. */
  readonly files: readonly StagedFile[];
  /** Paths of credentials and private keys, which stay behind; sorted. */
  readonly secrets: readonly string[];
  /** Those of them that travel all the same because they were asked for, and files of version control; sorted. */
  readonly packed: readonly string[];
  /** Folders of version control, which stay behind; sorted. */
  readonly history: readonly string[];
}

export interface CodeChoice {
  /** Absolute path of the folder of the code. */
  readonly folder: string;
  /** The same of the project, whose `.lambdaignore` counts, too. */
  readonly project: string;
  /** The output folder, which is never packed into itself. */
  readonly out: string;
  /** Globs of files that travel although they hold secrets. */
  readonly keep: readonly string[];
  /** Lines as of a `.gitignore`, seen from the folder of the code. */
  readonly exclude: readonly string[];
}

/** Its lines have gitignore's rules. */
const rulesName = '.lambdaignore';

interface Walk extends Pick<CodeChoice, 'folder' | 'out'> {
  readonly choice: Choice;
  /** Without links. */
  readonly code: string;
  readonly project: string;
  readonly files: StagedFile[];
  readonly secrets: string[];
  readonly packed: string[];
  readonly history: string[];
  readonly refused: string[];
}

/**
 * @throws SlimError `nothing-to-build` when it holds no file, `unusable-file` when something in it is none, or a link leads in
 *   a circle, nowhere or out of the project
 */
export async function codeFiles(given: CodeChoice): Promise<CodeFiles> {
  const { folder, out, keep } = given;
  const code = await realpath(folder);
  const project = projectAround(await realpath(given.project).catch(() => code));
  const walk: Walk = {
    ...{ folder, out, code, project, files: [], secrets: [], packed: [], history: [], refused: [] },
    choice: chooser(await rulesFor(given), keep),
  };
  await collect(code, '', [code], walk);
  const { files, secrets, packed, history, refused } = walk;
  if (refused.length > 0) throw refuseLinks(folder, refused);
  if (files.length === 0) {
    throw new SlimError('nothing-to-build', `The folder of your code, ${folder}, holds no file to pack.`, {
      hint: "Name the folder that holds your function's code with --code.",
    });
  }
  const byPath = (a: StagedFile, b: StagedFile): number => (a.path < b.path ? -1 : 1);
  return {
    files: files.sort(byPath),
    secrets: secrets.sort(),
    packed: packed.sort(),
    history: history.sort(),
  };
}

/** Of the project, of the folder, and those that were given: the later ones prevail. */
async function rulesFor({ folder, project, exclude }: CodeChoice): Promise<readonly Rules[]> {
  const inside = path.relative(project, folder).split(path.sep).join('/');
  const around = inside === '' || inside.startsWith('..') ? [] : await linesOf(path.join(project, rulesName));
  return [
    { inside: `${inside}/`, lines: around },
    { inside: '', lines: await linesOf(path.join(folder, rulesName)) },
    { inside: '', lines: exclude },
  ].filter(({ lines }) => lines.length > 0);
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new SlimError('unusable-file', `${file} cannot be read: ${(error as Error).message}`, {
      hint: 'It must be a text file with rules as in a .gitignore.',
      cause: error,
    });
  });
  return text.replace(/^\uFEFF/, '').split(/\r?\n/);
}

/** What is below a folder, as files of the package below `prefix`. */
async function collect(from: string, prefix: string, chain: readonly string[], walk: Walk): Promise<void> {
  const { choice } = walk;
  const found = await walkTree(from, (name) =>
    name.endsWith('/')
      ? leavesFolder(from, `${prefix}${name.slice(0, -1)}`, path.join(from, name), walk)
      : choice.leavesFile(`${prefix}${name}`),
  );
  for (const { path: name, bytes, mode, link } of found) {
    const source = path.join(from, name);
    if (link === undefined) await add(`${prefix}${name}`, { source, bytes, mode }, walk);
    else await addLink(from, prefix, name, link, chain, walk);
  }
}

/** What is in a folder tells whether it is an environment, or the result of a build. */
function leavesFolder(from: string, name: string, place: string, walk: Walk): boolean {
  const { choice, out, code, folder, history } = walk;
  if (choice.leavesFolder(name)) {
    if (isVersionControl(name)) history.push(name);
    return true;
  }
  const named = from === code ? path.join(folder, name) : place;
  return path.resolve(named) === out || isOutput(place) || existsSync(path.join(place, 'pyvenv.cfg'));
}

async function addLink(
  from: string,
  prefix: string,
  name: string,
  link: string,
  chain: readonly string[],
  walk: Walk,
): Promise<void> {
  const { code, project, files, refused, choice } = walk;
  const own = `${prefix}${name}`;
  // A rule for a folder is for a link to one, too.
  if (choice.leavesFolder(own)) return;
  const led = await follow({ from, name, link, code, project, chain });
  if (led.kind === 'refused') refused.push(`${own} ${led.because}`);
  else if (led.kind === 'link') files.push({ ...staged, path: own, source: '', bytes: 0, mode: 0o777, link });
  else if (led.kind === 'file') await add(own, led, walk);
  else if (!leavesFolder(from, own, led.source, walk))
    await collect(led.source, `${own}/`, [...chain, led.source], walk);
}

const staged = { place: 'function', distribution: null, origin: 'function' } as const;

async function add(
  name: string,
  { source, bytes, mode }: Pick<StagedFile, 'source' | 'bytes' | 'mode'>,
  { choice, files, secrets, packed }: Walk,
): Promise<void> {
  // A link may call it by a harmless name.
  const secret = (await isSecret(name, source)) || (await isSecret(path.basename(source), source));
  const asked = secret && choice.asksFor(name);
  if (secret && !asked) secrets.push(name);
  else files.push({ ...staged, path: name, source, bytes, mode });
  if (asked || isVersionControl(name)) packed.push(name);
}

function refuseLinks(folder: string, refused: readonly string[]): SlimError {
  const rest = refused.length - 10;
  return new SlimError(
    'unusable-file',
    `${folder} holds ${countText(refused.length, 'link')} that cannot be packed.`,
    {
      hint: `Put what they lead to into the project; or leave them out, a line for each in ${rulesName} or with --exclude-code.`,
      details: [...refused.slice(0, 10), ...(rest > 0 ? [`… and ${rest} more`] : [])],
    },
  );
}

/** One digest over names, modes and contents: changes when the function's code does. */
export async function codeDigest(files: readonly StagedFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file.path}\0${file.mode}\0${file.link ?? ''}\0`);
    if (file.link === undefined) hash.update(Buffer.from(await hashFile(file.source), 'hex'));
  }
  return hash.digest('hex');
}
