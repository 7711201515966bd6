/**
 * How much of the unzipped limit is there for what is built: other layers of the function count, too, and what is not known
 * yet (its code) has a reserve that bytecode and plain files leave free. All numbers are bytes. Pure.
 */
import { finding, type Finding } from '../../findings/findings.js';
import { defaultReserve, limits } from '../../limits.js';
import type { Beside, BuildRequest, PackPlan } from '../../model.js';

/** When nothing else is known. */
export const nothingBeside: Beside = { layers: 0, layerCount: 0, reserve: 0 };

/** What is built must be smaller than this, unzipped; equal is too much. */
export const unzippedLimit = ({ layers }: Beside = nothingBeside): number => limits.unzipped - layers;

/** The same with the reserve left free. */
export const unreservedLimit = (beside: Beside = nothingBeside): number =>
  unzippedLimit(beside) - beside.reserve;

/** How many layers what is built may become; one it always may. */
export const layersLeft = ({ layerCount }: Beside = nothingBeside): number =>
  Math.max(1, limits.layersPerFunction - layerCount);

/** @returns what was asked for, else the default; a folder for an image knows no such limit */
export function reserveFor({
  reserve,
  code,
  format,
}: Pick<BuildRequest, 'reserve' | 'code' | 'format'>): number {
  if (format === 'directory') return 0;
  return reserve ?? (code === null ? defaultReserve : 0);
}

/** True when a plan leaves less than the reserve. */
export function takesReserve({ strategy, unzippedBytes }: PackPlan, beside: Beside): boolean {
  return strategy !== 'directory' && unzippedBytes >= unreservedLimit(beside);
}

/** What a plan says that had to go into the reserve. */
export function reserveFindings(plan: PackPlan, beside: Beside): readonly Finding[] {
  if (beside.reserve === 0 || !takesReserve(plan, beside)) return [];
  const left = Math.max(0, unzippedLimit(beside) - 1 - plan.unzippedBytes);
  return [finding('reserve-taken', { left, reserve: beside.reserve, nested: plan.nesting !== null })];
}
