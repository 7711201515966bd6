/** What travels of ours, and what a payload needs from elsewhere: the bucket that it is sent to. */
import { parseS3Address, payloadKey } from '../aws/s3-address.js';
import type { BuildRequest, StagedFile, Target } from '../model.js';
import { modelFiles } from '../pack/model-files.js';
import { bootFiles } from '../pack/nest/boot-files.js';
import type { Upload } from '../pack/nest/double-zip.js';
import { zstdExtension } from '../resolve/support/support.js';
import type { BytecodeOptions } from '../stage/compile.js';
import type { World } from '../world.js';

/** The bootstrap, with the zstd extension where the runtime has none. */
export async function bootFor(
  request: BuildRequest,
  target: Target,
  compiling: BytecodeOptions | null,
  world: World,
): Promise<readonly StagedFile[]> {
  return bootFiles(await extensionFor(request, target, world), compiling);
}

/** The module that reads models, with the zstd extension as the bootstrap has it; empty when nobody has asked for it. */
export async function modelsFor(
  request: BuildRequest,
  target: Target,
  compiling: BytecodeOptions | null,
  folder: string,
  world: World,
): Promise<readonly StagedFile[]> {
  if (request.models === null) return [];
  return modelFiles(request.models, await extensionFor(request, target, world), compiling, folder);
}

async function extensionFor(
  { codec, resolver, folder, offline }: BuildRequest,
  target: Target,
  world: World,
): Promise<readonly StagedFile[]> {
  return codec === 'zstd' ? zstdExtension(target, { ...world, resolver, folder, offline }) : [];
}

/** Sends a payload where `--upload` says (with `--plan` it only tells where); null when it says nothing. */
export function uploaderFor(
  { upload, plan }: BuildRequest,
  { progress, environment, signal }: World,
): Upload | null {
  if (upload === null) return null;
  const address = parseS3Address(upload);
  if (plan) {
    const { bucket, prefix } = address;
    return (file, { sha256 }) =>
      Promise.resolve({ bucket, key: payloadKey(prefix, sha256, file), region: null });
  }
  return async (file, { bytes, sha256 }) => {
    // Loading the SDK takes longer than a build without change.
    const [{ uploadPayload }, { s3Clients }] = await Promise.all([
      import('../aws/upload.js'),
      import('../aws/clients.js'),
    ]);
    const clients = await s3Clients(environment);
    const { bucket, key, region } = await uploadPayload({
      ...{ file, bytes, sha256, address, clients, progress, signal },
    });
    return { bucket, key, region };
  };
}
