/** Examples that were written for an earlier build: which they are, and writing them again. */
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { writeWhole } from '../io/report-file.js';
import { templatePath } from '../io/templates.js';
import type { Manifest } from '../model.js';
import {
  deploysFunction,
  handlerIn,
  kindNames,
  planInit,
  renewedBy,
  templatesOf,
  updateCommand,
} from './kinds.js';
import type { InitPlan, KindName } from './kinds.js';
import { checkFunction, plugFor, type Plug, type PlugChoice } from './plug.js';
import { hasStamp, isAsWritten, linesToChange } from './stamp.js';

/** The files of an example for a build. */
export async function planFor(kind: KindName, plug: Plug, version: string): Promise<InitPlan> {
  const templates = new Map<string, string>();
  for (const name of templatesOf(kind)) templates.set(name, await readFile(templatePath(name), 'utf8'));
  return planInit(kind, plug, templates, version);
}

/**
 * Write the files of an example again that hold facts of a build, each when nobody has changed it since it was written. What
 * somebody changed stays as it is, and so do all others then.
 * @param folder absolute
 * @returns paths relative to the folder
 * @throws SlimError `not-found` when one is not there, `file-edited` when one was changed and is not as it would be
 *   written now, `bad-option` of the settings, `output-unwritable`
 */
export async function renew(
  folder: string,
  kind: KindName,
  plug: Plug,
  version: string,
): Promise<{ readonly renewed: readonly string[]; readonly unchanged: readonly string[] }> {
  const wanted = renewedBy(kind);
  const present = new Map<string, string>();
  for (const name of wanted) {
    const text = await textOf(path.join(folder, name));
    if (text === null) throw notThere(name, kind);
    present.set(name, text);
  }
  const whole = withHandler(kind, plug, [...present.values()][0] ?? '');
  if (deploysFunction(kind)) checkFunction(whole);
  const files = await wantedFor(kind, whole, version);
  const stale = files.filter((file) => isStale(present.get(file.path), file));
  for (const { path: name, text, other } of stale) {
    const old = present.get(name) ?? '';
    if (!isAsWritten(old)) throw edited(name, hasStamp(old), linesToChange(old, text, other));
  }
  for (const { path: name, text } of stale) {
    const ends = present.get(name)?.includes('\r\n') === true ? '\r\n' : '\n';
    // A link stays one. Made of templates and a plan, it holds no login.
    await writeWhole(await realpath(path.join(folder, name)), text.replaceAll('\n', ends));
  }
  const renewed = stale.map((file) => file.path);
  return { renewed, unchanged: wanted.filter((name) => !renewed.includes(name)) };
}

/**
 * Examples beside a build that deploy what an earlier build made. Never throws for what is in them.
 * @param folder absolute
 * @returns for each its file and the command that renews it
 */
export async function staleExamples(
  folder: string,
  manifest: Manifest,
  build: string,
  version: string,
): Promise<readonly { readonly file: string; readonly command: string }[]> {
  const choice: PlugChoice = {
    ...{ build, python: manifest.target.python, architecture: manifest.target.architecture },
    ...{ handler: null, codeFolder: null, typed: { python: false, arch: false, handler: false } },
  };
  const found: { readonly file: string; readonly command: string }[] = [];
  for (const kind of kindNames.filter(deploysFunction)) {
    for (const name of renewedBy(kind)) {
      const text = await textOf(path.join(folder, name)).catch(() => null);
      // Not ours, or of a build in another folder.
      if (text === null || !hasStamp(text) || !text.includes(`${build}/`)) continue;
      const files = await planned(kind, manifest, choice, text, version);
      const file = files.find((one) => one.path === name);
      if (file !== undefined && isStale(text, file)) found.push({ file: name, command: updateCommand(kind) });
    }
  }
  return found;
}

/** Nothing for a build that no example can deploy. */
async function planned(
  kind: KindName,
  manifest: Manifest,
  choice: PlugChoice,
  text: string,
  version: string,
): Promise<readonly Wanted[]> {
  try {
    const plug = withHandler(kind, plugFor(manifest, choice), text);
    checkFunction(plug);
    return await wantedFor(kind, plug, version);
  } catch (error) {
    if (error instanceof SlimError) return [];
    throw error;
  }
}

/** Code whose build does not name its handler has the one that the file names. */
function withHandler(kind: KindName, plug: Plug, text: string): Plug {
  return plug.code === null || plug.handler !== null ? plug : { ...plug, handler: handlerIn(kind, text) };
}

interface Wanted {
  /** Relative. */
  readonly path: string;
  readonly text: string;
  /** The same file for a build of which everything is different. */
  readonly other: string;
}

async function wantedFor(kind: KindName, plug: Plug, version: string): Promise<readonly Wanted[]> {
  const others = await planFor(
    kind,
    {
      ...plug,
      python: plug.python === '3.13' ? '3.12' : '3.13',
      architecture: plug.architecture === 'arm64' ? 'x86_64' : 'arm64',
      ephemeralStorage: plug.ephemeralStorage + 1,
      layers: plug.layers.length === 0 ? [] : ['other', ...plug.layers.map((name) => `other-${name}`)],
      others: plug.others.map((arn) => `${arn}0`),
      payload: null,
    },
    version,
  );
  const { files } = await planFor(kind, plug, version);
  return files.map((file) => ({
    ...file,
    other: others.files.find((one) => one.path === file.path)?.text ?? '',
  }));
}

function isStale(present: string | undefined, { text, other }: Wanted): boolean {
  if (present === undefined) return false;
  return isAsWritten(present)
    ? present.replaceAll('\r\n', '\n') !== text
    : linesToChange(present, text, other).length > 0;
}

/** Null: it is not there. */
async function textOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new SlimError('not-found', `${file} cannot be read: ${message}`, {
      hint: 'It must be a file that you may read.',
      cause,
    });
  });
}

function notThere(name: string, kind: KindName): SlimError {
  return new SlimError('not-found', `${name} is not there, so there is nothing to renew.`, {
    hint: `Write it with "lambda-slim init ${kind}".`,
  });
}

function edited(name: string, ours: boolean, lines: readonly string[]): SlimError {
  return new SlimError(
    'file-edited',
    `${name} ${ours ? 'was changed since init wrote it' : 'is not as init writes it'}, so it was left as it is. Now it would have:`,
    {
      hint: 'Take these lines over, or move the file away and run init without --update.',
      details: lines,
    },
  );
}
