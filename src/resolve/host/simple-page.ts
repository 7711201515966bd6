/** The files that a package index names on one page: PEP 691 JSON, or PEP 503 HTML where there is no other. */
import { linksOf } from '../../io/html.js';
import { parseWheelName } from '../../python/wheels.js';
import { fileName } from '../inputs/pylock.js';

export interface IndexFile {
  readonly file: string;
  readonly version: string;
  readonly wheel: boolean;
  /** e.g. `>=3.11`; null when not told. */
  readonly requiresPython: string | null;
  /** `sha256:…`; null when not told. */
  readonly hash: string | null;
  /** As the page has it, perhaps relative to the page; null when it does not tell. */
  readonly url: string | null;
}

/** PEP 691. What was withdrawn (PEP 592) is left out: nobody gets it unasked. */
export function jsonFiles(text: string): IndexFile[] {
  const page = JSON.parse(text) as {
    files?: readonly {
      filename: string;
      url?: string;
      'requires-python'?: string | null;
      yanked?: boolean | string;
      hashes?: { sha256?: string };
    }[];
  };
  return (page.files ?? [])
    .filter((file) => file.yanked === undefined || file.yanked === false)
    .flatMap((file) =>
      describeFile(file.filename, file['requires-python'] ?? null, {
        url: file.url ?? null,
        sha256: file.hashes?.sha256 ?? null,
      }),
    );
}

/** PEP 503, and any page of links (`--find-links`). */
export function htmlFiles(text: string): IndexFile[] {
  return linksOf(text)
    .filter((link) => link['data-yanked'] === undefined)
    .flatMap(({ href, ['data-requires-python']: python }) =>
      href === undefined
        ? []
        : describeFile(fileName(href), python ?? null, {
            url: href,
            sha256: /[#&]sha256=([0-9a-f]+)/i.exec(href)?.[1]?.toLowerCase() ?? null,
          }),
    );
}

const sdist = /^(.+)-(\d[^-]*?)\.(?:tar\.\w+|zip|tgz)$/;

/** The distribution that a file's name begins with; empty for no wheel and no sdist. */
export function distributionOf(file: string): string {
  return parseWheelName(file)?.name ?? sdist.exec(file)?.[1] ?? '';
}

/** None for what is no wheel and no sdist. @param place where it is, and its sha256 in hex; null when not told */
export function describeFile(
  file: string,
  requiresPython: string | null,
  place: { readonly url: string | null; readonly sha256: string | null } = { url: null, sha256: null },
): IndexFile[] {
  const wheel = parseWheelName(file);
  const version = wheel?.version ?? sdist.exec(file)?.[2];
  const { url, sha256 } = place;
  const hash = sha256 === null ? null : `sha256:${sha256}`;
  return version === undefined ? [] : [{ file, version, wheel: wheel !== null, requiresPython, hash, url }];
}
