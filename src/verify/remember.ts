/** Write down what was measured, beside the manifest. */
import path from 'node:path';
import { isTaken } from '../io/exists.js';
import { hasErrors } from '../findings/findings.js';
import { isOurRecord, verificationName } from '../io/output-folder.js';
import { writeReport } from '../io/report-file.js';
import type { VerificationRecord } from '../manifest/verification-record.js';
import type { Manifest } from '../model.js';
import { jsonText } from '../text/json.js';
import type { Secrets } from '../text/secrets.js';
import type { Load } from './load/model.js';
import type { Verification } from './verification.js';

/**
 * @param out the output folder of what was verified
 * @returns false when that is not to be written to, or another file of that name lies there: no reason to fail
 */
export async function remember(
  out: string,
  found: Measured,
  manifest: Pick<Manifest, 'artifacts'>,
  secrets: Secrets,
): Promise<boolean> {
  const file = path.join(out, verificationName);
  if ((await isTaken(file)) && !(await isOurRecord(file))) return false;
  return writeReport(file, jsonText(recordOf(found, manifest)), secrets).then(
    () => true,
    () => false,
  );
}

type Measured = Omit<Verification, 'remembered'>;

/** Pure. */
export function recordOf(found: Measured, { artifacts }: Pick<Manifest, 'artifacts'>): VerificationRecord {
  return {
    verificationRecord: 1,
    tool: found.tool,
    artifacts: artifacts.map(({ file, sha256 }) => ({ file, sha256 })),
    sandbox: found.sandbox.description,
    handler: found.handler,
    // Some failed requests among many are a number, which a budget judges; a function that answers none is broken.
    works: !hasErrors(
      found.findings.filter(({ code }) => code !== 'load-failed' || answers(found.load) === 0),
    ),
    memory: found.memory,
    cpus: found.cpus,
    tmpLimit: found.tmpLimit,
    initLimitMs: found.initLimitMs,
    snapStart: found.snapStart,
    times: timesOf(found),
    load: loadOf(found.load),
    peakMemory: found.peakMemory,
    tmpBytes: found.tmpBytes,
    notChecked: found.notChecked,
  };
}

const answers = (load: Load | null): number => (load === null ? 0 : load.requests - load.failed);

/** Many requests say more than the one before them. */
function timesOf({ statistics, load }: Measured): VerificationRecord['times'] {
  if (load === null) return statistics;
  const { init, cold, warm } = load;
  return {
    ...statistics,
    init: init ?? statistics.init,
    cold: cold ?? statistics.cold,
    warm: warm ?? statistics.warm,
  };
}

function loadOf(load: Load | null): NonNullable<VerificationRecord['load']> | null {
  if (load === null) return null;
  const { requests, concurrency, environments, failed, requestsPerSecond, all } = load;
  return { requests, concurrency, environments, failed, requestsPerSecond, all };
}
