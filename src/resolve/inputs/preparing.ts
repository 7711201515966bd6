/** Lines made self-contained: local paths become copies in our own folder, projects are copied, wheels are hashed. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashFile } from '../../io/hash.js';
import { homeFolder } from '../../io/user-folders.js';
import { defaultPython } from '../../limits.js';
import type { BuildRequest, ReadInput } from '../../model.js';
import { compiledNames, takesPrereleases } from '../../python/line-options.js';
import { expandVariables, splitRequirement } from '../../python/lines.js';
import { markerEnvironment } from '../../python/marker-environment.js';
import { counts, type MarkerEnvironment } from '../../python/markers.js';
import { normalizeName } from '../../python/names.js';
import type { World } from '../../world.js';
import type { SourceProject } from '../resolver.js';
import { withIndexes } from '../indexes.js';
import { keptArchive } from './download.js';
import { fillContext } from './other-tools.js';
import type { FoundProject } from './elsewhere.js';
import { copyProject, type CopiedProject, type ProjectSource } from './projects.js';
import { findLocal } from './local-place.js';
import { labelOf } from './origin.js';
import { fromFileUrl, type ReadEntry, type ReadOption, type ReadRequirement } from './reading.js';
import type { NamedIndex } from './name-sources.js';
import {
  exactNames,
  fileOptions,
  writeLines,
  type AskedFor,
  type CollectedInputs,
  type InputLine,
} from './input-lines.js';
import {
  dedupe,
  digestOfLines,
  isRemote,
  joined,
  markerText,
  planFor,
  refuseSingle,
  withIndex,
} from './requirement-plan.js';

/** How a source's lines count. */
export interface SourceFacts {
  /** They come from a lock: every line is exact. */
  readonly exact: boolean;
  /** They are what the user asks for; a lock's lines are also all that these need. */
  readonly topLevel: boolean;
}

type Added = Exclude<ReadEntry, { kind: 'source' }>;

/** Without what only the whole request tells. */
export type PreparedInputs = Omit<
  CollectedInputs,
  'others' | 'exact' | 'uv' | 'builds' | 'onlyUv' | 'owned' | 'barred' | 'claims'
>;

export class Preparation {
  readonly #labels: string[] = [];
  readonly #lines: InputLine[] = [];
  readonly #constraints: string[] = [];
  readonly #options: string[] = [];
  readonly #localPaths = new Set<string>();
  readonly #projects: SourceProject[] = [];
  readonly #requested = new Set<string>();
  readonly #asked: AskedFor[] = [];
  readonly #written = new Map<string, string>();
  readonly #ignored: CollectedInputs['ignored'][number][] = [];
  /** Goes into the digest beside the lines: contents of local files. */
  readonly #contents: string[] = [];
  /** `--no-binary` and `--only-binary`. */
  readonly #formats: ReadOption[] = [];
  /** `--pre`, `--all-releases` and `--only-final`. */
  readonly #releases: ReadOption[] = [];
  readonly #localWheels: string;
  readonly #markers: MarkerEnvironment;
  readonly #copies = new Map<string, CopiedProject>();
  readonly #found: FoundProject[] = [];
  readonly #lockedProjects: FoundProject[] = [];
  readonly #read = new Map<string, ReadInput>();
  #locked = true;
  #unnamed = false;

  constructor(
    private readonly folder: string,
    private readonly request: BuildRequest,
    private readonly context: World,
  ) {
    this.#localWheels = path.join(folder, 'wheels');
    this.#markers = markerEnvironment({
      python: request.python ?? defaultPython,
      architecture: request.architecture,
    });
  }

  /** Where requirements come from, for people. */
  label(text: string): void {
    this.#labels.push(text);
  }

  /** A file or folder of the user's that takes part. */
  saw(one: ReadInput): void {
    this.#read.set(one.place, one);
  }

  /** Normalized names of what the user asks for. */
  requests(names: readonly string[]): void {
    names.forEach((name) => this.#requested.add(name));
  }

  /** @throws SlimError `index-unreachable`, `not-in-cache`, `no-resolver`, `resolution-failed`, `hash-mismatch`, `not-found`, `bad-requirements`, and what getting a project throws */
  async add(entry: Added, { exact, topLevel }: SourceFacts): Promise<void> {
    switch (entry.kind) {
      case 'option':
        return this.#addOption(entry);
      case 'ignored':
        this.#ignored.push({ text: entry.text, because: entry.because, origin: entry.origin });
        return;
      case 'requirement':
        this.#note(entry);
        // Nothing is fetched for a line that does not count on Lambda.
        if (!counts(entry.parts.marker, this.#markers)) return;
        if (entry.constraint) return this.#addConstraint(entry);
        if (!exact && !entry.options.includes('--hash=')) this.#locked = false;
        return this.#addRequirement(entry, { exact, topLevel });
    }
  }

  /** Projects that were added since it was last asked, but for those of locks, which have all that these need. */
  takeFound(): readonly FoundProject[] {
    return this.#found.splice(0);
  }

  /** Projects of locks. */
  get lockedProjects(): readonly FoundProject[] {
    return this.#lockedProjects;
  }

  /** Normalized names that have a folder, repository or URL of their own. */
  placedNames(): ReadonlySet<string> {
    const names = this.#lines.map((line) => {
      if (!('text' in line)) return line.project.name;
      const { name, url } = splitRequirement(line.text.replace(/\s--hash[=\s].*$/, ''));
      return name === null || url === null ? null : normalizeName(name);
    });
    return new Set(names.filter((name) => name !== null));
  }

  /** Normalized names that were asked for until now. */
  askedNames(): ReadonlySet<string> {
    const names = this.#asked.filter((one) => !one.constraint).map((one) => one.name);
    return new Set(names.filter((name) => name !== null));
  }

  #note({ parts, text, constraint, origin }: ReadRequirement): void {
    this.#asked.push({
      name: parts.name === null ? null : normalizeName(parts.name),
      text: this.context.secrets.hide(text),
      specifier: parts.specifier,
      marker: parts.marker,
      constraint,
      origin,
    });
  }

  async #addConstraint(entry: ReadRequirement): Promise<void> {
    const { parts, options, text } = entry;
    const url = parts.url === null ? null : this.#expand(parts.url, entry.base);
    const written =
      url === null || isRemote(url)
        ? text
        : `${parts.name ?? ''}${parts.extras} @ ${pathToFileURL(await this.#local(url, entry)).href}${markerText(parts.marker)}`;
    this.#constraints.push([written, options].filter((part) => part !== '').join(' '));
  }

  async #addOption(option: ReadOption): Promise<void> {
    const { name, value } = option;
    switch (name) {
      case '--index-url':
      case '--extra-index-url':
      case '--find-links':
        this.#options.push(`${name} ${await this.#location(option)}`);
        return;
      case '--no-binary':
      case '--only-binary':
        this.#formats.push(option);
        return;
      case '--pre':
      case '--all-releases':
      case '--only-final':
        refuseSingle(option);
        this.#releases.push(option);
        return;
      case '--require-hashes':
      case '--no-require-hashes':
      case '--prefer-binary':
      case '--use-feature':
        return;
      default:
        this.#options.push(value === '' ? name : `${name} ${value}`);
    }
  }

  /** An index or link folder: a local one becomes an absolute `file://` URL, and is noted for containers. */
  async #location(option: ReadOption): Promise<string> {
    const expanded = this.#expand(option.value, option.base);
    if (/^(?:https?|codeartifact):\/\//i.test(expanded) || /\$\{/.test(expanded)) return option.value;
    // pip looks for links beside the file first, for everything else in the working folder.
    const first = option.name === '--find-links' ? [option.base, this.request.folder] : undefined;
    const local = await this.#local(expanded, option, first);
    this.#localPaths.add(local);
    return pathToFileURL(local).href;
  }

  async #addRequirement(entry: ReadRequirement, facts: SourceFacts): Promise<void> {
    const { parts } = entry;
    const { topLevel } = facts;
    if (topLevel && parts.name !== null) this.#requested.add(normalizeName(parts.name));
    const plan = planFor(entry, parts.url === null ? null : this.#expand(parts.url, entry.base));
    switch (plan.kind) {
      case 'line':
        this.#lines.push({ text: plan.text, origin: entry.origin });
        return;
      case 'local': {
        const local = await this.#local(plan.url, entry);
        const isWheel = local.endsWith('.whl');
        this.saw({ place: local, kind: isWheel ? 'file' : 'project' });
        if (isWheel) return this.#addWheel(local, entry, topLevel);
        return this.#addProject({ path: local }, entry, facts);
      }
      case 'repository':
        return this.#addProject({ git: plan.url }, entry, facts);
      case 'archive': {
        const { url, fragment, hashes } = plan;
        const written = this.context.secrets.hide(entry.text);
        const file = await keptArchive(url, written, hashes, this.request, this.context);
        if (file.endsWith('.whl')) return this.#addWheel(file, entry, topLevel);
        return this.#addProject({ path: file, fragment }, entry, facts);
      }
    }
  }

  async #addProject(source: ProjectSource, entry: ReadRequirement, facts: SourceFacts): Promise<void> {
    const { parts, options, text } = entry;
    const written = this.context.secrets.hide(text);
    const hashes = [...options.matchAll(/--hash=(\S+)/g)].map(([, hash = '']) => hash);
    const into = path.join(this.folder, 'projects', String(this.#projects.length));
    const key = JSON.stringify([source, hashes]);
    const known = this.#copies.get(key);
    const { project, digest } =
      known ??
      (await copyProject(source, parts.name, written, {
        into,
        without: [this.request.out, this.request.cacheDir],
        context: this.context,
        asking: this.request,
        hashes,
      }));
    this.#locked = false;
    if (known === undefined) {
      this.#copies.set(key, { project, digest });
      this.#projects.push(project);
      this.#written.set(project.copy, written);
      this.#contents.push(digest);
    }
    if (facts.topLevel && project.name === null) this.#unnamed = true;
    if (facts.topLevel && project.name !== null) this.#requested.add(project.name);
    const line = { project, extras: parts.extras, marker: parts.marker, origin: entry.origin };
    const same = (one: InputLine): boolean =>
      !('text' in one) && one.project === project && one.extras === line.extras && one.marker === line.marker;
    if (!this.#lines.some(same)) this.#lines.push(line);
    (facts.exact ? this.#lockedProjects : this.#found).push(this.#foundIn(source, project.copy, into, entry));
  }

  #foundIn(
    source: ProjectSource,
    copy: string,
    into: string,
    { parts, text }: ReadRequirement,
  ): FoundProject {
    const extras = parts.extras.slice(1, -1).split(',');
    const isGit = 'git' in source;
    const file = isGit
      ? `pyproject.toml of ${this.context.secrets.hide(text)}`
      : labelOf(path.join(source.path, 'pyproject.toml'), this.request.folder);
    return {
      folder: isGit ? copy : source.path,
      copy,
      clone: isGit ? into : null,
      label: file,
      extras: extras.map((extra) => normalizeName(extra.trim())).filter((extra) => extra !== ''),
      marker: parts.marker,
    };
  }

  async #addWheel(file: string, entry: ReadRequirement, topLevel: boolean): Promise<void> {
    const { parts, options } = entry;
    const name = path.basename(file);
    const digest = await hashFile(file);
    const copy = path.join(this.#localWheels, digest.slice(0, 8), name);
    await mkdir(path.dirname(copy), { recursive: true });
    await copyFile(file, copy);
    this.#contents.push(`${name} ${digest}`);
    const distribution = name.split('-')[0] ?? name;
    if (topLevel) this.#requested.add(normalizeName(distribution));
    const text = `${distribution}${parts.extras} @ ${pathToFileURL(copy).href}${markerText(parts.marker)}`;
    this.#lines.push({ text: joined(text, options), origin: entry.origin });
    this.#written.set(copy, this.context.secrets.hide(entry.text));
  }

  #local(
    value: string,
    entry: Pick<ReadRequirement, 'base' | 'origin'>,
    folders?: readonly string[],
  ): Promise<string> {
    return findLocal(value, entry.origin, folders ?? [this.request.folder, entry.base], this.context.secrets);
  }

  #expand(text: string, base?: string): string {
    const { environment } = this.context;
    const expanded = expandVariables(text, environment);
    if (base === undefined) return expanded;
    const home = homeFolder(environment) ?? '';
    return fillContext(expanded, { project: this.request.folder, home }, environment);
  }

  /** @param indexes by normalized name: the one index that it comes from */
  async finish(indexes: ReadonlyMap<string, NamedIndex>): Promise<PreparedInputs> {
    const pre = takesPrereleases(this.#releases) ? ['--pre'] : [];
    const options = [...new Set(withIndexes(this.request.indexes, [...this.#options, ...pre]))];
    for (const index of this.request.indexes) {
      if (/^file:/i.test(index)) this.#localPaths.add(fromFileUrl(index));
    }
    const lines = dedupe(this.#lines).map((line) => withIndex(line, indexes));
    const requirements = path.join(this.folder, 'requirements.txt');
    const constraints = path.join(this.folder, 'constraints.txt');
    await mkdir(this.#localWheels, { recursive: true });
    await writeLines(requirements, fileOptions(options, lines), lines);
    await writeFile(constraints, [...new Set(this.#constraints), ''].join('\n'), { mode: 0o600 });
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
      pinned: [...exactNames({ asked: this.#asked, lines, locked: this.#locked })].sort(),
      compiles: compiledNames(this.#formats).size > 0,
      digest: digestOfLines(
        { options, lines, constraints: this.#constraints, contents: this.#contents },
        (text) => this.#expand(text).replaceAll(pathToFileURL(this.folder).href, ''),
      ),
      lines,
      asked: this.#asked,
      ignored: this.#ignored,
      written: this.#written,
      read: [...this.#read.values()],
      unnamed: this.#unnamed,
    };
  }
}
