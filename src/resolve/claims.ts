/** What a resolver found, held against what local projects take from elsewhere. Pure. */
import picomatch from 'picomatch';
import { SlimError } from '../errors.js';
import type { Environment } from '../model.js';
import { expandVariables } from '../python/lines.js';
import type { Barred, Claim } from './inputs/name-sources.js';
import type { Pin } from './pins.js';
import { splitCredentials } from './secrets.js';

/** @throws SlimError `resolution-failed`: a name would come from another place than its project takes it from */
export function refuseClaimed(
  pins: readonly Pin[],
  claims: readonly Claim[],
  environment: Environment,
): void {
  const bare = (url: string): string => bareUrl(expandVariables(url, environment));
  for (const { glob, label, indexes, except } of claims) {
    const may = indexes.map(bare);
    const found = pins.find(
      (pin) =>
        !pin.direct && !except.includes(pin.name) && picomatch.isMatch(pin.name, glob) && !isFrom(pin, may),
    );
    if (found === undefined) continue;
    throw new SlimError(
      'resolution-failed',
      `${label} takes ${found.name} from elsewhere, and it would come from the public index.`,
      {
        hint: `Name ${found.name} yourself, with its path, URL or index; or build from a lock of the project.`,
      },
    );
  }
}

/** @throws SlimError `resolution-failed`: a name would come from an index that its project does not want to be asked for it */
export function refuseBarred(
  pins: readonly Pin[],
  barred: readonly Barred[],
  environment: Environment,
): void {
  for (const { glob, label, index, except } of barred) {
    const not = [bareUrl(expandVariables(index.url, environment))];
    const found = pins.find(
      (pin) => !pin.direct && picomatch.isMatch(pin.name, glob) && !except(pin.name) && isFrom(pin, not),
    );
    if (found === undefined) continue;
    throw new SlimError(
      'resolution-failed',
      `${label} keeps ${found.name} from the index "${index.name}", and it would come from there.`,
      {
        hint: `Add ${found.name} to your project's dependencies, or lock the project with its own tool.`,
      },
    );
  }
}

const bareUrl = (url: string): string => splitCredentials(url).address.replace(/\/$/, '');

/** uv names the index of what comes from a server, and a folder's files by their own URL. */
const isFrom = ({ index = null, url }: Pin, indexes: readonly string[]): boolean =>
  index === null ? indexes.some((one) => url.startsWith(`${one}/`)) : indexes.includes(bareUrl(index));
