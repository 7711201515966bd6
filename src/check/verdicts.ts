/** Sizes against AWS's limits and the budgets: one verdict for each, and a finding for what is broken. Pure. */
import picomatch from 'picomatch';
import { finding, type Finding } from '../findings/findings.js';
import { limits } from '../limits.js';
import type { NamedSize } from '../findings/check.js';
import type { AttachedLayer, Measured, MeasuredFile, Sizes, Verdict } from './model.js';
import type { Budget, SizeSubject } from '../options/budget.js';

export interface Judged {
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly Finding[];
}

const MIB = 2 ** 20;
/** How many packages an error names: what to look at first. */
const named = 5;

/**
 * AWS's limits first, then the budgets in their order.
 * @param layers that the function also has: they count where AWS counts them, and in the budget for `unzipped`
 * @param ephemeralStorage the function's /tmp, MiB
 * @param reserve bytes to be free for the function's code; 0: the code is counted already
 */
export function judge(
  measured: Measured,
  layers: readonly AttachedLayer[],
  budgets: readonly Budget<SizeSubject>[],
  ephemeralStorage: number,
  reserve = 0,
): Judged {
  const sizes = withLayers(measured.sizes, layers);
  const heaviest = heaviestOf(measured, layers);
  const aws = awsVerdicts(measured, sizes, layers, ephemeralStorage);
  const room = reserveVerdicts(sizes, reserve);
  const own = budgets.map((budget) => ({ budget, verdicts: budgetVerdicts(budget, measured, sizes) }));
  return {
    verdicts: [...aws, ...room, ...own.flatMap((one) => one.verdicts)],
    findings: [
      ...aws.flatMap((one) => limitFinding(one, heaviest)),
      ...room.flatMap((one) => roomFinding(one, measured)),
      ...own.flatMap(({ budget, verdicts }) =>
        verdicts.length === 0 && budget.subject.kind === 'file'
          ? [finding('budget-matches-nothing', { what: budget.what })]
          : verdicts
              .filter((one) => one.state !== 'ok')
              .map((one) => budgetFinding(one, culprits(budget, measured, heaviest))),
      ),
    ],
  };
}

/** Attached layers are uploaded already, so they do not count as zipped. */
export function withLayers(sizes: Sizes, layers: readonly AttachedLayer[]): Sizes {
  return { ...sizes, unzipped: layers.reduce((sum, one) => sum + one.unzipped, sizes.unzipped) };
}

function heaviestOf(measured: Measured, layers: readonly AttachedLayer[]): readonly NamedSize[] {
  const attached = layers.flatMap((layer) =>
    layer.packages.map(({ name, bytes }) => ({ name: `${name} of ${layer.name}`, bytes })),
  );
  return [...measured.packages.map(({ name, bytes }) => ({ name, bytes })), ...attached]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, named);
}

function awsVerdicts(
  measured: Measured,
  sizes: Sizes,
  layers: readonly AttachedLayer[],
  ephemeralStorage: number,
): readonly Verdict[] {
  const verdict = (what: string, actual: number, max: number, over: Verdict['state']): Verdict => ({
    what,
    from: 'aws',
    unit: 'bytes',
    actual,
    max,
    left: max - actual,
    state: actual <= max ? 'ok' : over,
    message: null,
  });
  const zips = measured.archives.filter((one) => one.zipped !== null);
  // A folder that a build made with --format directory is for a container image, which may be larger.
  const inImage = measured.archives.some((one) => one.form === 'directory');
  const count = measured.archives.filter((one) => one.form === 'layer').length + layers.length;
  return [
    ...zips.map((one) =>
      verdict(`direct upload of ${one.name}`, one.zipped ?? 0, limits.directUpload, 'warning'),
    ),
    unzippedVerdict(
      verdict('unzipped', sizes.unzipped, limits.unzipped, 'error'),
      inImage ? 'warning' : 'error',
    ),
    verdict('tmp', sizes.tmp, ephemeralStorage * MIB, 'error'),
    ...(count === 0
      ? []
      : [{ ...verdict('layers', count, limits.layersPerFunction, 'error'), unit: 'layers' as const }]),
  ];
}

/** A size equal to AWS's limit is rejected. */
function unzippedVerdict(verdict: Verdict, over: Verdict['state']): Verdict {
  const { actual, max } = verdict;
  return actual < max ? verdict : { ...verdict, state: over, left: max - 1 - actual };
}

/** Nothing where the limit itself is broken: that says all. */
function reserveVerdicts({ unzipped }: Sizes, reserve: number): readonly Verdict[] {
  const left = limits.unzipped - 1 - unzipped;
  if (reserve === 0 || left < 0) return [];
  const state = reserve <= left ? 'ok' : 'warning';
  return [
    {
      ...({ what: 'reserve', from: 'reserve', unit: 'bytes', message: null } as const),
      ...{ actual: reserve, max: left, left: left - reserve, state },
    },
  ];
}

function roomFinding({ state, actual, max }: Verdict, { strategy }: Measured): readonly Finding[] {
  const nested = strategy === 'double-zip' || strategy === 's3';
  return state === 'ok' ? [] : [finding('reserve-taken', { left: max, reserve: actual, nested })];
}

function limitFinding(verdict: Verdict, heaviest: readonly NamedSize[]): readonly Finding[] {
  const { what, state, actual, max, left } = verdict;
  if (state === 'ok') return [];
  if (what === 'layers') return [finding('too-many-layers', { count: actual, max })];
  if (what === 'tmp') return [finding('tmp-too-small', { bytes: actual, max })];
  if (what === 'unzipped')
    return state === 'warning'
      ? [finding('directory-over-limit', { bytes: actual, limit: limits.unzipped })]
      : [finding('over-limit', { bytes: actual, over: -left, heaviest })];
  return [finding('via-s3', { artifact: what.replace('direct upload of ', ''), bytes: actual })];
}

function budgetVerdicts(budget: Budget<SizeSubject>, measured: Measured, sizes: Sizes): readonly Verdict[] {
  const { subject, max, message } = budget;
  const verdict = (what: string, actual: number): Verdict => ({
    what,
    from: 'budget',
    unit: 'bytes',
    actual,
    max,
    left: max - actual,
    state: actual <= max ? 'ok' : 'error',
    message,
  });
  switch (subject.kind) {
    case 'package': {
      // A package that is not there weighs nothing: a budget may be there to keep it out.
      const found = measured.packages.find((one) => one.name === subject.name);
      return [verdict(budget.what, found?.bytes ?? 0)];
    }
    case 'file': {
      // Each file has this budget, so the heaviest decides.
      const [heaviest] = filesOf(subject.glob, measured);
      return heaviest === undefined ? [] : [verdict(budget.what, heaviest.bytes)];
    }
    case 'zipped':
    case 'unzipped':
    case 'tmp':
      return [verdict(budget.what, sizes[subject.kind])];
  }
}

/** Heaviest first. */
function filesOf(glob: string, { files }: Measured): readonly MeasuredFile[] {
  const matches = picomatch(glob, { dot: true });
  return files.filter((one) => matches(one.path));
}

/** What to look at first. */
function culprits(
  { subject, max }: Budget<SizeSubject>,
  measured: Measured,
  heaviest: readonly NamedSize[],
): readonly NamedSize[] {
  if (subject.kind === 'package') return [];
  if (subject.kind !== 'file') return heaviest;
  return filesOf(subject.glob, measured)
    .filter((one) => one.bytes > max)
    .slice(0, named)
    .map(({ path, bytes }) => ({ name: path, bytes }));
}

function budgetFinding({ what, actual, max, message }: Verdict, heaviest: readonly NamedSize[]): Finding {
  return finding('over-budget', { what, bytes: actual, max, message, heaviest });
}
