/** Declares the commands, runs one, shows failures, sets the exit code. The only file that knows the process. */
import { Command, CommanderError, Option } from 'commander';
import type { CommandContext } from './commands/context.js';
import { commands, type CommandRow } from './commands/table.js';
import { asInterrupted, interrupted, SlimError, unwritten } from './errors.js';
import { exitCode, type ExitCode } from './findings/findings.js';
import { removeWork } from './io/cache.js';
import { removeDrafts } from './io/output-folder.js';
import { endPrograms } from './io/run.js';
import { version } from './io/own-version.js';
import { openScreen, type Screen } from './io/screen.js';
import { freeStream, isFull } from './io/streams.js';
import { hiddenError, hidingProgress } from './api/outgoing.js';
import { commonOptions } from './options/common.js';
import { interruptible } from './progress.js';
import type { OptionRow } from './options/row.js';
import { badUsage, bugReport, errorDocument, errorText } from './report/failure.js';
import { readManners, type Manners } from './options/command-line.js';
import { helpEnd } from './reference/command-words.js';
import { grouped } from './reference/option-table.js';
import { jsonText } from './text/json.js';
import { Secrets } from './text/secrets.js';
import { harmless, terminal, type Printed } from './text/terminal.js';

const programExamples = `
Examples:
  $ lambda-slim build                     # the requirements in this folder → .lambda-slim/layer.zip
  $ lambda-slim build --code src          # with your code → .lambda-slim/function.zip
  $ lambda-slim verify                    # run it as Lambda would: does every import still work?
  $ lambda-slim check                     # does it fit, and within your budgets?
  $ lambda-slim why numpy                 # where its bytes went, and who needs it
Every option: lambda-slim build --help`;

/** What of the process a command line needs. Tests bring their own. */
export type Host = Pick<
  NodeJS.Process,
  | 'argv'
  | 'env'
  | 'cwd'
  | 'stdout'
  | 'stderr'
  | 'exitCode'
  | 'exit'
  | 'on'
  | 'off'
  | 'versions'
  | 'platform'
  | 'arch'
>;

/** The process without its streams: whatever is written goes through here, and no secret with it. */
interface Guarded extends Omit<Host, 'stdout' | 'stderr' | 'exitCode' | 'on' | 'off'> {
  readonly events: Pick<Host, 'on' | 'off'>;
  readonly secrets: Secrets;
  /** Write to standard output. */
  readonly out: (text: Printed) => void;
  /** Write to standard error. */
  readonly beside: (text: Printed) => void;
  readonly openScreen: (manners: Manners) => Screen;
  readonly stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;
  readonly stderr: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;
}

/** Run one command line. Sets `process.exitCode`; never calls exit, so that output is flushed. */
export async function main(host: Host): Promise<void> {
  const lost: ExitCode[] = [];
  freeStream(host.stdout, (error) => {
    if (lost.length > 0) return;
    const failure = unwritten(error);
    const code = exitCode({ error: failure });
    lost.push(code);
    host.exitCode = code;
    host.stderr.write(errorText(failure, Number.POSITIVE_INFINITY));
  });
  host.on('exit', removeWork);
  // Who cannot be told is not told.
  freeStream(host.stderr, () => {});
  const ended = await execute(guard(host));
  host.exitCode = lost[0] ?? ended;
  // Otherwise all that is written waits for its reader; who interrupts does not.
  const waits = host.stdout.writableLength + host.stderr.writableLength > 0;
  if (ended === interruptedCode && waits) setTimeout(() => host.exit(ended), lastWords).unref();
}

/** Milliseconds. */
const lastWords = 500;
const interruptedCode = exitCode({ error: interrupted() });

function guard(host: Host): Guarded {
  const { stdout, stderr, argv, env } = host;
  const secrets = new Secrets(env);
  secrets.readIn(argv);
  return {
    ...{ argv, env, stdout, stderr, secrets },
    ...{ versions: host.versions, platform: host.platform, arch: host.arch },
    cwd: () => host.cwd(),
    exit: (code) => host.exit(code),
    events: host,
    out: (text) => {
      if (!isFull(stdout)) stdout.write(secrets.hide(text));
    },
    beside: (text) => {
      if (!isFull(stderr)) stderr.write(secrets.hide(text));
    },
    openScreen: (manners) => {
      const screen = openScreen({ stream: stderr, ...manners, plain: isPlain(host) });
      return { times: screen.times, stop: () => screen.stop(), ...hidingProgress(screen, secrets) };
    },
  };
}

async function execute(host: Guarded): Promise<ExitCode> {
  const json = host.argv.includes('--json') || /^(?:1|true|yes)$/.test(host.env.LAMBDA_SLIM_JSON ?? '');
  let ended: ExitCode = 0;
  // Errors are shown in one form, by us; help goes where commander sends it.
  const output = {
    writeOut: (text: string): void => host.out(harmless(text)),
    writeErr: (text: string): void => {
      if (!json) host.beside(harmless(text));
    },
    outputError: (): void => {},
  };
  const program = new Command('lambda-slim')
    .description('Make Python machine learning fit AWS Lambda, and prove that what is left still works.')
    .version(version)
    .addHelpText('after', programExamples)
    .exitOverride()
    .configureOutput(output);
  for (const row of commands) {
    const command = program.command(row.name).summary(row.summary).description(row.description);
    for (const one of row.arguments) command.argument(one.name, one.help, one.default);
    for (const { title, rows } of grouped(row.options))
      for (const one of rows) command.addOption(toOption(one, title === null ? null : `${title}:`));
    const own = 'Every command:';
    for (const one of commonOptions) command.addOption(toOption(one, own));
    command.addHelpOption(new Option('-h, --help', 'show this').helpGroup(own));
    command.addHelpText('after', helpEnd(row)).exitOverride().configureOutput(output);
    command.action(async (...given: unknown[]) => {
      ended = await guarded(host, given.at(-1) as Command, row);
    });
  }
  try {
    await program.parseAsync(host.argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const command = program.commands.map((one) => one.name()).find((name) => name === host.argv[2]) ?? null;
    const helpShown = error.code === 'commander.help';
    const failure = badUsage(helpShown ? 'error: no command was given' : error.message, command);
    if (json || !helpShown) show(host, failure, json);
    return exitCode({ error: failure });
  }
  return ended;
}

function show(host: Guarded, thrown: unknown, json: boolean): void {
  const failure = hiddenError(thrown, host.secrets);
  if (!(failure instanceof SlimError)) showBug(host, failure, json);
  else if (json) host.out(jsonText(errorDocument(failure)));
  else host.beside(errorText(failure, host.stderr.isTTY ? host.stderr.columns : Number.POSITIVE_INFINITY));
}

/** Flags reach our own parser as they were typed; commander only splits the line. */
function toOption(row: OptionRow, heading: string | null): Option {
  const flags = `${row.short ? `-${row.short}, ` : ''}--${row.name}${row.value ? ` <${row.value}>` : ''}`;
  const choices = row.choices ? ` (${row.choices.join(', ')})` : '';
  const fallback = row.default === undefined ? '' : ` (default: ${row.default})`;
  const option = new Option(flags, `${row.help}${choices}${fallback}`);
  if (heading !== null) option.helpGroup(heading);
  if (row.type === 'list' || row.type === 'budgets' || row.type === 'patches')
    option.argParser((value: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      value,
    ]);
  return option;
}

/** Commander's attribute names are made from flags (`--no-cache` sets `cache` to false); ours are the table's keys. */
function flagsOf(command: Command, rows: readonly OptionRow[]): Record<string, unknown> {
  const options: Record<string, unknown> = command.opts();
  const flags: Record<string, unknown> = {};
  for (const row of [...rows, ...commonOptions]) {
    const attribute = new Option(`--${row.name}`).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    flags[row.key] = row.name.startsWith('no-') ? true : options[attribute];
  }
  return flags;
}

async function guarded(host: Guarded, command: Command, row: CommandRow): Promise<ExitCode> {
  const flags = flagsOf(command, row.options);
  let manners = { json: flags.json === true, quiet: flags.quiet === true, verbose: flags.verbose === true };
  const watch = watchProcess(host, () => manners.json);
  let stop = (): void => {};
  try {
    manners = readManners({ flags, environment: host.env, cwd: host.cwd() });
    const screen = host.openScreen(manners);
    stop = () => screen.stop();
    // Those of `[words...]` are a list of their own.
    const args = command.processedArgs
      .flat()
      .filter((one) => one !== undefined)
      .map(String);
    const { signal } = watch;
    const findings = await row.run(args, contextOf(host, { flags, manners, screen, signal }));
    stop();
    return exitCode({ findings });
  } catch (error) {
    stop();
    const failure = watch.signal.aborted ? asInterrupted(error, flags.noCache !== true) : error;
    show(host, failure, manners.json);
    return exitCode({ error: failure });
  } finally {
    watch.end();
  }
}

interface Watch {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  end(): void;
}

/** Ctrl-C stops the command, a second one stops at once; what nobody catches is shown as our bug. */
function watchProcess(host: Guarded, json: () => boolean): Watch {
  const controller = new AbortController();
  const still = (): void => {
    if (!json()) host.beside(harmless('Stopping; press Ctrl-C again to stop at once.\n'));
  };
  let waiting: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      endPrograms();
      removeDrafts();
      host.exit(exitCode({ error: interrupted() }));
    }
    controller.abort();
    waiting = setTimeout(still, 1500);
  };
  // What is thrown outside the pipeline's own promises would end the program with 1, which means something else.
  const crash = (error: unknown): void => {
    if (controller.signal.aborted) return;
    endPrograms();
    removeDrafts();
    show(host, error, json());
    host.exit(exitCode({ error }));
  };
  const { events } = host;
  events.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('uncaughtException', crash);
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(waiting);
      events.off('SIGINT', interrupt).off('SIGTERM', interrupt).off('uncaughtException', crash);
    },
  };
}

const isPlain = ({ env }: Pick<Host, 'env'>): boolean => env.NO_COLOR !== undefined && env.NO_COLOR !== '';

type Known = Pick<CommandContext, 'flags' | 'manners' | 'screen' | 'signal'>;

function contextOf(host: Guarded, known: Known): CommandContext {
  const { screen, signal } = known;
  const { isTTY, columns } = host.stdout;
  const { secrets } = host;
  const said = new Set<string>();
  return {
    ...known,
    environment: host.env,
    secrets,
    cwd: host.cwd(),
    progress: interruptible(screen, signal),
    times: () => screen.times,
    version,
    width: isTTY ? columns : 120,
    wrapAt: isTTY ? columns : Number.POSITIVE_INFINITY,
    colourful: isTTY && !isPlain(host),
    note: (sentence) => {
      if (!said.has(sentence)) host.beside(terminal(sentence, (shown) => `note: ${shown}\n`));
      said.add(sentence);
    },
    print: host.out,
    printBeside: host.beside,
  };
}

function showBug(host: Guarded, error: unknown, json: boolean): void {
  const where = [`lambda-slim ${version}`, `Node ${host.versions.node}`, `${host.platform} ${host.arch}`];
  const report = bugReport(error, where);
  if (json) host.out(jsonText({ error: { code: 'bug', message: report } }));
  else host.beside(report);
}
