/** What was nested and why, for people and for the manifest. Pure. */
import type { BuildRequest, Nesting, StagedFile } from '../../model.js';
import { bytesText } from '../../text/units.js';
import { defaultCodecLevel } from '../payload/codec.js';
import { ephemeralSetting } from '../plan/nest.js';
import type { Ready, Selection } from './selection.js';

/** In the package, or in a bucket. */
export type PayloadStrategy = 'double-zip' | 's3';

export interface NestingFacts extends Pick<Nesting, 'payloadBytes' | 'bootBytes' | 'digest' | 's3'> {
  readonly request: Pick<BuildRequest, 'codec' | 'codecLevel' | 'strategy'>;
  readonly strategy: PayloadStrategy;
  /** Of all that travels, with nothing nested. */
  readonly bytes: number;
  /** What travels must be smaller than this. */
  readonly limit: number;
}

export function nestingOf({ groups }: Selection, facts: NestingFacts): Nesting {
  const { request, strategy, bytes, limit, payloadBytes, bootBytes, digest, s3 } = facts;
  const shares = packedShares(groups);
  const files = groups.flatMap(({ files: own, way }) =>
    own.map((file) => ({
      path: file.path,
      distribution: file.distribution,
      bytes: file.bytes,
      packed: shares.get(file) ?? 0,
      way,
    })),
  );
  return {
    codec: request.codec,
    level: request.codecLevel ?? defaultCodecLevel[request.codec],
    files: files.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)),
    payloadBytes,
    bootBytes,
    ephemeralStorage: ephemeralSetting(files.reduce((sum, file) => sum + file.bytes, 0)),
    digest,
    s3,
    because: becauseOf(request.strategy, bytes - limit + 1, strategy),
  };
}

/** A large file is a unit of its own; small ones share theirs. */
function packedShares(groups: readonly Ready[]): ReadonlyMap<StagedFile, number> {
  return new Map(
    groups.flatMap(({ files, bytes, unit }) =>
      files.map((file) => [file, Math.round((unit.packedBytes * file.bytes) / Math.max(1, bytes))] as const),
    ),
  );
}

/** @param over bytes that are too many; none, or fewer, when all would fit as it is */
function becauseOf(asked: BuildRequest['strategy'], over: number, strategy: PayloadStrategy): string {
  if (over <= 0) return `--strategy ${strategy} asks for it; it would also fit without.`;
  const fewest = 'these files free enough room with the fewest bytes to unpack and files to create at start';
  return strategy === 's3' && asked !== strategy
    ? `Even compressed it does not fit beside the rest, so it goes to a bucket; ${fewest}.`
    : `Unzipped it is too large by ${bytesText(over)}; ${fewest}.`;
}
