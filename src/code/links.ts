/** Links in the function's own code: which stay links, and what is packed for those that lead out of its folder. */
import { realpath, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What travels for a link. */
export type Led =
  | { readonly kind: 'link' }
  | { readonly kind: 'file'; readonly source: string; readonly bytes: number; readonly mode: number }
  | { readonly kind: 'folder'; readonly source: string }
  /** `because`: a clause that follows the link's name. */
  | { readonly kind: 'refused'; readonly because: string };

export interface LinkPlace {
  /** Absolute, without links: the folder that is walked. */
  readonly from: string;
  /** Path of the link in it. */
  readonly name: string;
  readonly link: string;
  /** Absolute, without links: the folder of the code. */
  readonly code: string;
  /** The same: beyond it nothing is followed. */
  readonly project: string;
  /** The folders that are open around it, outermost first. */
  readonly chain: readonly string[];
}

const isIn = (folder: string, place: string): boolean => {
  const way = path.relative(folder, place);
  return way === '' || (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way));
};

/** A link within the folder of the code stays one, as Lambda has links; one that leads out of it becomes what it leads to. */
export async function follow({ from, name, link, code, project, chain }: LinkPlace): Promise<Led> {
  const place = path.join(from, name);
  // By its words: ../orders/x.py from orders leads through a folder that Lambda has not got.
  const written = path.posix.normalize(path.posix.join(path.posix.dirname(name), link));
  const staysIn = from === code && !path.isAbsolute(link) && written !== '..' && !written.startsWith('../');
  const target = await realpath(place).catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? '');
  if (!path.isAbsolute(target)) {
    if (target === 'ELOOP') return refused('leads in a circle');
    if (target === 'ENOENT' && staysIn) return { kind: 'link' };
    return refused(
      target === 'ENOENT'
        ? `leads to ${link}, which is not there`
        : `leads to ${link}, which cannot be read (${target})`,
    );
  }
  const facts = await stat(target);
  if (facts.isDirectory() && [path.dirname(place), ...chain].some((open) => isIn(target, open)))
    return refused(`leads in a circle, to ${link}`);
  if (staysIn && isIn(code, target)) return { kind: 'link' };
  if (!isIn(project, target) && !isIn(code, target)) return refused(`leads out of the project, to ${target}`);
  if (facts.isDirectory()) return { kind: 'folder', source: target };
  if (!facts.isFile()) return refused(`leads to ${link}, which is no file`);
  return { kind: 'file', source: target, bytes: facts.size, mode: facts.mode & 0o111 ? 0o755 : 0o644 };
}

const refused = (because: string): Led => ({ kind: 'refused', because });

/**
 * The repository that a folder lies in, else the folder: what one project may share between its functions.
 * @param folder absolute, without links
 */
export function projectAround(folder: string): string {
  for (let one = folder; ; one = path.dirname(one)) {
    if (existsSync(path.join(one, '.git'))) return one;
    if (one === path.dirname(one)) return folder;
  }
}
