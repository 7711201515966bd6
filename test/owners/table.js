// The results as lines for the terminal, and as the page of the documents.
import { table } from '../bench/shared.js';

const words = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
const count = (value) => value.toLocaleString('en-US');

export const head = () =>
  'package version: on the untouched tree | on what is kept | passed there and not here';

export function row({ package: name, version, untouched, kept, differences, known, seconds }) {
  const more = known.length > 0 ? ` (and ${known.length} that ask for what is left out on purpose)` : '';
  return `${name} ${version}: ${words(untouched)} | ${words(kept)} | ${differences.length}${more}; ${seconds} s`;
}

const outcome = ({ passed, failed, skipped }) => `${count(passed)} / ${count(failed)} / ${count(skipped)}`;

/** @param rows name and result of each package; null for what was not measured */
export function page(rows) {
  const measured = rows.filter(([, result]) => result !== null);
  const left = rows.filter(([, result]) => result === null).map(([name]) => name);
  const dates = [...new Set(measured.map(([, { on }]) => on))].sort();
  const passed = measured.reduce((sum, [, { untouched }]) => sum + untouched.passed, 0);
  const body = measured.map(([, result]) => [
    result.package,
    result.version,
    outcome(result.untouched),
    outcome(result.kept),
    `${Math.round((100 * result.bytes.kept) / result.bytes.untouched)} %`,
    String(result.differences.length),
  ]);
  const known = measured.flatMap(([, result]) =>
    result.known.map((one) => ({ ...one, name: result.package })),
  );
  return [
    "# The owners' tests as the judge",
    '',
    "The import proof shows that modules import. Whether they still compute, draw and parse is best judged by those who wrote them: by a package's own",
    "tests. They are left out of a build, so `npm run test:owners` adds a package's own tests, and nothing else, back to what is kept, and runs them there",
    'and on the untouched tree of the same wheels. A test that passes there and fails here is a fault of a rule. `test/owners/packages.toml` has the versions, where the tests are from, and what of them runs.',
    '',
    `Measured ${dates.join(' to ')} with \`--prune safe\` on CPython ${measured[0]?.[1].python ?? ''}: ${count(measured.length)} packages, ${count(passed)} tests that pass on the untouched trees.`,
    '',
    table(
      [
        'package',
        'version',
        'untouched: passed / failed / skipped',
        'kept: passed / failed / skipped',
        'size kept',
        'lost',
      ],
      body,
    ),
    '',
    'Tests that fail on the untouched tree, too, mostly want a compiler, a network, another machine or another version of a tool. "Lost" counts tests that pass untouched and fail on what is kept, twice in a row.',
    '',
    ...(known.length > 0
      ? [
          'Not counted, because they ask for what is left out on purpose:',
          '',
          ...known.map((one) => `- ${one.name}: \`${one.node}\`: ${one.because}`),
          '',
        ]
      : []),
    ...(left.length > 0 ? [`Not run yet: ${left.join(', ')}.`, ''] : []),
  ].join('\n');
}
