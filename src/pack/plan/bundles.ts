/** Archives of a plan: where each file lies in them, and how large they are. Pure. */
import { SlimError } from '../../errors.js';
import { limits } from '../../limits.js';
import type { Bundle, BundleKind, PackedFile } from '../../model.js';
import { unzippedSize, zipSize, type ArchiveFile } from '../zip/size.js';

/**
 * A zip, or a folder for an image.
 * @throws SlimError `path-clash`, `does-not-fit` when it is more than a zip can hold
 */
export function makeBundle(
  name: string,
  kind: BundleKind,
  given: readonly (PackedFile | ArchiveFile)[],
): Bundle {
  const files = given
    .map((file) => ({ ...file, archivePath: archivePathOf(file, kind) }))
    .sort((a, b) => (a.archivePath < b.archivePath ? -1 : 1));
  refuseClashes(files);
  // A folder is not compressed, so it has no zipped size.
  const zippedBytes = kind === 'directory' ? 0 : zipSize(files);
  return {
    name,
    kind,
    files,
    zippedBytes,
    unzippedBytes: unzippedSize(files),
    viaS3: zippedBytes > limits.directUpload,
  };
}

/** It goes to a bucket as it is, so it is no zip and does not count as unzipped. */
export function payloadBundle(payload: PackedFile): Bundle {
  const name = payload.path;
  return {
    name,
    kind: 'payload',
    files: [{ ...payload, archivePath: name }],
    zippedBytes: payload.bytes,
    unzippedBytes: 0,
    viaS3: true,
  };
}

/** Where a file lies in a bundle: layers are unpacked to /opt, function code to /var/task. */
function archivePathOf(file: PackedFile, kind: BundleKind): string {
  if (file.place === 'lib') return `lib/${file.path}`;
  if (file.place === 'root') return file.path;
  return kind === 'layer' ? `python/${file.path}` : file.path;
}

/** Two files of one path, or a file where another needs a folder. */
function refuseClashes(files: readonly ArchiveFile[]): void {
  const byPath = new Map<string, ArchiveFile>();
  for (const file of files) {
    const other = byPath.get(file.archivePath);
    if (other) throw clash(file, other);
    byPath.set(file.archivePath, file);
  }
  for (const file of files) {
    for (let slash = file.archivePath.indexOf('/'); slash !== -1;) {
      const other = byPath.get(file.archivePath.slice(0, slash));
      if (other) throw clash(file, other);
      slash = file.archivePath.indexOf('/', slash + 1);
    }
  }
}

function clash(one: ArchiveFile, other: ArchiveFile): SlimError {
  const describe = (file: ArchiveFile): string =>
    file.place === 'function'
      ? `${file.path} of the function's code`
      : `${file.path} of ${file.distribution ?? 'the dependencies'}`;
  return new SlimError(
    'path-clash',
    `${describe(one)} and ${describe(other)} would both be ${one.archivePath} in the package.`,
    {
      hint: 'Rename the file in the function code, leave one out with --drop, or build with --format layer, which keeps code and dependencies apart.',
      details: [one.source, other.source].filter((source) => source !== ''),
    },
  );
}
