/** Settings → a build. */
import { build, type BuildOutcome } from '../build/build.js';
import { readRequest } from '../build/request.js';
import { writeReport } from '../io/report-file.js';
import { provenanceOf } from '../manifest/provenance.js';
import { jsonText } from '../text/json.js';
import type { Call } from './call.js';

export interface Built extends BuildOutcome {
  /** Absolute path of the output folder; null when only the plan was asked for. */
  readonly out: string | null;
}

/**
 * Build the requirements of a folder.
 * @param folder relative to the call's working folder
 * @param told is given the config file that takes part, if there is one, before the work begins
 * @throws SlimError `bad-config`, and what `build` throws
 */
export async function buildFolder(
  folder: string,
  call: Call,
  told: (configFile: string) => void = () => {},
): Promise<Built> {
  const { request, configFile, config } = await readRequest({ ...call, folder });
  if (configFile !== null) told(configFile);
  const outcome = await build(request, call, config);
  if (request.provenance !== null && !request.plan)
    await writeReport(request.provenance, jsonText(provenanceOf(outcome.manifest)), call.secrets);
  return { ...outcome, out: request.plan ? null : request.out };
}
