/** Are the artifacts of a build still those that it made? */
import path from 'node:path';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import { walkTree } from '../io/tree.js';
import type { Artifact, Manifest } from '../model.js';
import { folderDigest } from '../pack/folder-digest.js';
import type { Progress } from '../progress.js';

/**
 * Read every artifact and compare it with the manifest.
 * @param out the output folder, absolute
 * @throws SlimError `unusable-file`, `artifact-changed` when one is missing or has other bytes
 */
export async function checkArtifacts(manifest: Manifest, out: string, progress: Progress): Promise<void> {
  const step = progress.start(
    'check',
    manifest.artifacts.reduce((sum, one) => sum + sizeOf(one), 0),
  );
  for (const artifact of manifest.artifacts) {
    step.note(artifact.file);
    const place = path.join(out, artifact.file);
    const sha256 = await (
      artifact.kind === 'directory'
        ? walkTree(place).then((files) => folderDigest(files, place))
        : hashFile(place)
    ).catch((cause: unknown) => {
      if (cause instanceof SlimError) throw cause;
      const { code } = cause as NodeJS.ErrnoException;
      throw changed(code === 'ENOENT' ? `${place} is not there.` : `${place} cannot be read.`, cause);
    });
    if (sha256 !== artifact.sha256) throw changed(`${place} has changed since it was built.`);
    step.advance(sizeOf(artifact));
  }
  step.end('as built');
}

const sizeOf = ({ kind, zippedBytes, unzippedBytes }: Artifact): number =>
  kind === 'directory' ? unzippedBytes : zippedBytes;

function changed(sentence: string, cause?: unknown): SlimError {
  return new SlimError('artifact-changed', sentence, {
    hint: 'Build again: only what the manifest describes can be verified.',
    cause,
  });
}
