/** `check`: measure, look into the attached layers, judge, compare. */
import { finding, isError, type Finding } from '../findings/findings.js';
import { limits } from '../limits.js';
import type { Environment } from '../model.js';
import { readBaseline } from './baseline.js';
import { allowedGrowth, differenceOf, footprint } from './difference.js';
import type { FetchContext } from '../layers/fetch.js';
import { absentFindings, targetFindings } from '../layers/findings.js';
import { toldLayers } from '../layers/names.js';
import type { Progress } from '../progress.js';
import { attachedLayers } from './layers.js';
import type { Check, Difference, Measured } from './model.js';
import type { Remembered } from '../manifest/verification-record.js';
import { isMeasured, isSize } from '../options/budget.js';
import type { MaxGrowth } from '../options/sizes.js';
import type { CheckRequest } from './request.js';
import { judgeMeasured } from './measured-budgets.js';
import { judge } from './verdicts.js';
import { defaultReserve } from '../limits.js';

export interface CheckContext {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** The folder that the measured manifest lies in, absolute. */
  readonly home: string;
  /** Asks AWS where a layer's zip is; loaded only when it is needed. */
  readonly lookup: FetchContext['lookup'];
  /** That it is older than what it was made from. */
  readonly older: readonly Finding[];
  /** The last verification of what is checked; read only when a budget is about it. */
  readonly remembered: () => Promise<Remembered>;
}

/** How many files the document lists. */
const listedFiles = 20;

/**
 * @param measured what is checked
 * @throws SlimError of the baseline and the layers
 */
export async function check(
  measured: Measured,
  request: CheckRequest,
  { environment, signal, progress, home, lookup, older, remembered }: CheckContext,
): Promise<Check> {
  const names = request.layers ?? toldLayers(measured.told, home);
  const listed = await attachedLayers(names, measured.target, request, { signal, progress, lookup });
  const layers = listed.map(({ attached }) => attached);
  const baseline =
    request.baseline === null
      ? null
      : await readBaseline(request.baseline, { cwd: request.baselineFolder, environment, signal });
  const difference =
    baseline === null || typeof baseline === 'string' ? null : differenceOf(baseline, measured);
  const ephemeralStorage =
    request.ephemeralStorage ?? measured.ephemeralStorage ?? limits.ephemeralStorage.default;
  const judged = judge(
    measured,
    layers,
    request.budgets.filter(isSize),
    ephemeralStorage,
    reserveOf(measured, request.reserve),
  );
  const measuredBudgets = request.budgets.filter(isMeasured);
  const verified = measuredBudgets.length === 0 ? null : judgeMeasured(measuredBudgets, await remembered());
  const { files, findings: ofBuild, ...sizes } = withoutInputs(measured);
  return {
    measured: { ...sizes, ephemeralStorage },
    files: files.slice(0, listedFiles),
    layers,
    verdicts: [...judged.verdicts, ...(verified?.verdicts ?? [])],
    difference,
    findings: [
      ...older,
      // What the build warned of it has said; what must not be deployed stays so, and so does where it runs.
      ...ofBuild.filter((one) => isError(one) || one.code === 'custom-runtime'),
      ...judged.findings,
      ...(verified?.findings ?? []),
      ...absentFindings(measured.told, listed),
      ...(measured.target === null ? [] : targetFindings(listed, measured.target)),
      ...(typeof baseline === 'string' ? [finding('no-baseline', { because: baseline })] : []),
      ...grownTooMuch(difference, request.maxGrowth),
    ],
  };
}

/** They are compared, and nobody reads digests. */
function withoutInputs(measured: Measured): Omit<Measured, 'inputs'> {
  const rest: { -readonly [Key in keyof Measured]: Measured[Key] } = { ...measured };
  delete rest.inputs;
  return rest;
}

/** A zip does not tell what its build was told; with a function's zip its code is counted already. */
function reserveOf({ reserve, archives }: Measured, asked: number | null): number {
  if (asked !== null || reserve !== null) return asked ?? reserve ?? 0;
  const onlyLayers = archives.length > 0 && archives.every(({ form }) => form === 'layer');
  return onlyLayers ? defaultReserve : 0;
}

/** How many packages the finding names. */
const named = 5;

/** Pure. */
export function grownTooMuch(difference: Difference | null, max: MaxGrowth | null): readonly Finding[] {
  if (difference === null || max === null) return [];
  const bytes = footprint(difference.growth);
  const allowed = allowedGrowth(max, difference.before.sizes);
  if (bytes <= allowed) return [];
  const grown = difference.packages
    .filter((one) => one.bytes > 0)
    .slice(0, named)
    .map(({ name, bytes: by }) => ({ name, bytes: by }));
  return [finding('grown-too-much', { bytes, max: allowed, grown })];
}
