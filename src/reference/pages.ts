/** docs/reference/, made from the tables of the program, so that documents cannot drift from it. Pure. */
import { markdownTable } from '../text/markdown-table.js';
import { errorsPage, findingsPage } from './code-pages.js';
import { commandPage } from './command-page.js';
import { exitCodes, type CommandWords } from './command-words.js';
import { configPage } from './config-page.js';
import { limitsPage, recipesPage, runtimesPage } from './fact-pages.js';

const note = '<!-- Made by "npm run generate" from the tables in src/; a change here is lost. -->';

/** Pages that are no command's. */
const others: readonly (readonly [
  name: string,
  what: string,
  make: (commands: readonly CommandWords[]) => string,
])[] = [
  ['configuration', 'the five forms of the config file, how sources rank, every key', configPage],
  ['findings', 'every fact about an artifact that a command can find, and what to do', findingsPage],
  ['errors', 'every error with a code, and what to do', errorsPage],
  ['limits', "AWS's numbers", limitsPage],
  ['runtimes', 'the Pythons of Lambda, and which wheels load there', runtimesPage],
  ['recipes', 'packages that have rules of their own, and what `--prune aggressive` takes', recipesPage],
];

/**
 * Every page of docs/reference/.
 * @returns texts by file name in that folder
 */
export function referencePages(commands: readonly CommandWords[]): Readonly<Record<string, string>> {
  const pages = [
    ['README.md', indexPage(commands)] as const,
    ...commands.map((command) => [`${command.name}.md`, commandPage(command)] as const),
    ...others.map(([name, , make]) => [`${name}.md`, make(commands)] as const),
  ];
  return Object.fromEntries(pages.map(([name, text]) => [name, `${note}\n\n${text}\n`]));
}

function indexPage(commands: readonly CommandWords[]): string {
  return [
    '# Reference',
    markdownTable(
      ['Command', 'What it does'],
      commands.map(({ name, summary }) => [`[\`lambda-slim ${name}\`](${name}.md)`, summary]),
    ),
    markdownTable(
      ['Page', 'What is in it'],
      others.map(([name, what]) => [`[${name}](${name}.md)`, what]),
    ),
    '## Exit codes',
    markdownTable(
      ['Exit code', 'Meaning'],
      Object.entries(exitCodes).map(([code, { meaning }]) => [code, meaning]),
    ),
  ].join('\n\n');
}
