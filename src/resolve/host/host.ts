/**
 * Resolving on this machine with wheels only, the same steps for uv and pip: build local projects, decide (pins), look
 * at what was decided, and install into a cache entry that the pins name. An unchanged decision installs nothing.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import picomatch from 'picomatch';
import { SlimError, throwIfAborted } from '../../errors.js';
import { finding, type Finding } from '../../findings/findings.js';
import { cacheKey } from '../../text/cache-key.js';
import type { RunResult } from '../../io/run.js';
import type { BuildRequest, Target } from '../../model.js';
import type { StepProgress } from '../../progress.js';
import { withoutCuda, type CudaAnswer } from '../cuda.js';
import { explainFailure } from './explain.js';
import { writeLines, type CollectedInputs } from '../inputs/input-lines.js';
import { checkHashes } from './check-hashes.js';
import { namesWithIndex, pinLines, treeKey, type Pin } from '../pins.js';
import { hashFile } from '../../io/hash.js';
import { buildWheel, type Builder } from '../inputs/projects.js';
import type { ResolvedTree } from '../resolver.js';
import type { World } from '../../world.js';
import type { ToolRun } from '../tools.js';
import { hideSecrets, verifyTree } from '../tree.js';
import { fits } from '../../python/wheels.js';
import type { HostTool } from './tool.js';

/** @throws SlimError see `Resolver` */
export async function resolveOnHost(
  host: HostTool,
  builders: () => Promise<readonly Builder[]>,
  given: CollectedInputs,
  request: BuildRequest,
  target: Target,
  context: World,
  step: StepProgress,
): Promise<ResolvedTree> {
  if (given.compiles) {
    throw new SlimError('no-wheel', 'The requirements ask for a package to be compiled (--no-binary).', {
      hint: 'Compile it for Lambda in a container: --resolver docker. Or remove the --no-binary line.',
    });
  }
  const run: ToolRun = {
    cwd: request.folder,
    environment: context.environment,
    note: (text) => step.note(text),
    signal: context.signal,
  };
  const inputs = await withWheels(given, builders, target, context, step);
  const fail = (result: RunResult): Promise<SlimError> =>
    explainFailure({
      result,
      inputs,
      target,
      host,
      environment: context.environment,
      signal: context.signal,
      cacheRoot: context.cache.root,
    });
  const decision = await decideOnce(host, inputs, request, target, context, run, fail);
  await checkHashes(decision.pins, inputs, target, host.name, context.environment);
  refuseFromElsewhere(decision.pins, inputs);
  const key = treeKey(decision.pins, target, host.label);
  const entry = await context.cache.folder('trees', key, async (folder) => {
    const file = path.join(inputs.folder, 'pins.txt');
    const byFile = host.name === 'uv' ? namesWithIndex(inputs.lines) : undefined;
    const lines = pinLines(decision.pins, inputs.lines, byFile);
    await writeFile(file, [...installOptions(host.name, inputs), ...lines, ''].join('\n'), { mode: 0o600 });
    const hashes = decision.pins.every((pin) => pin.hash !== null);
    if (decision.pins.length > 0) {
      const result = await host.install(file, folder, { cpu: decision.cpu, hashes, run }, inputs);
      if (!result.ok) throw await fail(result);
    }
    await verifyTree(folder, target);
    await hideSecrets(folder, context.environment);
  });
  throwIfAborted(context.signal);
  return {
    root: entry.path,
    resolverVersion: host.label,
    key,
    findings: [...host.findings, ...decision.findings, ...ignoredSettings(host.name, inputs)],
  };
}

/** pip has no other way to an index of single names than to ask it for all; hashes keep it to the right files. */
function installOptions(host: HostTool['name'], { options, lines }: CollectedInputs): readonly string[] {
  if (host === 'uv') return options;
  const urls = lines.flatMap((line) =>
    'text' in line && line.index !== undefined ? [`--extra-index-url ${line.index.url}`] : [],
  );
  return [...options, ...new Set(urls)];
}

/**
 * Names that the project gives to one index are told to uv one by one, which leaves out those that only another package
 * asks for: these are looked at here.
 * @throws SlimError `resolution-failed`
 */
function refuseFromElsewhere(pins: readonly Pin[], { owned, lines, exact }: CollectedInputs): void {
  if (exact) return;
  const told = namesWithIndex(lines);
  for (const pin of pins) {
    const owner = owned.find(({ glob }) => picomatch.isMatch(pin.name, glob));
    if (owner === undefined || pin.direct || told.has(pin.name)) continue;
    throw new SlimError(
      'resolution-failed',
      `${pin.name} is to come from the index "${owner.index.name}", and only another package asks for it.`,
      { hint: `Add ${pin.name} to the project's dependencies, or lock the project with its own tool.` },
    );
  }
}

function ignoredSettings(host: HostTool['name'], { uv }: CollectedInputs): readonly Finding[] {
  return host === 'uv' && uv.ignored !== null ? [finding('wheel-in-place-of-source', uv.ignored)] : [];
}

/** A lock always gives the same decision: it is asked for once and then read from the cache. */
async function decideOnce(
  host: HostTool,
  inputs: CollectedInputs,
  request: BuildRequest,
  target: Target,
  context: World,
  run: ToolRun,
  fail: (result: RunResult) => Promise<SlimError>,
): Promise<CudaAnswer> {
  const decided = (): Promise<CudaAnswer> => decide(host, inputs, request, run, fail);
  // A direct URL may hold a secret: such a decision is never stored.
  const direct = inputs.lines.some(
    (line) => !('text' in line) || line.text.includes('://') || line.index !== undefined,
  );
  if (!inputs.locked || direct) return decided();
  const key = cacheKey({
    format: 1,
    digest: inputs.digest,
    target: [target.python, target.architecture, target.glibc],
    tool: host.label,
    torch: request.torchBackend,
  });
  const entry = await context.cache.folder('pins', key, async (folder) => {
    const { pins, ...rest } = await decided();
    const safe = { ...rest, pins: pins.map((pin) => ({ ...pin, url: '' })) };
    await writeFile(path.join(folder, 'pins.json'), JSON.stringify(safe));
  });
  return JSON.parse(await readFile(path.join(entry.path, 'pins.json'), 'utf8')) as CudaAnswer;
}

async function decide(
  host: HostTool,
  inputs: CollectedInputs,
  request: BuildRequest,
  run: ToolRun,
  fail: (result: RunResult) => Promise<SlimError>,
): Promise<CudaAnswer> {
  const first = await host.pin(inputs, { cpu: false, run });
  if (!first.ok) throw await fail(first.result);
  return withoutCuda({
    pins: first.pins,
    backend: request.torchBackend,
    askForCpu: () => host.pin(inputs, { cpu: true, run }),
    environment: run.environment,
  });
}

/** Local wheels are checked, projects are built, and the files then name wheels only. */
async function withWheels(
  inputs: CollectedInputs,
  builders: () => Promise<readonly Builder[]>,
  target: Target,
  context: World,
  step: StepProgress,
): Promise<CollectedInputs> {
  for (const line of inputs.lines) {
    const file = 'text' in line ? /\/([^/\s]+\.whl)(?=\s|$)/.exec(line.text)?.[1] : undefined;
    if (file === undefined) continue;
    const name = decodeURIComponent(file);
    const fit = fits(name, target);
    // A marker may leave it out; only pip and uv judge markers.
    if (fit.fits || ('text' in line && line.text.includes(' ; '))) continue;
    throw new SlimError('no-wheel', `${name} does not fit: ${fit.because}.`, {
      hint: `Name a wheel for CPython ${target.python}, ${target.architecture}, glibc ${target.glibc} or older.`,
    });
  }
  if (inputs.projects.length === 0) return inputs;
  const needsHashes = inputs.lines.some((line) => 'text' in line && line.text.includes('--hash'));
  const wheels = new Map<string, { url: string; name: string; hash: string }>();
  const written = new Map(inputs.written);
  for (const project of inputs.projects) {
    step.note(`building ${project.written}`);
    const wheel = await buildWheel(project, await builders(), target, context, (text) => step.note(text));
    const hash = needsHashes ? ` --hash=sha256:${await hashFile(wheel)}` : '';
    const name = path.basename(wheel).split('-')[0] ?? '';
    written.set(wheel, project.written);
    wheels.set(project.copy, { url: pathToFileURL(wheel).href, name, hash });
  }
  const lines = inputs.lines.map((line) => {
    if ('text' in line) return line;
    const wheel = wheels.get(line.project.copy);
    const marker = line.marker === '' ? '' : ` ; ${line.marker}`;
    const text = `${wheel?.name ?? ''}${line.extras} @ ${wheel?.url ?? ''}${marker}${wheel?.hash ?? ''}`;
    return { text, origin: line.origin };
  });
  const file = path.join(inputs.folder, 'requirements-built.txt');
  await writeLines(file, inputs.options, lines);
  return { ...inputs, files: [file], lines, projects: [], written };
}
