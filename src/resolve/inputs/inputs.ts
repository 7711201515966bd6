/** From the request to self-contained requirements: detected or named files are read, followed and made absolute. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SlimError } from '../../errors.js';
import type { BuildRequest } from '../../model.js';
import { detectSource, kindOf, type Source } from './detect.js';
import { expandVariables, readLines, splitRequirement, type RequirementLine } from '../../python/lines.js';
import { exportLock, projectNames } from './locks.js';
import { normalizeName } from '../../python/names.js';
import { hashFile } from '../../io/hash.js';
import { copyProject, type ProjectSource } from './projects.js';
import { parsePylock, pylockLines } from './pylock.js';
import { readPyproject } from './pyproject.js';
import type { RequirementInputs, SourceProject } from '../resolver.js';
import type { World } from '../../world.js';
import { redact } from '../secrets.js';

/** A requirement line as it will be written; one for a project gets its wheel once that is built. */
export type InputLine =
  | { readonly text: string }
  | {
      readonly project: SourceProject;
      readonly extras: string;
      readonly marker: string;
    };

/** Inputs with their parts, for host resolvers, which replace projects by wheels. */
export interface CollectedInputs extends RequirementInputs {
  readonly lines: readonly InputLine[];
  /** Other files that could have been taken, when the source was detected. */
  readonly others: readonly string[];
}

/**
 * Read everything that the request names.
 * @throws SlimError `not-found`, `nothing-to-build`, `bad-requirements`, `lock-tool-missing`, `lock-export-failed`
 */
export async function collectInputs(request: BuildRequest, context: World): Promise<CollectedInputs> {
  const folder = await context.cache.workFolder('requirements');
  const collector = new Collector(folder, request, context);
  let others: readonly string[] = [];
  if (request.requirements.length === 0) {
    const detected = await detectSource(request.folder);
    others = detected.others;
    await collector.addSource(detected.source);
  } else {
    for (const file of request.requirements) await collector.addSource({ kind: kindOf(file), file });
  }
  return { ...(await collector.finish()), others };
}

/** Write lines into the folder. `wheelOf` gives the requirement of a project once its wheel is built. */
export async function writeLines(
  file: string,
  options: readonly string[],
  lines: readonly InputLine[],
  wheelOf: (project: SourceProject, extras: string) => string = projectRequirement,
): Promise<void> {
  const texts = lines.map((line) =>
    'text' in line
      ? line.text
      : `${wheelOf(line.project, line.extras)}${line.marker === '' ? '' : ` ; ${line.marker}`}`,
  );
  await writeFile(file, [...options, ...texts, ''].join('\n'), { mode: 0o600 });
}

function projectRequirement(project: SourceProject, extras: string): string {
  const url = pathToFileURL(project.copy).href;
  if (project.name !== null) return `${project.name}${extras} @ ${url}`;
  return extras === '' ? url : `${project.copy}${extras}`;
}

class Collector {
  readonly #labels: string[] = [];
  readonly #lines: InputLine[] = [];
  readonly #constraints: string[] = [];
  readonly #options: string[] = [];
  readonly #localPaths = new Set<string>();
  readonly #projects: SourceProject[] = [];
  readonly #requested = new Set<string>();
  /** Goes into the digest beside the lines: contents of local files. */
  readonly #contents: string[] = [];
  readonly #localWheels: string;
  #locked = true;
  #compiles = false;

  constructor(
    private readonly folder: string,
    private readonly request: BuildRequest,
    private readonly context: World,
  ) {
    this.#localWheels = path.join(folder, 'wheels');
  }

  async addSource(source: Source): Promise<void> {
    const name = path.basename(source.file);
    const base = path.dirname(source.file);
    const { extras, groups } = this.request;
    switch (source.kind) {
      case 'requirements':
        this.#labels.push(name);
        return this.#addText(await readText(source.file), [source.file], false);
      case 'pyproject.toml': {
        this.#labels.push(name);
        this.#locked = false;
        const { lines } = readPyproject(await readText(source.file), name, extras, groups);
        for (const text of lines) await this.#addRequirement(plain(text), base, true);
        return;
      }
      case 'pylock.toml': {
        this.#labels.push(name);
        const lock = parsePylock(await readText(source.file), name);
        const top = await projectNames(base, this.request);
        (top.length > 0 ? top : lock.packages.map((one) => normalizeName(one.name))).forEach((one) =>
          this.#requested.add(one),
        );
        return this.#addText(pylockLines(lock, extras, groups).join('\n'), [source.file], true);
      }
      case 'uv.lock':
      case 'poetry.lock':
      case 'pdm.lock':
      case 'Pipfile.lock': {
        await readText(source.file);
        const exported = await exportLock({ ...source, kind: source.kind }, this.request, this.context);
        this.#labels.push(exported.label);
        exported.requested.forEach((one) => this.#requested.add(one));
        return this.#addText(exported.text, [source.file], true);
      }
    }
  }

  /** @param stack the file and those that name it, innermost last */
  async #addText(text: string, stack: readonly string[], exported: boolean): Promise<void> {
    const file = stack.at(-1) ?? '';
    const base = path.dirname(file);
    for (const line of readLines(text)) {
      if (line.kind === 'requirement') {
        if (!exported && !/--hash[=\s]/.test(line.options)) this.#locked = false;
        await this.#addRequirement(line, base, !exported);
      } else if (line.name === '--requirement') {
        const nested = this.#nested(line, file);
        if (stack.includes(nested)) {
          const names = [...stack.slice(stack.indexOf(nested)), nested].map((one) => path.basename(one));
          throw new SlimError(
            'bad-requirements',
            `Requirements files name each other: ${names.join(' → ')}.`,
            {
              hint: 'Remove one of these -r lines.',
            },
          );
        }
        if (kindOf(nested) !== 'requirements') await this.addSource({ kind: kindOf(nested), file: nested });
        else await this.#addText(await readText(nested, file, line.line), [...stack, nested], false);
      } else if (line.name === '--constraint') {
        await this.#addConstraints(this.#nested(line, file), [file]);
      } else {
        await this.#addOption(line, base);
      }
    }
  }

  #nested(line: { value: string; line: number }, file: string): string {
    const value = this.#expand(line.value);
    if (/^https?:\/\//.test(value)) {
      throw new SlimError(
        'bad-requirements',
        `${path.basename(file)}, line ${line.line}: a requirements file on the web is not followed.`,
        { hint: 'Download it, read it, and name your copy.', details: [redact(value)] },
      );
    }
    return path.resolve(path.dirname(file), fromFileUrl(value));
  }

  async #addConstraints(file: string, stack: readonly string[]): Promise<void> {
    if (stack.includes(file)) return;
    for (const line of readLines(await readText(file, stack.at(-1), null))) {
      if (line.kind === 'requirement') {
        this.#constraints.push([line.text, line.options].filter((part) => part !== '').join(' '));
      } else if (line.name === '--requirement' || line.name === '--constraint') {
        await this.#addConstraints(this.#nested(line, file), [...stack, file]);
      } else {
        await this.#addOption(line, path.dirname(file));
      }
    }
  }

  async #addOption(line: RequirementLine & { kind: 'option' }, base: string): Promise<void> {
    switch (line.name) {
      case '--index-url':
      case '--extra-index-url':
      case '--find-links':
        this.#options.push(`${line.name} ${await this.#location(line.value, base)}`);
        return;
      case '--no-binary':
        if (line.value !== ':none:') this.#compiles = true;
        return;
      case '--only-binary':
      case '--require-hashes':
      case '--prefer-binary':
      case '--use-feature':
        return;
      case '--trusted-host':
        this.#options.push(`--trusted-host ${line.value}`);
        return;
      default:
        this.#options.push(line.value === '' ? line.name : `${line.name} ${line.value}`);
    }
  }

  /** An index or link folder: a local one becomes an absolute `file://` URL, and is noted for containers. */
  async #location(value: string, base: string): Promise<string> {
    const expanded = this.#expand(value);
    if (/^https?:\/\//.test(expanded) || /\$\{/.test(expanded)) return value;
    const local = await this.#local(expanded, base);
    this.#localPaths.add(local);
    return pathToFileURL(local).href;
  }

  async #addRequirement(
    line: RequirementLine & { kind: 'requirement' },
    base: string,
    topLevel: boolean,
  ): Promise<void> {
    const parts = splitRequirement(line.text);
    if (topLevel && parts.name !== null) this.#requested.add(normalizeName(parts.name));
    const url = parts.url === null ? null : this.#expand(parts.url);
    const git = url !== null && url.startsWith('git+');
    const remote = url !== null && !git && /^[a-z][a-z0-9+.-]+:\/\//i.test(url) && !url.startsWith('file:');
    if (url === null || remote) {
      this.#lines.push({ text: [line.text, line.options].filter((part) => part !== '').join(' ') });
      return;
    }
    const local = git ? url : await this.#local(url, base);
    if (!git && local.endsWith('.whl'))
      return this.#addWheel(local, parts.extras, parts.marker, line.options, topLevel);
    const source: ProjectSource = git ? { git: url } : { path: local };
    const written = redact(line.text, this.context.environment);
    const project = await copyProject(source, parts.name, written, {
      into: path.join(this.folder, 'projects', String(this.#projects.length)),
      without: [this.request.out, this.request.cacheDir],
      context: this.context,
    });
    this.#locked &&= false;
    this.#projects.push(project.project);
    if (project.project.name !== null && topLevel) this.#requested.add(project.project.name);
    this.#contents.push(project.digest);
    this.#lines.push({ project: project.project, extras: parts.extras, marker: parts.marker });
  }

  async #addWheel(
    file: string,
    extras: string,
    marker: string,
    options: string,
    topLevel: boolean,
  ): Promise<void> {
    const name = path.basename(file);
    const digest = await hashFile(file);
    const copy = path.join(this.#localWheels, digest.slice(0, 8), name);
    await mkdir(path.dirname(copy), { recursive: true });
    await copyFile(file, copy);
    this.#contents.push(`${name} ${digest}`);
    const distribution = name.split('-')[0] ?? name;
    if (topLevel) this.#requested.add(normalizeName(distribution));
    const text = `${distribution}${extras} @ ${pathToFileURL(copy).href}`;
    this.#lines.push({
      text: `${text}${marker === '' ? '' : ` ; ${marker}`}${options === '' ? '' : ` ${options}`}`,
    });
  }

  /**
   * A local path. pip takes it relative to the working folder: for a build that is the project's folder. Where nothing
   * lies there, it is relative to the file that names it (as exported locks have it).
   */
  async #local(value: string, base: string): Promise<string> {
    const bare = fromFileUrl(value.replace(/#.*$/, ''));
    const candidates = [path.resolve(this.request.folder, bare), path.resolve(base, bare)];
    for (const candidate of candidates) {
      if (
        await stat(candidate).then(
          () => true,
          () => false,
        )
      )
        return candidate;
    }
    throw new SlimError('not-found', `The requirements name ${value}, which is not there.`, {
      hint: 'Paths are relative to the project folder, or to the file that names them.',
      details: [...new Set(candidates)],
    });
  }

  #expand(text: string): string {
    return expandVariables(text, this.context.environment);
  }

  async finish(): Promise<Omit<CollectedInputs, 'others'>> {
    const options = [...new Set(this.#options)];
    const lines = dedupe(this.#lines);
    const requirements = path.join(this.folder, 'requirements.txt');
    const constraints = path.join(this.folder, 'constraints.txt');
    await mkdir(this.#localWheels, { recursive: true });
    await writeLines(requirements, options, lines);
    await writeFile(constraints, [...new Set(this.#constraints), ''].join('\n'), { mode: 0o600 });
    const digest = createHash('sha256');
    for (const text of [
      ...options,
      '---',
      ...lines.map((line) => ('text' in line ? line.text : `${line.extras};${line.marker}`)),
      '---',
      ...this.#constraints,
      '---',
      ...this.#contents,
    ]) {
      // Copies lie in a folder with a new name each time; their contents are in the digest themselves.
      digest.update(this.#expand(text).replaceAll(pathToFileURL(this.folder).href, '')).update('\0');
    }
    return {
      source: this.#labels.join(', '),
      folder: this.folder,
      files: [requirements],
      constraints: this.#constraints.length > 0 ? [constraints] : [],
      options,
      localPaths: [...this.#localPaths].sort(),
      projects: this.#projects,
      localWheels: this.#localWheels,
      requested: [...this.#requested].sort(),
      empty: lines.length === 0,
      locked: this.#locked && lines.length > 0,
      compiles: this.#compiles,
      digest: digest.digest('hex'),
      lines,
    };
  }
}

function plain(text: string): RequirementLine & { kind: 'requirement' } {
  return { kind: 'requirement', text, options: '', editable: false, line: 0 };
}

/** The same file named twice gives the same lines twice, which the tools call a double requirement. */
function dedupe(lines: readonly InputLine[]): InputLine[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    if (!('text' in line)) return true;
    if (seen.has(line.text)) return false;
    seen.add(line.text);
    return true;
  });
}

function fromFileUrl(value: string): string {
  if (value.startsWith('file://')) return fileURLToPath(value);
  return value.startsWith('file:') ? value.slice('file:'.length) : value;
}

async function readText(file: string, namedBy?: string, line?: number | null): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const by =
      namedBy === undefined ? '' : ` (named by ${path.basename(namedBy)}${line ? `, line ${line}` : ''})`;
    throw new SlimError('not-found', `The requirements file ${file} cannot be read${by}.`, {
      hint: 'Check its name; paths in a requirements file are relative to that file.',
      cause,
    });
  }
}
