/** Settings → sizes, measured and judged. */
import path from 'node:path';
import { olderThanInputs } from '../build/inputs.js';
import { baselineText } from '../check/baseline-file.js';
import { check } from '../check/check.js';
import { measuredManifest } from '../check/manifest-sizes.js';
import { measurePlace } from '../check/measure.js';
import type { Check, Measured } from '../check/model.js';
import { readCheckRequest, type CheckRequest } from '../check/request.js';
import { isFolder } from '../io/exists.js';
import { manifestName } from '../io/output-folder.js';
import { writeReport } from '../io/report-file.js';
import { lookupFor } from '../layers/fetch.js';
import { readManifest } from '../manifest/manifest.js';
import { rememberedVerification, type Remembered } from '../manifest/verification-record.js';
import { bytesText } from '../text/units.js';
import { buildFolder } from './build.js';
import type { Call } from './call.js';

export interface Checked {
  readonly check: Check;
  /** The settings: which reports are wanted besides. */
  readonly request: CheckRequest;
}

/**
 * Measure, judge, compare; with `build`, build first. The baseline is written when it is asked for, no other report.
 * @param what a folder that was built, a manifest, an output folder, a zip or a folder of packages; empty: the last build, or what is to be built
 * @throws SlimError of the settings, of what is measured, of the baseline and the layers, and of a build
 */
export async function checkPlace(what: string, call: Call): Promise<Checked> {
  const request = await readCheckRequest({ ...call, folder: what });
  const { measured, home } = await (request.build ? builtNow(request, call) : measuredNow(request, call));
  const { environment, signal, progress } = call;
  const lookup = lookupFor(environment, signal);
  const remembered = () => rememberedFor(measured, request, call);
  const older = request.build ? [] : await olderThanInputs(home, measured, call.cwd);
  const judged = await check(measured, request, {
    ...{ environment, signal, progress, home, lookup, older, remembered },
  });
  if (request.writeBaseline !== null)
    await writeReport(request.writeBaseline, baselineText(measured), call.secrets);
  return { check: judged, request };
}

interface MeasuredAt {
  readonly measured: Measured;
  /** The folder that its manifest lies in, absolute. */
  readonly home: string;
}

async function measuredNow(
  { place, name, lastBuild }: CheckRequest,
  { progress }: Call,
): Promise<MeasuredAt> {
  const step = progress.start('measure');
  const measured = lastBuild
    ? measuredManifest(await readManifest(place), name)
    : await measurePlace(place, name);
  step.end(bytesText(measured.sizes.unzipped));
  return { measured, home: (await isFolder(place)) ? place : path.dirname(place) };
}

/** A zip or a folder of packages may be what was verified, but does not say so. */
async function rememberedFor(
  { kind, name }: Measured,
  { place, build }: CheckRequest,
  { cwd }: Call,
): Promise<Remembered> {
  if (kind !== 'manifest') return { missing: 'none' };
  const at = build ? path.resolve(cwd, name) : place;
  const folder = path.basename(at) === manifestName ? path.dirname(at) : at;
  // A manifest by another name is a copy.
  if (!(await isFolder(folder))) return { missing: 'none' };
  return rememberedVerification(folder, await readManifest(folder));
}

/** Of the flags of the check, only what a build has, too, is for the build; the API's settings are for all. */
const both = ['config', 'out', 'code', 'handler', 'layers', 'reserve', 'cacheDir', 'noCache'];

async function builtNow({ place }: CheckRequest, call: Call): Promise<MeasuredAt> {
  const flags =
    call.spelling === 'keys'
      ? call.flags
      : Object.fromEntries(Object.entries(call.flags).filter(([key]) => both.includes(key)));
  const { manifest, out } = await buildFolder(place, { ...call, flags });
  const measured = measuredManifest(manifest, path.relative(call.cwd, out ?? '') || '.');
  return { measured, home: out ?? call.cwd };
}
