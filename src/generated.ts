/** Text that is made from tables, so that documents cannot drift from the program. */
import { findingTexts, type FindingCode } from './findings.js';
import { errorMeanings } from './errors.js';
import { configSchema, optionsTable } from './schema.js';

/** Findings by code, with severity and what they mean, in Markdown. */
function findingsTable(): string {
  const codes = (Object.keys(findingTexts) as FindingCode[]).sort();
  return [
    '| Finding | Severity | Meaning |',
    '| --- | --- | --- |',
    ...codes.map(
      (code) =>
        `| <a id="${code}"></a>\`${code}\` | ${findingTexts[code].severity} | ${findingTexts[code].meaning} |`,
    ),
  ].join('\n');
}

function errorsTable(): string {
  return [
    '| Error (exit code 2) | Meaning |',
    '| --- | --- |',
    ...Object.entries(errorMeanings)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, meaning]) => `| <a id="${code}"></a>\`${code}\` | ${meaning} |`),
  ].join('\n');
}

const sections: Readonly<Record<string, () => string>> = {
  options: optionsTable,
  findings: findingsTable,
  errors: errorsTable,
};

export const generated = {
  /** The text of `templates/lambda-slim.schema.json`. */
  schema: (): string => `${JSON.stringify(configSchema(), null, 2)}\n`,
  /** The README with every `<!-- generated: NAME -->` section made anew. */
  readme: (text: string): string =>
    text.replace(
      /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
      (_all, open: string, name: string, close: string) => `${open}\n${sections[name]?.() ?? ''}\n\n${close}`,
    ),
};
