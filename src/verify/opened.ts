/** What the bootstrap in the package tells under `LAMBDA_SLIM_DEBUG`: one line of JSON for each payload that it opens. Pure. */

export interface Opened {
  readonly digest: string;
  /** Unpacked. */
  readonly bytes: number;
  readonly packedBytes: number;
  readonly ms: number;
  readonly threads: number;
  /** `already-open`: it lay in /tmp from before. */
  readonly source: string;
}

/** The payloads that were opened, in the order of the log. Lines of the function's own are none. */
export function openedIn(log: readonly string[]): readonly Opened[] {
  return log.flatMap((line) => {
    const start = line.indexOf('{"lambda-slim"');
    if (start < 0) return [];
    try {
      const { 'lambda-slim': told } = JSON.parse(line.slice(start)) as { 'lambda-slim': unknown };
      return isOpened(told) ? [told] : [];
    } catch {
      return [];
    }
  });
}

function isOpened(told: unknown): told is Opened {
  return typeof told === 'object' && told !== null && 'ms' in told && typeof told.ms === 'number';
}
