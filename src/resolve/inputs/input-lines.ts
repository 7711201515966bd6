/** What reading and preparing the inputs give, and how it is written for the tools. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { splitRequirement } from '../../python/lines.js';
import type { ReadInput } from '../../model.js';
import { normalizeName } from '../../python/names.js';
import type { RequirementInputs, SourceProject } from '../resolver.js';
import type { BuildPlaces } from './build-places.js';
import type { Barred, NamedIndex, ToolSettings } from './name-sources.js';
import type { Origin } from './origin.js';
import type { UvConfig } from './uv-config.js';

/** A requirement line as it will be written; one for a project gets its wheel once that is built. */
export type InputLine =
  | {
      readonly text: string;
      readonly origin: Origin;
      /** The one index that it comes from, where it has its own. */
      readonly index?: NamedIndex;
    }
  | {
      readonly origin: Origin;
      readonly project: SourceProject;
      readonly extras: string;
      readonly marker: string;
    };

/** What the user's files say about one distribution, for explanations. */
export interface AskedFor {
  /** Normalized; null for a project whose name only its build tells. */
  readonly name: string | null;
  /** As written, free of secrets. */
  readonly text: string;
  /** e.g. `>=2,<3`; empty for any. */
  readonly specifier: string;
  readonly marker: string;
  readonly constraint: boolean;
  readonly origin: Origin;
}

/** Inputs with their parts, for host resolvers, which replace projects by wheels. */
export interface CollectedInputs extends RequirementInputs {
  readonly lines: readonly InputLine[];
  /** Every requirement and constraint of the user's files, in their order. */
  readonly asked: readonly AskedFor[];
  /** Lines that were left out, with the reason as a clause. */
  readonly ignored: readonly { readonly text: string; readonly because: string; readonly origin: Origin }[];
  /** What the user wrote, free of secrets, by the absolute path of our copy of it. */
  readonly written: ReadonlyMap<string, string>;
  /** Files and folders of the user's that were read. */
  readonly read: readonly ReadInput[];
  /** One of what the user asks for has a name that only its build tells. */
  readonly unnamed: boolean;
  /** Other files that could have been taken, when the source was detected. */
  readonly others: readonly string[];
  /** They come from locks: what they need is among them, so that nothing else may be added. */
  readonly exact: boolean;
  readonly uv: UvConfig;
  /** What projects say about where their builds' needs come from, by the absolute path of our copy. */
  readonly builds: ReadonlyMap<string, BuildPlaces>;
  /** Why only uv can decide here, as a clause; null: pip and containers can, too. */
  readonly onlyUv: string | null;
  /** Names that come from one index only, whoever asks for them. */
  readonly owned: ToolSettings['owned'];
  /** Names that may not come from an index. */
  readonly barred: readonly Barred[];
}

/**
 * Option lines of a file with these lines. pip has no index for one name, so it is asked for all: hashes keep it to the right
 * files (see `onlyUv`).
 */
export function fileOptions(options: readonly string[], lines: readonly InputLine[]): readonly string[] {
  const urls = lines.flatMap((line) =>
    'text' in line && line.index !== undefined ? [`--extra-index-url ${line.index.url}`] : [],
  );
  return [...options, ...new Set(urls)];
}

/** Write lines into the folder. */
export async function writeLines(
  file: string,
  options: readonly string[],
  lines: readonly InputLine[],
): Promise<void> {
  const texts = lines.map((line) =>
    'text' in line
      ? line.text
      : `${projectRequirement(line.project, line.extras)}${line.marker === '' ? '' : ` ; ${line.marker}`}`,
  );
  await writeFile(file, [...options, ...texts, ''].join('\n'), { mode: 0o600 });
}

function projectRequirement(project: SourceProject, extras: string): string {
  const url = pathToFileURL(project.copy).href;
  if (project.name !== null) return `${project.name}${extras} @ ${url}`;
  return extras === '' ? url : `${project.copy}${extras}`;
}

/** Normalized names of packages whose version only an edit of the user's files can change. */
export function exactNames(inputs: Pick<CollectedInputs, 'asked' | 'lines' | 'locked'>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, specifier } of inputs.asked) {
    if (name !== null && /^={2,3}[^*,]+$/.test(specifier)) names.add(name);
  }
  for (const line of inputs.lines) {
    if (!('text' in line)) continue;
    const { name, url } = splitRequirement(line.text.replace(/\s--hash[=\s].*$/, ''));
    if (name === null) continue;
    // Contents of local files are in the digest of the inputs.
    const fixed = /\s--hash[=\s]/.test(line.text) || (url !== null && /^file:|#(?:.*&)?sha256=/i.test(url));
    if (fixed || (inputs.locked && url === null)) names.add(normalizeName(name));
  }
  return names;
}
