/** Failures as people and programs read them. Pure. */
import { SlimError } from '../errors.js';
import { terminal, type Printed } from '../text/terminal.js';
import { wrap } from '../text/wrap.js';

/** The one document of `--json` when something failed. */
export function errorDocument({ code, message, hint, details }: SlimError): unknown {
  return { error: { code, message, hint, details } };
}

/** @param width where sentences break; `Infinity` when nobody watches */
export function errorText({ code, message, hint, details }: SlimError, width: number): Printed {
  // A program's last words may be many lines; the sentences around them are ours, but for the names in them.
  const lines = details.flatMap((detail) => detail.split('\n'));
  return terminal({ message, hint, lines }, (shown) =>
    [
      wrap(`✖ ${shown.message}`, width, 2),
      ...shown.lines.map((line) => wrap(`    ${line}`, width, 8)),
      wrap(`  ${shown.hint}`, width, 2),
      `  (${code})`,
      '',
    ].join('\n'),
  );
}

/**
 * What commander says about a command line, in our form.
 * @param message e.g. `error: unknown option '--pyhton'\n(Did you mean --python?)`
 * @param command the command that was typed, when it is one of ours
 */
export function badUsage(message: string, command: string | null): SlimError {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const help = `See "lambda-slim ${command === null ? '' : `${command} `}--help".`;
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/\.?$/, '.');
  return new SlimError('bad-option', sentence, {
    hint: suggestion === undefined ? help : `${suggestion.replace(/^\((.*)\)$/, '$1')} ${help}`,
  });
}

/** What anybody needs who shall mend it. */
export function bugReport(error: unknown, where: readonly string[]): Printed {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return terminal({ where, lines: stack.split('\n') }, (shown) =>
    [
      '✖ This is a bug in lambda-slim. Please report it at https://github.com/lambda-slim/lambda-slim/issues with:',
      `    ${shown.where.join(', ')}`,
      ...shown.lines.map((line) => `    ${line}`),
      '',
    ].join('\n'),
  );
}
