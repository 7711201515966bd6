/** AWS is more than its commercial Regions: an ARN's partition is never written down where one is made. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { partitionOf } from '../../src/text/partition.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Lines that hold one because they show what one looks like, or answer as AWS would. */
const examples: readonly RegExp[] = [
  /^\s*\/?\*/,
  /123456789012/,
  /arn:aws\[/,
  /looks like arn:aws/,
  /_s3_errors|"Arn": "arn:aws:iam::1:user/,
];

test('no arn:aws: is left in what is built and written', () => {
  const found = ['src', 'templates']
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile())
        .map((one) => path.join(one.parentPath, one.name)),
    )
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.includes('arn:aws:') && !examples.some((pattern) => pattern.test(line)))
        .map((line) => `${path.relative(root, file)}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});

test.each([
  ['eu-central-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eusc-de-east-1', 'aws-eusc'],
  [null, 'aws'],
])('the partition of %s is %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});
