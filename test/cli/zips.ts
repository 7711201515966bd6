/** Zips of packages for tests, made by Python: nothing of ours has touched them, and nothing in them is compressed. */
import { run } from '../program.js';

const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_STORED) as archive:
    for path, content in json.load(sys.stdin).items():
        info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
        archive.writestr(info, b"x" * content if isinstance(content, int) else content)
`;

/** @param files text, or a number of bytes, by path in the zip */
export async function makeZip(
  file: string,
  files: Readonly<Record<string, string | number>>,
): Promise<string> {
  const { ok, stderr } = await run('python3', ['-c', script, file], { input: JSON.stringify(files) });
  if (!ok) throw new Error(stderr);
  return file;
}

/** A distribution's files below `folder`, with metadata and RECORD. */
export function packageFiles(
  name: string,
  version: string,
  files: Readonly<Record<string, number>>,
  folder = 'python/',
): Readonly<Record<string, string | number>> {
  const info = `${name}-${version}.dist-info`;
  const record = [...Object.keys(files), `${info}/METADATA`, `${info}/RECORD`].map((one) => `${one},,\n`);
  const all = {
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/RECORD`]: record.join(''),
  };
  return Object.fromEntries(Object.entries(all).map(([path, content]) => [`${folder}${path}`, content]));
}
