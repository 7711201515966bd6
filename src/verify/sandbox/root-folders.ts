/** Folders that we write for a function's sandbox: /var, and a Python that stands at Lambda's path. */
import { copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { templatePath } from '../../io/templates.js';
import { hiddenPlaces } from '../../confine/system-libraries.js';

/** /var with a folder for each mount, and the runtime. */
export async function makeVar(folder: string, boto: string | null): Promise<void> {
  const hidden = hiddenPlaces.map((name) => `system/${name}`);
  for (const name of ['lang', 'rapid', 'task', 'boto', 'runtime', ...hidden])
    await mkdir(path.join(folder, name), { recursive: true });
  const runtime = path.join(folder, 'runtime');
  await copyFile(templatePath('verify/bootstrap.py'), path.join(runtime, 'bootstrap.py'));
  for (const name of boto === null ? [] : await readdir(boto))
    await symlink(`../boto/${name}`, path.join(runtime, name));
}

/** A Python that is installed into the system's own folders is seen at Lambda's path as a virtual environment. */
export async function makeVirtual(lang: string, minor: string, executable: string): Promise<void> {
  await mkdir(path.join(lang, 'bin'), { recursive: true });
  await mkdir(path.join(lang, `lib/python${minor}/site-packages`), { recursive: true });
  for (const name of ['python', 'python3', `python${minor}`])
    await symlink(executable, path.join(lang, 'bin', name));
  await writeFile(
    path.join(lang, 'pyvenv.cfg'),
    `home = ${path.posix.dirname(executable)}\ninclude-system-site-packages = false\nversion = ${minor}\n`,
  );
}
