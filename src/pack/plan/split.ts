/**
 * Spread one layer's files over several, so that each zip can be uploaded directly. All layers are unpacked over each other
 * in /opt, so any split works there; distributions stay whole where possible, because people read and share layers. Pure.
 */
import { broken, type Broken } from './rejection.js';
import { emptyZipBytes, zippedEntryBytes, type ArchiveFile } from '../zip/size.js';

export type Split =
  | { readonly ok: true; readonly layers: readonly (readonly ArchiveFile[])[] }
  | { readonly ok: false; readonly rejection: Broken };

/** Files that stay together: a distribution, or one folder of it. */
interface Piece {
  readonly name: string;
  /** How many leading path segments its files share and have been split at. */
  readonly depth: number;
  readonly files: readonly ArchiveFile[];
  readonly zipped: number;
}

/**
 * @param most layers at most
 * @param limit largest zip, in bytes
 * @returns as few layers as possible with whole distributions, sizes balanced; if that cannot be, the heaviest
 * distributions are split by folder, one level at a time; the same files always give the same split
 */
export function splitIntoLayers(files: readonly ArchiveFile[], most: number, limit: number): Split {
  const largest = files
    .map((file) => ({ file, zipped: emptyZipBytes + zipped(file) }))
    .reduce((a, b) => (b.zipped > a.zipped ? b : a));
  if (largest.zipped > limit) {
    return rejected(
      'direct-upload',
      limit,
      largest.zipped,
      `one file alone, ${largest.file.archivePath}, is too large for a direct upload`,
    );
  }
  const total = files.reduce((sum, file) => sum + zipped(file), 0);
  const room = most * (limit - emptyZipBytes);
  if (total > room) {
    return rejected('layers', room, total, `${most} layers of the largest direct upload do not hold it`);
  }
  let pieces = [...Map.groupBy(files, ownerOf)].map(([name, own]) => pieceOf(name, 1, own));
  const fewest = Math.max(2, Math.ceil(total / (limit - emptyZipBytes)));
  for (;;) {
    for (let count = fewest; count <= most; count++) {
      const layers = spread(pieces, count, limit - emptyZipBytes);
      if (layers) return { ok: true, layers };
    }
    const heaviest = pieces.filter((piece) => piece.files.length > 1).sort(heavierFirst)[0];
    if (!heaviest) {
      return rejected('layers', room, total, 'its files cannot be spread evenly enough over the layers');
    }
    pieces = pieces.filter((piece) => piece !== heaviest).concat(splitPiece(heaviest));
  }
}

const zipped = (file: ArchiveFile): number => zippedEntryBytes(file.archivePath, file.packedBytes);

const heavierFirst = (a: Piece, b: Piece): number => b.zipped - a.zipped || (a.name < b.name ? -1 : 1);

/** A distribution, or for files that nobody owns their top-level folder. */
function ownerOf(file: ArchiveFile): string {
  return file.distribution ?? file.archivePath.split('/').slice(0, 2).join('/');
}

function pieceOf(name: string, depth: number, files: readonly ArchiveFile[]): Piece {
  return { name, depth, files, zipped: files.reduce((sum, file) => sum + zipped(file), 0) };
}

/** One level of folders deeper. Each file goes with its folder; at the end each is its own piece. */
function splitPiece(piece: Piece): Piece[] {
  const depth = piece.depth + 1;
  const groups = Map.groupBy(piece.files, (file) => file.archivePath.split('/').slice(0, depth).join('/'));
  return [...groups].map(([name, files]) => pieceOf(`${piece.name} ${name}`, depth, files));
}

/** The heaviest piece first, each into the emptiest layer; null when one overflows. */
function spread(
  pieces: readonly Piece[],
  count: number,
  room: number,
): readonly (readonly ArchiveFile[])[] | null {
  const layers = Array.from({ length: count }, () => ({ zipped: 0, files: [] as ArchiveFile[] }));
  for (const piece of [...pieces].sort(heavierFirst)) {
    const emptiest = layers.reduce((a, b) => (b.zipped < a.zipped ? b : a));
    if (emptiest.zipped + piece.zipped > room) return null;
    emptiest.zipped += piece.zipped;
    emptiest.files.push(...piece.files);
  }
  return layers.map((layer) => layer.files).filter((layer) => layer.length > 0);
}

function rejected(...of: Parameters<typeof broken>): Split {
  return { ok: false, rejection: broken(...of) };
}
