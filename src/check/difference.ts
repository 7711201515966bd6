/** What changed between two measurements, by package. Pure. */
import type { Finding } from '../findings/findings.js';
import type { Diff, Difference, Measured, MeasuredPackage, PackageChange, Sizes } from './model.js';
import type { MaxGrowth } from '../options/sizes.js';

export function differenceOf(before: Measured, after: Measured): Difference {
  const side = ({ name, sizes, strategy }: Measured): Difference['before'] => ({ name, sizes, strategy });
  return {
    before: side(before),
    after: side(after),
    growth: {
      zipped: after.sizes.zipped - before.sizes.zipped,
      unzipped: after.sizes.unzipped - before.sizes.unzipped,
      tmp: after.sizes.tmp - before.sizes.tmp,
    },
    packages: changes(before.packages, after),
  };
}

/** With what the builds found: new and gone. */
export function diffOf(before: Measured, after: Measured): Diff {
  const difference = differenceOf(before, after);
  if (before.kind !== 'manifest' || after.kind !== 'manifest') return { ...difference, findings: null };
  const without = (some: readonly Finding[], others: readonly Finding[]): readonly Finding[] => {
    const known = new Set(others.map(identity));
    return some.filter((one) => !known.has(identity(one)));
  };
  return {
    ...difference,
    findings: {
      added: without(after.findings, before.findings),
      gone: without(before.findings, after.findings),
    },
  };
}

/** What a finding is about: with other numbers it is still the same one. */
function identity(finding: Finding): string {
  return JSON.stringify(finding, (_key, value: unknown) => (typeof value === 'number' ? 0 : value));
}

function changes(
  before: readonly MeasuredPackage[],
  { packages: after, told }: Pick<Measured, 'packages' | 'told'>,
): readonly PackageChange[] {
  const left = new Map(
    told.flatMap(({ name: layer, distributions }) =>
      distributions.filter((one) => one.left).map(({ name }) => [name, layer] as const),
    ),
  );
  const [old, now] = [before, after].map((some) => new Map(some.map((one) => [one.name, one])));
  const names = new Set([...before, ...after].map((one) => one.name));
  return [...names]
    .map((name) => changeOf(name, old?.get(name), now?.get(name)))
    .filter((one) => one !== null)
    .map((one) => ({ ...one, layer: one.after === null ? (left.get(one.name) ?? null) : null }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

function changeOf(
  name: string,
  before: MeasuredPackage | undefined,
  after: MeasuredPackage | undefined,
): Omit<PackageChange, 'layer'> | null {
  const bytes = (after?.bytes ?? 0) - (before?.bytes ?? 0);
  const side = (one: MeasuredPackage | undefined): PackageChange['before'] =>
    one === undefined ? null : { version: one.version, bytes: one.bytes };
  const row = { name, before: side(before), after: side(after), bytes };
  if (before === undefined) return { ...row, change: 'added' };
  if (after === undefined) return { ...row, change: 'removed' };
  if (bytes !== 0) return { ...row, change: bytes > 0 ? 'grown' : 'shrunk' };
  return before.version === after.version ? null : { ...row, change: 'version' };
}

/** What Lambda has lying around: unzipped, and unpacked into /tmp. `--max-growth` is about this. */
export const footprint = (sizes: Sizes): number => sizes.unzipped + sizes.tmp;

/** @returns how many bytes it may grow at most */
export function allowedGrowth(max: MaxGrowth, before: Sizes): number {
  return 'bytes' in max ? max.bytes : Math.floor((footprint(before) * max.percent) / 100);
}
