/** Text that is made from tables, so that documents cannot drift from the program. Text in, text out. Pure. */
import { errorMeanings } from '../errors.js';
import { findingTexts, type FindingCode } from '../findings/findings.js';
import { limits, pythonVersions, runtimes, targetFor } from '../limits.js';
import { recipes } from '../recipes/index.js';
import type { Recipe } from '../recipes/recipe.js';
import { markdownTable } from '../text/markdown-table.js';
import { groupedText } from '../text/units.js';
import { checkTable, commonTable, configSchema, optionsTable, publishTable, verifyTable } from './schema.js';

/** Findings by code, errors first, each with an anchor of its code. */
function findingsTable(): string {
  const order = ['error', 'warning', 'info'];
  const codes = (Object.keys(findingTexts) as FindingCode[]).sort(
    (a, b) =>
      order.indexOf(findingTexts[a].severity) - order.indexOf(findingTexts[b].severity) || (a < b ? -1 : 1),
  );
  return markdownTable(
    ['Finding', 'Severity', 'Meaning'],
    codes.map((code) => [anchored(code), findingTexts[code].severity, findingTexts[code].meaning]),
  );
}

function errorsTable(): string {
  return markdownTable(
    ['Error (exit code 2)', 'Meaning'],
    Object.entries(errorMeanings)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, meaning]) => [anchored(code), meaning]),
  );
}

const anchored = (code: string): string => `<a id="${code}"></a>\`${code}\``;

function limitsTable(): string {
  const mib = (bytes: number): string => `${groupedText(bytes / 2 ** 20)} MB`;
  const { directUpload, unzipped, layersPerFunction, ephemeralStorage } = limits;
  return markdownTable(
    ['Limit', 'AWS says', 'Exactly', 'What it means'],
    [
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
    ],
  );
}

function runtimesTable(): string {
  return markdownTable(
    ['Python', 'System', 'Newest wheels that load', 'Deprecated', 'No new functions from'],
    pythonVersions.map((python) => {
      const { os, deprecated, creationBlocked } = runtimes[python];
      const { platforms, glibc } = targetFor(python, 'x86_64');
      const newest = (platforms[0] ?? '').replace(/_x86_64$/, '');
      return [python, os, `\`${newest}\` (glibc ${glibc})`, deprecated ?? '', creationBlocked ?? ''];
    }),
  );
}

/** Packages with a recipe of their own, the versions on which it was proved, and what `--prune aggressive` costs. */
function recipesTable(): string {
  const losses = ({ rules, leaveOut = [] }: Recipe): string =>
    [...new Set([...rules, ...leaveOut].flatMap(({ loses }) => loses ?? []))].join('; ');
  const names = ({ name, alsoFor = [] }: Recipe): string =>
    name === 'base' ? 'all packages' : [name, ...alsoFor].map((one) => `\`${one}\``).join(', ');
  return markdownTable(
    ['Package', 'Proved on', '`--prune aggressive` also loses'],
    recipes.map((recipe) => [
      names(recipe),
      recipe.provedOn === '*' ? 'every version' : `\`${recipe.provedOn}\``,
      losses(recipe),
    ]),
  );
}

const sections: Readonly<Record<string, () => string>> = {
  options: () => `${optionsTable()}\n\nEvery command also has:\n\n${commonTable()}`,
  verify: verifyTable,
  check: checkTable,
  publish: publishTable,
  findings: findingsTable,
  errors: errorsTable,
  limits: limitsTable,
  runtimes: runtimesTable,
  recipes: recipesTable,
};

export const generated = {
  /** The text of `templates/lambda-slim.schema.json`. */
  schema: (): string => `${JSON.stringify(configSchema(), null, 2)}\n`,
  /**
   * The README with every `<!-- generated: NAME -->` section made anew.
   * @throws Error for a name that no table has
   */
  readme: (text: string): string =>
    text.replace(
      /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
      (_all, open: string, name: string, close: string) => {
        const section = sections[name];
        if (!section) throw new Error(`There is no generated section "${name}".`);
        return `${open}\n${section()}\n\n${close}`;
      },
    ),
  /** Names of the sections that a README can hold. */
  names: Object.keys(sections) as readonly string[],
};
