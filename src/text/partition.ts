/** Which part of AWS a Region belongs to: its ARNs begin with it. Pure. */

const byPrefix: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

/** @returns e.g. `aws-cn` for `cn-north-1`; `aws` for every other Region, and when none is known */
export const partitionOf = (region: string | null): string =>
  byPrefix.find(([prefix]) => region?.startsWith(prefix) === true)?.[1] ?? 'aws';
