/** Settings → the layers of the last build, published. */
import { readManifest } from '../manifest/manifest.js';
import type { Publication } from '../publish/model.js';
import { readPublishRequest } from '../publish/request.js';
import type { Call } from './call.js';

/** @throws SlimError of the settings, `no-manifest`, `bad-manifest`, and what `publish` throws */
export async function publishBuild(call: Call): Promise<Publication> {
  const request = await readPublishRequest(call);
  const manifest = await readManifest(request.out);
  // The SDK takes a fifth of a second to load.
  const { publish } = await import('../publish/publish.js');
  return publish(request, manifest, call);
}
