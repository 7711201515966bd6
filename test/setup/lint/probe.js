// Lints made-up texts as if they were files of src/. Standard input: [{ file, text }] as JSON; standard output: for each
// the names of the rules that it breaks. Only rules of the house, as those of types would speak of made-up texts, too.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const house =
  /^(?:import-x\/no-restricted-paths|house\/.*|(?:@typescript-eslint\/)?no-restricted-imports|no-restricted-globals|no-restricted-syntax|no-console|max-lines)$/;

const eslint = new ESLint({ ruleFilter: ({ ruleId }) => house.test(ruleId) });
const probes = JSON.parse(await text(process.stdin));
const results = [];
for (const probe of probes) {
  const [result] = await eslint.lintText(probe.text, { filePath: probe.file, warnIgnored: true });
  results.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
}
console.log(JSON.stringify(results));
