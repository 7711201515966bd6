/** Report files that the user named: parents are made, and a file is there whole or not at all. */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import type { Html } from '../text/html.js';
import type { Markdown } from '../text/markdown.js';
import type { RunnerOutputs } from '../text/runner-outputs.js';
import type { Secrets } from '../text/secrets.js';
import type { Printed } from '../text/terminal.js';
import type { Xml } from '../text/xml.js';

/** What a report may be: each is made in one place, which quotes what others wrote. JSON is `Printed`. */
export type Report = Markdown | Xml | Printed | Html;

/**
 * @param file absolute
 * @param secrets what the text must not hold
 * @throws SlimError `output-unwritable`
 */
export async function writeReport(file: string, text: Report, secrets: Secrets): Promise<void> {
  await writeWhole(file, secrets.hide(text));
}

/**
 * Write a file as a whole or not at all.
 * @param file absolute
 * @param text as it is: without secrets
 * @throws SlimError `output-unwritable`
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.part`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    throw unwritable(file, cause);
  }
}

/**
 * Add to a file that a CI server gave (GITHUB_STEP_SUMMARY, GITHUB_OUTPUT).
 * @throws SlimError `output-unwritable`
 */
export async function appendReport(
  file: string,
  text: Markdown | RunnerOutputs,
  secrets: Secrets,
): Promise<void> {
  await appendFile(file, secrets.hide(text)).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
}

function unwritable(file: string, cause: unknown): SlimError {
  return new SlimError('output-unwritable', `${file} cannot be written: ${(cause as Error).message}`, {
    hint: 'Name a file in a folder that you may write.',
    cause,
  });
}
