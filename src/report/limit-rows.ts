/** How much of each of AWS's limits a build uses. Every report shows the same rows. All numbers are bytes. Pure. */
import { limits } from '../limits.js';
import type { Manifest } from '../model.js';

export interface LimitRow {
  readonly name: 'direct upload' | 'unzipped' | '/tmp';
  readonly used: number;
  readonly limit: number;
  readonly fits: boolean;
  /** Negative: so much must go. At the unzipped limit equal is too much (law 8), so what must go is one byte more. */
  readonly left: number;
}

/** Largest zip, unzipped, /tmp: in that order. */
export function limitRows({ artifacts, plan, ephemeralStorage, beside }: Manifest): readonly LimitRow[] {
  // A plan has no artifacts yet; then the sum stands for the one zip that most plans are.
  const zips =
    artifacts.length > 0
      ? artifacts.filter((one) => one.kind !== 'payload').map((one) => one.zippedBytes)
      : [plan.zippedBytes];
  const largest = Math.max(0, ...zips);
  // Of all that the function has: its other layers count, too.
  const unzipped = plan.unzippedBytes + (beside?.layers ?? 0);
  const fits = unzipped < limits.unzipped;
  const tmp = ephemeralStorage * 2 ** 20;
  return [
    {
      name: 'direct upload',
      used: largest,
      limit: limits.directUpload,
      fits: largest <= limits.directUpload,
      left: limits.directUpload - largest,
    },
    {
      name: 'unzipped',
      used: unzipped,
      limit: limits.unzipped,
      fits,
      left: limits.unzipped - unzipped - (fits ? 0 : 1),
    },
    { name: '/tmp', used: plan.ephemeralBytes, limit: tmp, fits: true, left: tmp - plan.ephemeralBytes },
  ];
}
