/** The user that runs in a sandbox, and the /etc that knows no other. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Lambda's user. */
export const sandboxUser = { uid: 993, gid: 990, name: 'sbx_user1051' } as const;

/**
 * The user that a function runs as: its home folder is not there, which libraries that cache must bear.
 * @param places folders of the machine's /etc that will be mounted in it
 */
export async function makeEtc(folder: string, places: readonly string[] = []): Promise<string> {
  const { uid, gid, name } = sandboxUser;
  await mkdir(folder, { recursive: true });
  const write = (file: string, text: string): Promise<void> => writeFile(path.join(folder, file), text);
  await write(
    'passwd',
    `root:x:0:0:root:/root:/bin/bash\n${name}:x:${uid}:${gid}::/home/${name}:/sbin/nologin\n`,
  );
  await write('group', `root:x:0:\n${name}:x:${gid}:\n`);
  await write('hosts', '127.0.0.1 localhost\n');
  await write('nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n');
  for (const one of places) await mkdir(path.join(folder, path.basename(one)));
  return folder;
}
