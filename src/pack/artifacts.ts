/** Write a plan's bundles and prove them: each archive is read back and compared with the plan. */
import { createHash } from 'node:crypto';
import { chmod, constants, copyFile, lutimes, mkdir, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { copyWithHoles } from '../io/copy-file.js';
import { SlimError } from '../errors.js';
import type { Artifact, Bundle, PackPlan } from '../model.js';
import type { Progress, StepProgress } from '../progress.js';
import { readBack } from './zip/unzip.js';
import { writeZip } from './zip/zip.js';
import { orderEntries, unixMode } from './zip/format.js';
import type { ArchiveFile } from './zip/size.js';
import { countText } from '../text/units.js';

/** 1980-01-01 00:00 UTC, in seconds: every file's time in a folder, as in the archives. */
const fixedTime = 315_532_800;

/**
 * Write every bundle into a folder and read the archives back.
 * @param folder absolute; the draft of the output folder
 * @throws SlimError `unusable-file`, `archive-differs` when what lies on the disk is not what was planned
 */
export async function writeArtifacts(
  plan: PackPlan,
  folder: string,
  progress: Progress,
): Promise<readonly Artifact[]> {
  const packed = plan.bundles
    .flatMap((bundle) => bundle.files)
    .reduce((sum, file) => sum + file.packedBytes, 0);
  const artifacts: Artifact[] = [];
  const writing = progress.start('write', packed);
  for (const bundle of plan.bundles) {
    const holdsPayload = bundle.kind === 'payload' || bundle.files.some((file) => file.stored === true);
    const ephemeral = holdsPayload ? plan.ephemeralBytes : 0;
    artifacts.push(await writeBundle(bundle, folder, writing, ephemeral));
  }
  writing.end(countText(artifacts.length, 'artifact'));
  const archives = plan.bundles.filter(({ kind }) => kind === 'function' || kind === 'layer');
  if (archives.length > 0) {
    const reading = progress.start('read back', packed);
    for (const bundle of archives) {
      reading.note(bundle.name);
      await readBack(path.join(folder, bundle.name), bundle.files, (bytes) => reading.advance(bytes));
    }
    reading.end('as planned');
  }
  return artifacts;
}

/**
 * sha256 (hex) over sorted paths, modes, link targets and contents. Two archives with the same digest unpack to the same
 * files, whatever compressed them.
 */
export function contentDigest(
  files: readonly Pick<ArchiveFile, 'archivePath' | 'mode' | 'link' | 'sha256'>[],
): string {
  const hash = createHash('sha256');
  for (const file of orderEntries(files)) {
    hash.update(`${file.archivePath}\0${unixMode(file).toString(8)}\0${file.link ?? ''}\0${file.sha256}\n`);
  }
  return hash.digest('hex');
}

async function writeBundle(
  bundle: Bundle,
  folder: string,
  step: StepProgress,
  ephemeral: number,
): Promise<Artifact> {
  step.note(bundle.name);
  const digest = contentDigest(bundle.files);
  const target = path.join(folder, bundle.name);
  const common = {
    file: bundle.name,
    kind: bundle.kind,
    contentDigest: digest,
    unzippedBytes: bundle.unzippedBytes,
    ephemeralBytes: ephemeral,
    viaS3: bundle.viaS3,
    fileCount: bundle.files.length,
  };
  if (bundle.kind === 'directory') {
    await writeFolder(target, bundle.files, (bytes) => step.advance(bytes));
    // A folder has no bytes of its own: its contents stand for them.
    const sha256Base64 = Buffer.from(digest, 'hex').toString('base64');
    return { ...common, sha256: digest, sha256Base64, zippedBytes: 0 };
  }
  if (bundle.kind === 'payload') {
    const [archive] = bundle.files;
    if (!archive) throw new Error('A payload is one file.');
    await copyFile(archive.source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    step.advance(archive.bytes);
    const sha256Base64 = Buffer.from(archive.sha256, 'hex').toString('base64');
    return { ...common, sha256: archive.sha256, sha256Base64, zippedBytes: archive.bytes };
  }
  const written = await writeZip(target, bundle.files, (bytes) => step.advance(bytes));
  if (written.bytes !== bundle.zippedBytes) {
    throw new SlimError(
      'archive-differs',
      `${bundle.name} has ${written.bytes} bytes instead of ${bundle.zippedBytes}.`,
      {
        hint: 'A file changed during the build: build again.',
      },
    );
  }
  return {
    ...common,
    sha256: written.sha256,
    sha256Base64: written.sha256Base64,
    zippedBytes: written.bytes,
  };
}

/** Plain files with normalized modes and times; on file systems that can, they share their blocks with the sources. */
async function writeFolder(
  root: string,
  files: readonly ArchiveFile[],
  advance: (bytes: number) => void,
): Promise<void> {
  const sorted = orderEntries(files);
  const folders = new Set([root]);
  for (const { archivePath } of sorted) {
    for (let slash = archivePath.indexOf('/'); slash !== -1; slash = archivePath.indexOf('/', slash + 1)) {
      folders.add(path.join(root, archivePath.slice(0, slash)));
    }
  }
  for (const folder of folders) await mkdir(folder);
  await pMap(
    sorted,
    async (file) => {
      const target = path.join(root, file.archivePath);
      if (file.link !== undefined) {
        await symlink(file.link, target);
        await lutimes(target, fixedTime, fixedTime);
      } else {
        await copyWithHoles(file.source, target);
        await chmod(target, unixMode(file) & 0o777);
        await utimes(target, fixedTime, fixedTime);
      }
      advance(file.packedBytes);
    },
    { concurrency: 8 },
  );
  // Innermost first: making something in a folder changes its time.
  for (const folder of [...folders].reverse()) {
    await chmod(folder, 0o755);
    await utimes(folder, fixedTime, fixedTime);
  }
}
