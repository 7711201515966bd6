/** All files of a package on the indexes of this resolve, each page asked for once. */
import picomatch from 'picomatch';
import type { BuildRequest } from '../../model.js';
import type { World } from '../../world.js';
import { expandVariables, splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import type { CollectedInputs } from '../inputs/input-lines.js';
import { indexWithLogin } from '../secrets.js';
import { webOf } from '../web.js';
import { filesOf, locationsOf } from './simple-index.js';
import type { IndexFile } from './simple-page.js';
import type { HostTool } from './tool.js';

/** @returns no files where no index answers */
export function fileLister(
  host: Pick<HostTool, 'name'>,
  inputs: Pick<CollectedInputs, 'options' | 'uv' | 'lines' | 'owned'>,
  { offline }: Pick<BuildRequest, 'offline'>,
  context: Pick<World, 'environment' | 'secrets'>,
): (name: string) => Promise<readonly IndexFile[]> {
  const { environment } = context;
  const web = webOf(context);
  const asked = new Map<string, Promise<readonly IndexFile[]>>();
  const own = new Map(
    inputs.lines.flatMap((line) =>
      'text' in line && line.index !== undefined
        ? [[normalizeName(splitRequirement(line.text).name ?? ''), line.index] as const]
        : [],
    ),
  );
  const ask = async (name: string): Promise<readonly IndexFile[]> => {
    // A name that comes from one index is never looked for on another one.
    const only = own.get(name) ?? inputs.owned.find(({ glob }) => picomatch.isMatch(name, glob))?.index;
    if (only !== undefined) {
      const index = indexWithLogin(only.name, expandVariables(only.url, environment), environment);
      return offline ? [] : (await filesOf(name, { indexes: [index], links: [] }, web)).files;
    }
    const all = await locationsOf(host.name, inputs, environment);
    const mayAsk = (place: string): boolean => !offline || !/^https?:/.test(place);
    const locations = { indexes: all.indexes.filter(mayAsk), links: all.links.filter(mayAsk) };
    return (await filesOf(name, locations, web)).files;
  };
  return (name) => {
    const answer = asked.get(name) ?? ask(name);
    asked.set(name, answer);
    return answer;
  };
}
