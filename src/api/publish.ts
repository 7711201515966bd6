/** Settings → the layers of the last build, published. */
import { olderThanInputs } from '../build/inputs.js';
import { readManifest } from '../manifest/manifest.js';
import type { Publication } from '../publish/model.js';
import { readPublishRequest } from '../publish/request.js';
import type { Call } from './call.js';

/**
 * @param folder that was built, or its output folder; relative to the call's working folder; empty: the working folder
 * @throws SlimError of the settings, `no-manifest`, `bad-manifest`, and what `publish` throws
 */
export async function publishBuild(folder: string, call: Call): Promise<Publication> {
  const request = await readPublishRequest({ ...call, folder });
  const manifest = await readManifest(request.out);
  // The SDK takes a fifth of a second to load.
  const { publish } = await import('../publish/publish.js');
  return publish(request, manifest, {
    ...call,
    older: await olderThanInputs(request.out, manifest, call.cwd),
  });
}
