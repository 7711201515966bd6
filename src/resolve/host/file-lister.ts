/** All files of a package on the indexes of this resolve, each page asked for once. */
import picomatch from 'picomatch';
import type { BuildRequest } from '../../model.js';
import type { World } from '../../world.js';
import { expandVariables, splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import { readPipConfig } from '../docker/pip-config.js';
import type { CollectedInputs } from '../inputs/input-lines.js';
import { filesOf, indexLocations } from './simple-index.js';
import type { IndexFile } from './simple-page.js';
import type { HostTool } from './tool.js';

/** @returns no files where no index answers */
export function fileLister(
  host: Pick<HostTool, 'name'>,
  inputs: Pick<CollectedInputs, 'options' | 'lines' | 'owned'>,
  { offline }: Pick<BuildRequest, 'offline'>,
  { environment }: Pick<World, 'environment'>,
): (name: string) => Promise<readonly IndexFile[]> {
  const asked = new Map<string, Promise<readonly IndexFile[]>>();
  const own = new Map(
    inputs.lines.flatMap((line) =>
      'text' in line && line.index !== undefined
        ? [[normalizeName(splitRequirement(line.text).name ?? ''), line.index.url] as const]
        : [],
    ),
  );
  const ask = async (name: string): Promise<readonly IndexFile[]> => {
    // A name that comes from one index is never looked for on another one.
    const only = own.get(name) ?? inputs.owned.find(({ glob }) => picomatch.isMatch(name, glob))?.index.url;
    if (only !== undefined)
      return offline
        ? []
        : (await filesOf(name, { indexes: [expandVariables(only, environment)], links: [] })).files;
    const config = host.name === 'pip' ? await readPipConfig(environment) : {};
    const pairs = Object.entries(config).map(
      ([key, value]) => [`.${key.replace(/^PIP_/, '').toLowerCase().replaceAll('_', '-')}`, value] as const,
    );
    const all = indexLocations(host.name, inputs.options, environment, pairs);
    const mayAsk = (place: string): boolean => !offline || !/^https?:/.test(place);
    const locations = { indexes: all.indexes.filter(mayAsk), links: all.links.filter(mayAsk) };
    return (await filesOf(name, locations)).files;
  };
  return (name) => {
    const answer = asked.get(name) ?? ask(name);
    asked.set(name, answer);
    return answer;
  };
}
