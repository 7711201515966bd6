/** Declares the commands, runs one, shows failures, sets the exit code. The only file that knows the process. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { runBuild } from './commands/build.js';
import type { CommandContext } from './commands/context.js';
import { runWhy } from './commands/why.js';
import { SlimError } from './errors.js';
import { openScreen } from './io/screen.js';
import { buildOptions, commonOptions, type OptionRow } from './options.js';
import { readManners } from './request.js';

/** 0: done. 1: done, but a finding is an error. 2: the request or the machine. 3: our bug. 130: interrupted. */
type ExitCode = 0 | 1 | 2 | 3 | 130;

/** The tool's version, from package.json. */
export const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

const buildExamples = `
Examples:
  $ lambda-slim build                                    # the requirements in this folder, as a layer
  $ lambda-slim build -r requirements.txt --python 3.13 --arch arm64
  $ lambda-slim build --handler src --exclude-runtime    # one function.zip with your code
  $ lambda-slim build --from ./site-packages --plan      # only look: what would go, what would fit

What to do with the result: layer.zip is for "aws lambda publish-layer-version", function.zip for
"aws lambda update-function-code". The manifest lambda-slim.json beside them holds every number.
Exit codes: 0 done, 1 done but a finding is an error, 2 the request or the machine, 3 a bug of ours.`;

const whyExamples = `
Examples:
  $ lambda-slim why sklearn/tests/test_base.py    # what happened to this file, and by which rule
  $ lambda-slim why numpy                         # who needs this package, and where its bytes went
  $ lambda-slim why "torch/lib/*.so"              # a glob: every file that it names`;

type Run = (args: readonly string[], context: CommandContext) => Promise<{ exitCode: 0 | 1 }>;

/** Run one command line. Sets `process.exitCode`; never calls exit, so that output is flushed. */
export async function main(host: NodeJS.Process): Promise<void> {
  host.exitCode = await execute(host);
}

async function execute(host: NodeJS.Process): Promise<ExitCode> {
  const json = host.argv.includes('--json');
  let exitCode: ExitCode = 0;
  const program = new Command('lambda-slim')
    .description('Make Python machine learning fit AWS Lambda, and prove that what is left still works.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        if (!json) host.stderr.write(text);
      },
    });
  const add = (command: Command, rows: readonly OptionRow[], run: Run): void => {
    for (const row of [...rows, ...commonOptions]) command.addOption(toOption(row));
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        if (!json) host.stderr.write(text);
      },
    });
    command.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      exitCode = await guarded(host, self, run);
    });
  };
  add(
    program
      .command('build')
      .argument('[folder]', 'where requirements and config are looked for', '.')
      .summary('resolve, prune, strip, pack and prove')
      .description('From requirements to zips that Lambda takes, proved to import.')
      .addHelpText('after', buildExamples),
    buildOptions,
    runBuild,
  );
  add(
    program
      .command('why')
      .argument('<path|package>', 'a path in the package, a glob, or a distribution name')
      .summary('say why a file or package was kept or dropped')
      .description('Read the manifest of the last build and say what happened to a path or package, and why.')
      .addHelpText('after', whyExamples),
    buildOptions.filter((row) => row.key === 'out'),
    runWhy,
  );
  try {
    await program.parseAsync(host.argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (json) host.stdout.write(`${JSON.stringify(errorDocument(badUsage(error)), null, 2)}\n`);
    return 2;
  }
  return exitCode;
}

/** Flags reach our own parser as they were typed; commander only splits the line. */
function toOption(row: OptionRow): Option {
  const flags = `${row.short ? `-${row.short}, ` : ''}--${row.name}${row.value ? ` <${row.value}>` : ''}`;
  const choices = row.choices ? ` (${row.choices.join(', ')})` : '';
  const fallback = row.default === undefined ? '' : ` (default: ${row.default})`;
  const option = new Option(flags, `${row.help}${choices}${fallback}`);
  if (row.type === 'list')
    option.argParser((value: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      value,
    ]);
  return option;
}

/** Commander's attribute names are made from flags (`--no-cache` sets `cache` to false); ours are the table's keys. */
function flagsOf(command: Command): Record<string, unknown> {
  const options: Record<string, unknown> = command.opts();
  const flags: Record<string, unknown> = {};
  for (const row of [...buildOptions, ...commonOptions] as readonly OptionRow[]) {
    const attribute = new Option(`--${row.name}`).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    flags[row.key] = row.name.startsWith('no-') ? true : options[attribute];
  }
  return flags;
}

async function guarded(host: NodeJS.Process, command: Command, run: Run): Promise<ExitCode> {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) host.exit(130);
    controller.abort();
  };
  host.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const flags = flagsOf(command);
  let manners = { json: flags.json === true, quiet: flags.quiet === true, verbose: flags.verbose === true };
  let stop = (): void => {};
  try {
    manners = readManners(flags, host.env, host.cwd());
    const noColour = host.env.NO_COLOR !== undefined && host.env.NO_COLOR !== '';
    const screen = openScreen({
      stream: host.stderr,
      quiet: manners.quiet,
      verbose: manners.verbose,
      plain: noColour,
    });
    stop = () => screen.stop();
    const result = await run(command.processedArgs.map(String), {
      flags,
      environment: host.env,
      cwd: host.cwd(),
      signal: controller.signal,
      screen,
      manners,
      version,
      width: host.stdout.isTTY ? host.stdout.columns : 110,
      colourful: host.stdout.isTTY && !noColour,
      print: (text) => host.stdout.write(text),
    });
    stop();
    return result.exitCode;
  } catch (error) {
    stop();
    const failure = controller.signal.aborted ? interrupted() : error;
    if (failure instanceof SlimError) {
      if (manners.json) host.stdout.write(`${JSON.stringify(errorDocument(failure), null, 2)}\n`);
      else host.stderr.write(errorText(failure));
      return failure.code === 'interrupted' ? 130 : 2;
    }
    const report = bugReport(failure, host);
    if (manners.json)
      host.stdout.write(`${JSON.stringify({ error: { code: 'bug', message: report } }, null, 2)}\n`);
    else host.stderr.write(report);
    return 3;
  } finally {
    host.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function errorDocument({ code, message, hint, details }: SlimError): unknown {
  return { error: { code, message, hint, details } };
}

function errorText({ code, message, hint, details }: SlimError): string {
  return [`✖ ${message}`, ...details.map((line) => `    ${line}`), `  ${hint}`, `  (${code})`, ''].join('\n');
}

function badUsage(error: CommanderError): SlimError {
  return new SlimError('bad-option', error.message.replace(/^error: /, ''), {
    hint: 'See "lambda-slim --help".',
  });
}

function interrupted(): SlimError {
  return new SlimError('interrupted', 'Interrupted: nothing was written.', {
    hint: 'What was downloaded and compressed so far is in the cache; run the same command again to go on.',
  });
}

function bugReport(error: unknown, host: NodeJS.Process): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    '✖ This is a bug in lambda-slim. Please report it at https://github.com/lambda-slim/lambda-slim/issues with:',
    `    lambda-slim ${version}, Node ${host.versions.node}, ${host.platform} ${host.arch}`,
    ...stack.split('\n').map((line) => `    ${line}`),
    '',
  ].join('\n');
}
