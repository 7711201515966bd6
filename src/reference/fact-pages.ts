/** The pages of facts: AWS's limits, its runtimes, and what recipes know. Pure. */
import { limits, pythonVersions, runtimes, targetFor } from '../limits.js';
import { recipes } from '../recipes/index.js';
import type { Recipe } from '../recipes/recipe.js';
import { markdownTable } from '../text/markdown-table.js';
import { groupedText } from '../text/units.js';

export function limitsPage(): string {
  const mib = (bytes: number): string => `${groupedText(bytes / 2 ** 20)} MB`;
  const { directUpload, unzipped, layersPerFunction, ephemeralStorage, memory } = limits;
  const { timeoutSeconds, initSeconds } = limits;
  const rows = [
    [
      'zip, direct upload',
      mib(directUpload),
      `≤ ${groupedText(directUpload)} bytes`,
      'a larger zip goes through S3',
    ],
    [
      'unzipped: function and all its layers together',
      mib(unzipped),
      `< ${groupedText(unzipped)} bytes`,
      'a size equal to it is refused; S3 does not help',
    ],
    ['layers of one function', String(layersPerFunction), '', 'they share the unzipped limit'],
    [
      '`/tmp`',
      `${groupedText(ephemeralStorage.default)} MB, up to ${groupedText(ephemeralStorage.max)} MB`,
      `${groupedText(ephemeralStorage.default * 2 ** 20)} bytes by default`,
      'SnapStart allows the default only',
    ],
    [
      'memory',
      `${memory.min} MB to ${groupedText(memory.max)} MB`,
      '',
      `CPU comes with it: ${groupedText(memory.oneCpu)} MB have the equivalent of one vCPU`,
    ],
    ['an invocation', `${timeoutSeconds.max} s`, '', 'the most that its timeout can be'],
    [
      'initialization',
      `${initSeconds.default} s`,
      '',
      `then it is stopped and done again at the first invocation; with SnapStart, ${initSeconds.snapStart} s when a version is published`,
    ],
  ];
  return [
    "# Lambda's limits",
    'AWS writes MB and means 1,048,576 bytes. `Unzipped size must be smaller than 262144000 bytes` is the second row: 250 MiB, exactly. [As read](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html) in November 2026:',
    markdownTable(['Limit', 'AWS says', 'Exactly', 'What it means'], rows),
  ].join('\n\n');
}

export function runtimesPage(): string {
  return [
    '# Runtimes',
    '[As read](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html) in November 2026:',
    markdownTable(
      ['Python', 'System', 'Newest wheels that load', 'Deprecated', 'No new functions from'],
      pythonVersions.map((python) => {
        const { os, deprecated, creationBlocked } = runtimes[python];
        const { platforms, glibc } = targetFor(python, 'x86_64');
        const newest = (platforms[0] ?? '').replace(/_x86_64$/, '');
        return [python, os, `\`${newest}\` (glibc ${glibc})`, deprecated ?? '', creationBlocked ?? ''];
      }),
    ),
    "Many of today's wheels (numpy, scikit-learn, onnxruntime, torch) need glibc 2.27 or newer, so **they do not load on Python 3.11 and older**. lambda-slim says so by name ([needs-newer-python](errors.md#needs-newer-python)) instead of letting you find out at run time.",
  ].join('\n\n');
}

/** Packages with a recipe of their own, the versions on which it was proved, and what `--prune aggressive` costs. */
export function recipesPage(): string {
  const losses = ({ rules, leaveOut = [] }: Recipe): string =>
    [...new Set([...rules, ...leaveOut].flatMap(({ loses }) => loses ?? []))].join('; ');
  const names = ({ name, alsoFor = [] }: Recipe): string =>
    name === 'base' ? 'all packages' : [name, ...alsoFor].map((one) => `\`${one}\``).join(', ');
  return [
    '# Packages with a recipe',
    'What a recipe is, and how to write one of your own: [recipes](../guides/recipes.md). The last column is what `--prune aggressive` takes away; with `--prune safe`, the default, nothing is lost that a function can use.',
    markdownTable(
      ['Package', 'Proved on', '`--prune aggressive` also loses'],
      recipes.map((recipe) => [
        names(recipe),
        recipe.provedOn === '*' ? 'every version' : `\`${recipe.provedOn}\``,
        losses(recipe),
      ]),
    ),
  ].join('\n\n');
}
