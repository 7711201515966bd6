/** AWS's limit of unzipped bytes has one name and one number, wherever it is told: 250 MiB, 262,144,000 bytes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { limits } from '../../src/limits.js';
import { bytesText, groupedText } from '../../src/text/units.js';

const root = path.join(import.meta.dirname, '../..');

const files = ['src', 'docs', 'templates']
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      path.join(folder, name),
    ),
  )
  // A column of it has AWS's own words, and says so.
  .filter((name) => name !== path.join('docs', 'reference', 'limits.md'))
  .filter((name) => /\.(?:ts|js|md|html|json|ya?ml)$/.test(name))
  .concat('README.md', 'CHANGELOG.md', 'action.yml', 'SECURITY.md');

test('tables and findings print it so', () => {
  expect([bytesText(limits.unzipped), groupedText(limits.unzipped)]).toEqual(['250.0 MiB', '262,144,000']);
});

test('nothing calls it 250 MB or 262 MB, which are other sizes', () => {
  const wrong = files.filter((name) =>
    /\b(?:250(?:\.0)? ?MB|262(?:\.1)? ?MB)\b/.test(readFileSync(path.join(root, name), 'utf8')),
  );
  expect([files.length > 300, wrong]).toEqual([true, []]);
});
