/** `lambda-slim doctor`: what of this machine works, what is missing, and what brings it. */
import { neededFindings, type Examination } from '../doctor/examination.js';
import { examine } from '../doctor/examine.js';
import type { Finding } from '../findings/findings.js';
import { defaultCacheFolder } from '../io/cache-folder.js';
import { paintFor } from '../io/screen.js';
import { defaultPython } from '../limits.js';
import { readSettings } from '../options/command-line.js';
import { doctorOptions } from '../options/table.js';
import { doctorDocument, doctorText } from '../report/doctor-text.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';
import type { CommandContext } from './context.js';

/** @throws SlimError `bad-option`, `bad-config` */
export async function runDoctor(
  _args: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { settings } = await readSettings(doctorOptions, context);
  const { environment, signal, progress, manners, colourful, wrapAt, print } = context;
  const examination: Examination = await examine({
    ...{ environment, signal, progress },
    target: { python: settings.python ?? defaultPython, architecture: settings.arch },
    interpreter: settings.interpreter ?? null,
    containerEngine: settings.containerEngine ?? null,
    cache: {
      folder: settings.cacheDir ?? defaultCacheFolder(environment),
      limit: settings.cacheLimit,
    },
  });
  print(
    manners.json
      ? jsonText(doctorDocument(examination))
      : terminal(examination, (shown) => `${doctorText(shown, paintFor(colourful), wrapAt)}\n`),
  );
  return neededFindings(examination);
}
