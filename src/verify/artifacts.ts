/** Are the artifacts of a build still those that it made? */
import { createHash } from 'node:crypto';
import path from 'node:path';
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import { walkTree } from '../io/tree.js';
import type { Artifact, Manifest } from '../model.js';
import { contentDigest } from '../pack/artifacts.js';
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
    const sha256 = await (artifact.kind === 'directory' ? folderDigest(place) : hashFile(place)).catch(
      (cause: unknown) => {
        if (cause instanceof SlimError) throw cause;
        const { code } = cause as NodeJS.ErrnoException;
        throw changed(code === 'ENOENT' ? `${place} is not there.` : `${place} cannot be read.`, cause);
      },
    );
    if (sha256 !== artifact.sha256) throw changed(`${place} has changed since it was built.`);
    step.advance(sizeOf(artifact));
  }
  step.end('as built');
}

const sizeOf = ({ kind, zippedBytes, unzippedBytes }: Artifact): number =>
  kind === 'directory' ? unzippedBytes : zippedBytes;

/** What the build calls the sha256 of a folder: that of its paths, modes, links and contents. */
async function folderDigest(folder: string): Promise<string> {
  const files = await walkTree(folder);
  return contentDigest(
    await pMap(
      files,
      async ({ path: archivePath, mode, link }) =>
        link === undefined
          ? { archivePath, mode, sha256: await hashFile(path.join(folder, archivePath)) }
          : { archivePath, mode, link, sha256: createHash('sha256').update(link).digest('hex') },
      { concurrency: 8 },
    ),
  );
}

function changed(sentence: string, cause?: unknown): SlimError {
  return new SlimError('artifact-changed', sentence, {
    hint: 'Build again: only what the manifest describes can be verified.',
    cause,
  });
}
