/** `lambda-slim check`: options → measure → judge → every report that was asked for. */
import path from 'node:path';
import { build } from '../build/build.js';
import { baselineText } from '../check/baseline-file.js';
import { check } from '../check/check.js';
import { footprint } from '../check/difference.js';
import { measuredManifest } from '../check/manifest-sizes.js';
import { measurePlace } from '../check/measure.js';
import type { Check, Measured } from '../check/model.js';
import { comment } from '../check/pull-request.js';
import { readCheckRequest, type CheckRequest } from '../check/request.js';
import { finding, findingTexts } from '../findings/findings.js';
import { removeDrafts } from '../io/output-folder.js';
import { appendReport, writeReport } from '../io/report-file.js';
import { paintFor } from '../io/screen.js';
import { readManifest } from '../manifest/manifest.js';
import type { Environment } from '../model.js';
import { interruptible, type Progress } from '../progress.js';
import { annotations } from '../report/annotations.js';
import { checkMarkdown } from '../report/check-markdown.js';
import { checkText } from '../report/check-text.js';
import { junit } from '../report/junit.js';
import { bytesText } from '../text/units.js';
import { readRequest } from '../build/request.js';
import type { CommandContext } from './context.js';

/** @returns exit code 1 when a finding is an error */
export async function runCheck(
  args: readonly string[],
  context: CommandContext,
): Promise<{ exitCode: 0 | 1 }> {
  const { flags, environment, cwd, signal, screen, manners, width, wrapAt, colourful, print } = context;
  const request = await readCheckRequest({ folder: args[0] ?? '', flags, environment, cwd });
  const progress = interruptible(screen, signal);
  const measured = request.build ? await builtNow(request, context) : await measuredNow(request, progress);
  const lookup = async () => {
    // The SDK takes a fifth of a second to load.
    const { layerLookup } = await import('../aws/layer-address.js');
    return layerLookup(environment, signal);
  };
  const judged = await check(measured, request, { environment, signal, cwd, lookup });
  if (request.writeBaseline !== null) await writeReport(request.writeBaseline, baselineText(measured));
  const result = await tellGitHub(judged, request, environment, signal);
  if (request.junit !== null) await writeReport(request.junit, junit(result));
  const markdown = checkMarkdown(result, request.title);
  if (request.markdown !== null && request.markdown !== '-') await writeReport(request.markdown, markdown);
  screen.stop();
  if (manners.json) print(`${JSON.stringify(result, null, 2)}\n`);
  else if (request.markdown === '-') print(markdown);
  else {
    print(checkText(result, { paint: paintFor(colourful), width, wrapAt, verbose: manners.verbose }));
    if (request.github) print(annotations(result.findings));
  }
  return { exitCode: failed(result) ? 1 : 0 };
}

const failed = ({ findings }: Check): boolean =>
  findings.some((one) => findingTexts[one.code].severity === 'error');

async function measuredNow(request: CheckRequest, progress: Progress): Promise<Measured> {
  const { place, name, lastBuild } = request;
  const step = progress.start('measure');
  const measured = lastBuild
    ? measuredManifest(await readManifest(place), name)
    : await measurePlace(place, name);
  step.end(bytesText(measured.sizes.unzipped));
  return measured;
}

/** Build in the folder that was named; only the options that both commands have are its flags. */
async function builtNow({ place }: CheckRequest, context: CommandContext): Promise<Measured> {
  const { environment, cwd, signal, screen, version } = context;
  const both = ['config', 'out', 'cacheDir', 'noCache'];
  const flags = Object.fromEntries(Object.entries(context.flags).filter(([key]) => both.includes(key)));
  const { request } = await readRequest({ folder: place, flags, environment, cwd });
  signal.addEventListener('abort', removeDrafts);
  const { manifest } = await build(request, {
    progress: interruptible(screen, signal),
    environment,
    signal,
    version,
    times: () => screen.times,
  }).finally(() => signal.removeEventListener('abort', removeDrafts));
  return measuredManifest(manifest, path.relative(cwd, request.out) || '.');
}

/** Comment, job summary and outputs. A comment that could not be written becomes a finding. */
async function tellGitHub(
  judged: Check,
  { github, comment: wanted, title }: CheckRequest,
  environment: Environment,
  signal: AbortSignal,
): Promise<Check> {
  const markdown = checkMarkdown(judged, title);
  const because = wanted ? await comment(markdown, title, environment, signal) : null;
  const result =
    because === null
      ? judged
      : { ...judged, findings: [...judged.findings, finding('comment-not-written', { because })] };
  if (!github) return result;
  const { GITHUB_STEP_SUMMARY: summary = '', GITHUB_OUTPUT: output = '' } = environment;
  if (summary !== '') await appendReport(summary, checkMarkdown(result, title));
  if (output !== '') await appendReport(output, outputs(result));
  return result;
}

/** For later steps of a job: `NAME=VALUE` lines. */
function outputs(result: Check): string {
  const { measured, difference } = result;
  const { zipped, unzipped, tmp } = measured.sizes;
  const growth = difference === null ? '' : footprint(difference.growth);
  const values = { ok: !failed(result), zipped, unzipped, tmp, growth };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}
