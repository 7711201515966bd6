/** Workflow commands of GitHub, and JUnit reports as an XML parser reads them. */
import { expect, test } from '@jest/globals';
import type { Verdict } from '../../src/check/model.js';
import { finding } from '../../src/findings/findings.js';
import { run } from '../program.js';
import { annotations } from '../../src/report/annotations.js';
import { junit } from '../../src/report/junit.js';
import { checked } from '../check/made.js';

const overBudget = finding('over-budget', {
  what: 'package:numpy',
  bytes: 3,
  max: 2,
  message: '100 % of it, too:\r\nask, please::error::',
  heaviest: [],
});

test('levels, and what has a meaning in a command is escaped', () => {
  const text = annotations([
    overBudget,
    finding('no-baseline', { because: 'none.' }),
    finding('via-s3', { artifact: 'layer.zip', bytes: 60_000_000 }),
  ]);
  const lines = text.split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe(
    '::error title=lambda-slim over-budget::package:numpy has 3 bytes, 1 byte over its budget of 2 bytes. 100 %25 of it, too:%0Aask, please::error::',
  );
  expect(lines[1]).toMatch(/^::warning title=lambda-slim no-baseline::Nothing .* none\.%0AWrite one/);
  expect(lines[2]).toMatch(/^::notice title=lambda-slim via-s3::layer\.zip/);
  expect(annotations([])).toBe('');
});

const verdict: Verdict = {
  what: 'package:numpy',
  from: 'budget',
  unit: 'bytes',
  actual: 3,
  max: 2,
  left: -1,
  state: 'error',
  message: 'A "quoted" <message> & more\u0007',
};

test('a JUnit report, read by an XML parser', async () => {
  const text = junit(
    checked({
      verdicts: [{ ...verdict, what: 'unzipped', from: 'aws', state: 'ok', message: null }, verdict],
      findings: [
        overBudget,
        finding('grown-too-much', { bytes: 5, max: 2, grown: [] }),
        finding('no-baseline', { because: '' }),
      ],
    }),
  );
  const script = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([root.attrib, [[c.get("classname"), c.get("name"), [[f.get("type"), f.text] for f in c]] for c in root.iter("testcase")]]))
`;
  const { stdout, stderr } = await run('python3', ['-c', script], { input: text });
  expect(stderr).toBe('');
  const [counts, cases] = JSON.parse(stdout) as [unknown, unknown];
  expect(counts).toEqual({
    name: 'lambda-slim check',
    tests: '3',
    failures: '2',
    errors: '0',
    skipped: '0',
  });
  expect(cases).toEqual([
    ['lambda-slim.aws', 'unzipped', []],
    ['lambda-slim.budget', 'package:numpy', [['budget', 'A "quoted" <message> & more\uFFFD']]],
    [
      'lambda-slim.finding',
      'grown-too-much',
      [['grown-too-much', 'When this is meant, write the baseline anew (--write-baseline).']],
    ],
  ]);
});
