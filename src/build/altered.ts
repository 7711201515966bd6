/** What was changed after it was installed: a file of uv's cache, say, which every environment shares. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { finding, type Finding } from '../findings/findings.js';
import type { Inventory, PackedFile } from '../model.js';
import { heldAgainst, type TreeContent } from '../stage/record.js';
import type { Staged } from '../stage/stage.js';

/**
 * Hold what travels against the RECORDs of the tree. Contents were read for the archives; what was not (within a payload) counts by its size.
 * @param packed what lies in archives, with the digests of its contents
 * @returns a warning for each distribution that is not as it was installed
 */
export async function alteredFindings(
  { root, entries, distributions }: Inventory,
  { files, plan, changed }: Staged,
  packed: readonly PackedFile[],
): Promise<readonly Finding[]> {
  const digests = new Map(packed.map((file) => [file.place === 'python' ? file.path : '', file.sha256]));
  const owned = new Map(entries.map((entry) => [entry.path, entry]));
  const contents = new Map<string, TreeContent>();
  for (const { path: name, origin, link } of files) {
    if (link !== undefined || (origin !== 'tree' && origin !== 'stripped')) continue;
    const sha256 = origin === 'tree' ? digests.get(name) : changed.get(name)?.was;
    contents.set(name, { sha256: sha256 ?? null, bytes: owned.get(name)?.bytes ?? 0 });
  }
  // Two distributions may bring one file: whichever came last has it as it wants it.
  const asListed = new Map<string, boolean>();
  for (const { action, path: record } of plan.decisions) {
    if (action !== 'rewrite') continue;
    const text = await readFile(path.join(root, record), 'utf8');
    for (const [name, is] of heldAgainst(text, (one) => contents.get(one)))
      asListed.set(name, (asListed.get(name) ?? false) || is);
  }
  const altered = [...asListed].filter(([, is]) => !is).map(([name]) => name);
  const byOwner = Map.groupBy(altered.sort(), (name) => owned.get(name)?.distribution ?? null);
  return distributions.flatMap(({ name, normalized, version }) => {
    const paths = byOwner.get(normalized);
    return paths === undefined
      ? []
      : [finding('differs-from-record', { distribution: name, version, paths })];
  });
}
