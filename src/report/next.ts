/** The last lines of a build's report: what to do with what was made. Pure. */
import path from 'node:path';
import { isError } from '../findings/findings.js';
import { limits } from '../limits.js';
import type { Artifact, Manifest } from '../model.js';
import { defaultOut } from '../text/own-names.js';
import type { Paint } from '../text/paint.js';
import { quoted } from '../text/shell.js';
import { countText } from '../text/units.js';
import { wrap } from '../text/wrap.js';

/** A file that deploys what an earlier build made, and what writes it again. */
export interface Stale {
  readonly file: string;
  readonly command: string;
}

/**
 * One command a line, to be copied: they are never wrapped.
 * @param wrapAt columns at which a sentence breaks
 * @param program what the user types for this one, e.g. `npx lambda-slim`
 */
export function nextSteps(
  manifest: Manifest,
  out: string,
  { paint, wrapAt }: { readonly paint: Paint; readonly wrapAt: number },
  stale: readonly Stale[] = [],
  program = 'lambda-slim',
): readonly string[] {
  const errors = manifest.findings.filter(isError).length;
  if (errors > 0) {
    const said = `✖ ${countText(errors, 'error')} above: do not deploy this (exit code 1).`;
    return ['', paint.red(wrap(said, wrapAt, 2))];
  }
  const { nesting } = manifest.plan;
  // `--upload` has sent the payload: nobody is asked for it again.
  const isSent = ({ kind }: Artifact): boolean =>
    kind === 'payload' && (nesting?.s3?.bucket ?? null) !== null;
  const waiting = manifest.artifacts.filter((artifact) => !isSent(artifact));
  const commands = waiting.flatMap((artifact) => upload(artifact, out, manifest.target));
  if (nesting !== null && nesting.ephemeralStorage > limits.ephemeralStorage.default) {
    commands.push(
      `aws lambda update-function-configuration --function-name NAME --ephemeral-storage Size=${nesting.ephemeralStorage}`,
    );
  }
  if (nesting?.s3?.bucket === null) {
    commands.push(
      `aws lambda update-function-configuration --function-name NAME --environment "Variables={LAMBDA_SLIM_PAYLOAD=s3://BUCKET}"`,
    );
  }
  if (commands.length === 0) return [];
  const own = [
    ...ownSteps(manifest, waiting, out),
    ...stale.map(({ file, command }) => `${command}  # ${file} is for an earlier build`),
  ].map((line) => line.replace(/^lambda-slim(?= )/, program));
  const indent = (line: string): string => `  ${line}`;
  return ['', paint.dim('next'), ...own.map(indent), paint.dim('or by hand'), ...commands.map(indent)];
}

/** Our own commands: prove it, and for layers publish it. */
function ownSteps(
  { handler = null, handlers = [] }: Manifest,
  artifacts: readonly Artifact[],
  out: string,
): readonly string[] {
  const where = whereOf(out);
  const layers = artifacts.filter(({ kind }) => kind === 'layer');
  const bucket = artifacts.some(({ viaS3 }) => viaS3) ? ' --bucket BUCKET' : '';
  const hasCode = artifacts.some(({ kind }) => kind !== 'layer' && kind !== 'payload');
  // One command each; beyond a few, the first shows how.
  const all = (handler === null ? handlers : [handler]).slice(0, 4);
  return [
    `lambda-slim verify${where}`,
    ...(hasCode ? all : []).map((one) => `lambda-slim verify --handler ${quoted(one)}${where}`),
    ...(layers.length === 0
      ? []
      : [`lambda-slim publish-layer --name NAME${bucket} --attach FUNCTION${where}`]),
  ];
}

/** How the commands that come after are told of the folder: not at all where it is the one that they look into. */
function whereOf(out: string): string {
  if (out === defaultOut) return '';
  return path.posix.basename(out) === defaultOut
    ? ` ${quoted(path.posix.dirname(out))}`
    : ` --out ${quoted(out)}`;
}

function upload(artifact: Artifact, out: string, target: Manifest['target']): readonly string[] {
  const { file, kind, viaS3 } = artifact;
  if (kind === 'directory') return [];
  const place = quoted(`${out}/${file}`);
  const first = viaS3 ? [`aws s3 cp ${place} s3://BUCKET/${file}`] : [];
  if (kind === 'payload') return first;
  if (kind === 'function') {
    const code = viaS3 ? `--s3-bucket BUCKET --s3-key ${file}` : `--zip-file fileb://${place}`;
    return [...first, `aws lambda update-function-code --function-name NAME ${code}`];
  }
  const content = viaS3 ? `--content S3Bucket=BUCKET,S3Key=${file}` : `--zip-file fileb://${place}`;
  const name = file.replace(/^layer|\.zip$/g, '');
  const runtime = target.custom ? '' : ` --compatible-runtimes python${target.python}`;
  return [...first, `aws lambda publish-layer-version --layer-name NAME${name} ${content}${runtime}`];
}
