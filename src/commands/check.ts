/** `lambda-slim check`: options → measure → judge → every report that was asked for. */
import { checkPlace } from '../api/check.js';
import { footprint } from '../check/difference.js';
import type { Check } from '../check/model.js';
import { comment } from '../check/pull-request.js';
import type { CheckRequest } from '../check/request.js';
import { finding, hasErrors, type Finding } from '../findings/findings.js';
import { appendReport, writeReport } from '../io/report-file.js';
import { paintFor } from '../io/screen.js';
import { annotations } from '../report/annotations.js';
import { checkMarkdown } from '../report/check-markdown.js';
import { checkText } from '../report/check-text.js';
import { junit } from '../report/junit.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { runnerOutputs, type RunnerOutputs } from '../text/runner-outputs.js';
import { harmless, terminal } from '../text/terminal.js';

/** @returns what was found */
export async function runCheck(
  args: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { secrets, screen, manners, width, wrapAt, colourful, print, printBeside } = context;
  const { check, request } = await checkPlace(args[0] ?? '', context);
  const result = await tellGitHub(check, request, context);
  if (request.junit !== null) await writeReport(request.junit, junit(result), secrets);
  const markdown = checkMarkdown(result, request.title);
  if (request.markdown !== null && request.markdown !== '-')
    await writeReport(request.markdown, markdown, secrets);
  screen.stop();
  if (manners.json) print(jsonText(result));
  else if (request.markdown === '-') print(harmless(markdown));
  else {
    const options = { paint: paintFor(colourful), width, wrapAt, verbose: manners.verbose };
    print(terminal(result, (shown) => checkText(shown, options)));
  }
  // GitHub reads both streams; a document stays one document.
  const beside = manners.json || request.markdown === '-';
  if (request.github) (beside ? printBeside : print)(annotations(result.findings));
  return result.findings;
}

/** Comment, job summary and outputs. A comment that could not be written becomes a finding. */
async function tellGitHub(
  judged: Check,
  { github, comment: wanted, title }: CheckRequest,
  { environment, secrets, signal }: Pick<CommandContext, 'environment' | 'secrets' | 'signal'>,
): Promise<Check> {
  const markdown = checkMarkdown(judged, title);
  const because = wanted ? await comment(markdown, title, { environment, secrets, signal }) : null;
  const result =
    because === null
      ? judged
      : { ...judged, findings: [...judged.findings, finding('comment-not-written', { because })] };
  if (!github) return result;
  const { GITHUB_STEP_SUMMARY: summary = '', GITHUB_OUTPUT: output = '' } = environment;
  if (summary !== '') await appendReport(summary, checkMarkdown(result, title), secrets);
  if (output !== '') await appendReport(output, outputs(result), secrets);
  return result;
}

/** For later steps of a job: `NAME=VALUE` lines. */
function outputs(result: Check): RunnerOutputs {
  const { measured, difference } = result;
  const { zipped, unzipped, tmp } = measured.sizes;
  const growth = difference === null ? '' : footprint(difference.growth);
  return runnerOutputs({ ok: !hasErrors(result.findings), zipped, unzipped, tmp, growth });
}
