/** `lambda-slim report`: the manifest of the last build → one HTML page that needs nothing else. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { olderThanInputs } from '../build/inputs.js';
import { readBaseline } from '../check/baseline.js';
import { differenceOf } from '../check/difference.js';
import { measuredManifest } from '../check/manifest-sizes.js';
import type { Difference } from '../check/model.js';
import { baselineOption } from '../options/check.js';
import { isGiven, readSettings } from '../options/command-line.js';
import { SlimError } from '../errors.js';
import { openPage } from '../io/browser.js';
import { ownCommand } from '../io/own-command.js';
import { isOurPage, reportName } from '../io/output-folder.js';
import { pageParts } from '../io/page-parts.js';
import { writeReport } from '../io/report-file.js';
import { paintFor } from '../io/screen.js';
import { readManifest } from '../manifest/manifest.js';
import { rememberedVerification } from '../manifest/verification-record.js';
import type { Manifest } from '../model.js';
import { placeNamed } from '../manifest/place.js';
import { writtenName } from '../resolve/inputs/pyproject.js';
import { reportOptions } from '../options/table.js';
import { pageData } from '../report/html/data.js';
import { assemblePage } from '../report/html/page.js';
import { textReport } from '../report/build-text.js';
import { bytesText } from '../text/units.js';
import { wrap } from '../text/wrap.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';
import { exists } from '../io/exists.js';

/**
 * The project's own name; else the folder that was built, as people call it: an output folder with a name of its own
 * stands for itself.
 */
async function projectName(out: string, { inputs }: Manifest): Promise<string | null> {
  const own = inputs === undefined ? null : path.resolve(out, inputs.folder, 'pyproject.toml');
  const written = own === null ? null : writtenName(await readFile(own, 'utf8').catch(() => ''));
  if (written !== null) return written;
  const [name, above] = [path.basename(out), path.basename(path.dirname(out))];
  return (name.startsWith('.') ? above : name) || null;
}

/**
 * @param cwd where the baseline is looked for: beside the config file that names it
 * @throws SlimError of the baseline
 */
async function differenceTo(
  where: string | null,
  cwd: string,
  manifest: Manifest,
  { environment, signal, note }: CommandContext,
): Promise<Difference | null> {
  if (where === null) return null;
  const before = await readBaseline(where, { cwd, environment, signal });
  if (typeof before !== 'string') return differenceOf(before, measuredManifest(manifest, 'this build'));
  note(`nothing was compared: ${before}`);
  return null;
}

/**
 * @throws SlimError `not-found`, `unusable-file`, `no-manifest`, `bad-manifest`, `bad-config`, `bad-option`, `file-exists`,
 *   `output-unwritable`, and of a baseline `bad-baseline`, `bad-archive`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function runReport(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { cwd, secrets, screen, manners, width, wrapAt, colourful, print } = context;
  const place = await placeNamed(args[0] ?? '', cwd);
  const { settings } = await readSettings(reportOptions, context, place.folder);
  const out = place.out ?? settings.out;
  const file = settings.html ?? path.join(out, reportName);
  const built = await readManifest(out);
  const older = await olderThanInputs(out, built, cwd);
  const manifest = { ...built, findings: [...older, ...built.findings] };
  if ((await exists(file)) && !(await isOurPage(file))) {
    throw new SlimError('file-exists', `${file} is there already, and it is no page of lambda-slim.`, {
      hint: 'Nothing was written. Name another file with --html.',
    });
  }
  const baselineFolder = isGiven(context, baselineOption) ? cwd : place.folder;
  const record = await rememberedVerification(out, manifest);
  const around = { project: await projectName(out, built), verification: record };
  const data = pageData(manifest, {
    ...around,
    difference: await differenceTo(settings.baseline ?? null, baselineFolder, manifest, context),
  });
  const { html, parts } = await pageParts();
  const page = assemblePage(html, parts, data);
  await writeReport(file, page, secrets);
  screen.stop();
  if (manners.json) print(jsonText(data));
  else {
    const paint = paintFor(colourful);
    const folder = path.relative(cwd, out) || '.';
    if (!manners.quiet)
      print(
        terminal({ manifest, folder }, (shown) => {
          const { times } = shown.manifest;
          const how = { paint, width, wrapAt, times, verbose: manners.verbose, program: ownCommand(cwd) };
          return `${textReport(shown.manifest, { ...how, out: shown.folder })}\n`;
        }),
      );
    const size = bytesText(Buffer.byteLength(page));
    print(
      terminal(
        path.relative(cwd, file),
        (name) =>
          `${wrap(`${paint.green('→')} ${name}  ${size}, opens in any browser, needs no network`, wrapAt, 2)}\n`,
      ),
    );
  }
  // What was written stays written, also where there is nothing to show it with.
  if (settings.open === true && !(await openPage(file)) && !manners.json)
    print(terminal(null, () => 'There is no browser here to show it in.\n'));
  return [];
}
