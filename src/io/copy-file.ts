/** Copies of files that may be sparse: a hole stays a hole, so that a file which only claims five gigabytes does not take them. */
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  type FileHandle,
} from 'node:fs/promises';
import path from 'node:path';

/** Bytes of one of `stat`'s blocks. */
const statBlock = 512;
/** Below this, holes save nothing that is worth a look. */
const worthALook = 1 << 20;
const chunkBytes = 1 << 20;
const zeros = Buffer.alloc(chunkBytes);

/**
 * Copy one file to where nothing lies: by reference where the file system can, and else without its holes.
 * @throws the file system's error; nothing is left at the target then
 */
export async function copyWithHoles(source: string, target: string): Promise<void> {
  const { size, blocks } = await stat(source);
  if (size < worthALook || blocks * statBlock >= size) {
    await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    return;
  }
  const byReference = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
  const done = await copyFile(source, target, byReference).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
      return false;
    },
  );
  if (!done) await copyInParts(source, target);
}

/**
 * Copy a folder of files, folders and links as they are, with modes and times.
 * @param to nothing lies there
 * @throws the file system's error
 */
export async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const one of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, one.name), path.join(to, one.name)];
    if (one.isDirectory()) await copyFolder(source, target);
    else if (one.isSymbolicLink()) await symlink(await readlink(source), target);
    else await copyWithHoles(source, target);
    const { atime, mtime } = await lstat(source);
    if (!one.isDirectory()) await lutimes(target, atime, mtime);
  }
  // Last: making something in a folder changes its time.
  const { mode, atime, mtime } = await stat(from);
  await chmod(to, mode & 0o777);
  await utimes(to, atime, mtime);
}

async function copyInParts(source: string, target: string): Promise<void> {
  const from = await open(source, 'r');
  try {
    const { mode, size } = await from.stat();
    const to = await open(target, 'wx', 0o600);
    try {
      await copyWhatIsThere(from, to);
      await to.truncate(size);
      await to.chmod(mode & 0o777);
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** Node cannot ask where holes are; a hole reads as zeros, at some gigabytes a second. */
async function copyWhatIsThere(from: FileHandle, to: FileHandle): Promise<void> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = 0; ;) {
    const { bytesRead } = await from.read(buffer, 0, chunkBytes, at);
    if (bytesRead === 0) return;
    if (buffer.compare(zeros, 0, bytesRead, 0, bytesRead) !== 0)
      for (let done = 0; done < bytesRead;)
        done += (await to.write(buffer, done, bytesRead - done, at + done)).bytesWritten;
    at += bytesRead;
  }
}
