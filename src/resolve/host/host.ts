/**
 * Resolving on this machine, the same steps for uv and pip: build local projects, decide (pins), build what is published as
 * source only, look at what was decided, and install into a cache entry that the pins name. The tools themselves take wheels
 * only. An unchanged decision installs nothing, and one in which all is pinned asks nobody.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { SlimError } from '../../errors.js';
import { finding, type Finding } from '../../findings/findings.js';
import type { RunResult } from '../../io/run.js';
import type { BuildRequest, Target } from '../../model.js';
import type { StepProgress } from '../../progress.js';
import { withoutCuda, type CudaAnswer } from '../cuda.js';
import { refuseCutLogin } from '../cut-login.js';
import { readPipConfig } from '../docker/pip-config.js';
import { openIndexes, type OpenIndexes } from '../indexes.js';
import { withNamedLogins } from '../named-logins.js';
import type { WheelOptions } from '../inputs/build-wheel.js';
import { exactNames, fileOptions, type CollectedInputs } from '../inputs/input-lines.js';
import { fileName } from '../inputs/pylock.js';
import { refuseBarred, refuseClaimed } from '../claims.js';
import { namesWithIndex, pinLines, treeKey, type Pin } from '../pins.js';
import { splitRequirement } from '../../python/lines.js';
import { checkHashes } from './check-hashes.js';
import type { ResolvedTree } from '../resolver.js';
import { lastLines, type ToolRun } from '../tools.js';
import { hideSecrets, verifyTree } from '../tree.js';
import { webOf } from '../web.js';
import type { World } from '../../world.js';
import { followDownloads, noteOf } from './downloads.js';
import { explainFailure, namedBy } from './explain.js';
import { fileLister } from './file-lister.js';
import { withLocalWheels } from './local-wheels.js';
import { isSettled, memoryKey, recall, remember } from './memory.js';
import { olderVersions } from './older.js';
import type { IndexFile } from './simple-page.js';
import { sourceWheels, type SourceWheels } from './source-wheels.js';
import type { HostTool, PinOptions } from './tool.js';
import { allowedVersions, hasWheel } from './versions.js';

/** What all steps of one resolve need. */
interface Setting {
  readonly host: HostTool;
  readonly request: BuildRequest;
  readonly target: Target;
  /** With the tokens of the indexes. */
  readonly context: World;
  readonly run: ToolRun;
  readonly network: PinOptions['network'];
  readonly reword: OpenIndexes['reword'];
  readonly filesOf: (name: string) => Promise<readonly IndexFile[]>;
}

/**
 * @throws SlimError `resolution-failed`, `hash-mismatch`, `index-unreachable`, `bad-requirements`, `needs-newer-python`,
 *   `container-failed`, `no-resolver`, `no-wheel`, `build-forbidden`, `not-confined`, `not-in-cache`, and what `openIndexes` throws
 */
export async function resolveOnHost(
  host: HostTool,
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
  const memory = await memoryKey(given, request, target, host.label, context.environment);
  const unchanged = await fromMemory(memory, host, request, context);
  if (unchanged !== null) return unchanged;
  if (host.name === 'pip')
    refuseCutLogin(Object.values(await readPipConfig(context.environment)).join(' '), "pip's configuration");
  const opened = await openFor(host, given, request, context);
  const setting = settingOf(
    host,
    request,
    target,
    { ...context, environment: opened.environment },
    opened,
    step,
  );
  const unconfined = new Set<string>();
  const options = {
    ...wheelOptions(setting, opened.inputs, (because) => unconfined.add(because)),
    note: (text: string) => step.note(text),
  };
  const local = await withLocalWheels(opened.inputs, options);
  const sources = sourceWheels(local.inputs, setting.filesOf, options);
  const decision = await decide(setting, local.inputs, sources);
  const inputs = await sources.apply(local.inputs);
  await checkHashes(decision.pins, inputs, target, host.name, setting.context);
  refuseFromElsewhere(decision.pins, inputs);
  refuseClaimed(decision.pins, inputs.claims, setting.context.environment);
  if (!inputs.exact) refuseBarred(decision.pins, inputs.barred, setting.context.environment);
  const key = treeKey(decision.pins, target, host.label);
  const entry = await context.cache.folder('trees', key, (folder) =>
    install(setting, inputs, decision, folder),
  );
  const exact = exactNames(inputs);
  const chosen = decision.pins.filter((pin) => !exact.has(pin.name) && !pin.direct);
  const built = [...local.built, ...sources.built.map(({ name, version }) => `${name} ${version}`)].sort();
  const findings: Finding[] = [
    ...decision.findings,
    ...ignoredSettings(host.name, inputs),
    ...builtFindings(built, unconfined),
    ...(await olderVersions(chosen, entry.path, inputs, target, setting.filesOf, request.buildSources)),
  ];
  await remember(memory, { treeKey: key, findings, settled: isSettled(decision.pins, exact) }, context);
  return { root: entry.path, resolverVersion: host.label, key, findings: [...host.findings, ...findings] };
}

/**
 * uv finds the login of an index by its name, pip in its address.
 * @throws SlimError `bad-requirements`, and what `openIndexes` throws
 */
async function openFor(
  host: HostTool,
  given: CollectedInputs,
  request: BuildRequest,
  context: World,
): Promise<OpenIndexes> {
  if (host.name === 'uv') {
    const [unknown] = /codeartifact:\/\/[^"'\s]+/i.exec(given.uv.resolve) ?? [];
    if (unknown === undefined) return openIndexes(given, request, context);
    throw new SlimError(
      'bad-requirements',
      `The project names ${unknown} as an index, which uv does not know.`,
      {
        hint: 'Name it with --index or as "indexes" of lambda-slim\'s config; in the project itself only the https address that CodeArtifact gives works for its own tools.',
      },
    );
  }
  const { inputs, environment } = await withNamedLogins(given, context);
  return openIndexes(inputs, request, { ...context, environment });
}

/** The tree of a decision that stands, without asking anybody; null when there is none. */
async function fromMemory(
  memory: string,
  host: HostTool,
  request: BuildRequest,
  context: World,
): Promise<ResolvedTree | null> {
  const known = await recall(memory, request, context);
  const tree = known === null ? null : await context.cache.find('trees', known.treeKey);
  if (known === null || tree === null) return null;
  const findings = [...host.findings, ...known.findings];
  return { root: tree.path, resolverVersion: host.label, key: known.treeKey, findings };
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

function wheelOptions(
  { host, request, target, context }: Setting,
  { options: indexes, uv, builds }: CollectedInputs,
  unconfined: WheelOptions['unconfined'],
): Omit<WheelOptions, 'note'> {
  const { buildSources: allowed, offline, confine } = request;
  return { builder: host, target, context, indexes, uv, builds, allowed, offline, confine, unconfined };
}

/** @param unconfined why package code ran without a sandbox, when it did */
function builtFindings(built: readonly string[], unconfined: ReadonlySet<string>): readonly Finding[] {
  return [
    ...(built.length === 0 ? [] : [finding('built-from-source', { distributions: built })]),
    ...[...unconfined].map((because) => finding('unconfined', { because })),
  ];
}

function ignoredSettings(host: HostTool['name'], { uv }: CollectedInputs): readonly Finding[] {
  return host === 'uv' && uv.ignored !== null ? [finding('wheel-in-place-of-source', uv.ignored)] : [];
}

function settingOf(
  host: HostTool,
  request: BuildRequest,
  target: Target,
  context: World,
  { inputs, reword }: OpenIndexes,
  step: StepProgress,
): Setting {
  const { environment, secrets, signal } = context;
  const note = (text: string): void => step.note(noteOf(text));
  const run: ToolRun = { cwd: request.folder, environment, secrets, note, signal };
  const filesOf = fileLister(host, inputs, request, context);
  const network = request.offline ? 'offline' : request.refresh ? 'refresh' : 'any';
  return { host, request, target, context, run, network, reword, filesOf };
}

async function install(
  setting: Setting,
  inputs: CollectedInputs,
  { pins, cpu }: CudaAnswer,
  folder: string,
): Promise<void> {
  const { host, context, target, network } = setting;
  const file = path.join(inputs.folder, 'pins.txt');
  const byFile = host.name === 'uv' ? namesWithIndex(inputs.lines) : undefined;
  const head = host.name === 'uv' ? inputs.options : fileOptions(inputs.options, inputs.lines);
  await writeFile(file, [...head, ...pinLines(pins, inputs.lines, byFile), ''].join('\n'), { mode: 0o600 });
  const hashes = pins.every((pin) => pin.hash !== null);
  if (pins.length > 0) {
    const downloads = followDownloads(pins, setting.run, context.progress);
    const options = { cpu, hashes, network, run: downloads.run };
    const result = await host.install(file, folder, options, inputs);
    downloads.end();
    if (!result.ok) throw await failureOf(setting, inputs, result);
  }
  await verifyTree(folder, target);
  await hideSecrets(folder, context.secrets);
}

async function failureOf(setting: Setting, inputs: CollectedInputs, result: RunResult): Promise<SlimError> {
  const { request, context, target, host, reword } = setting;
  const { environment, secrets, signal, cache } = context;
  if (request.offline) return notInCache(setting, inputs, result);
  const failure = { result, inputs, target, host, environment, secrets, signal, cacheRoot: cache.root };
  return reword(await explainFailure(failure));
}

function notInCache(
  { host, context }: Setting,
  { lines }: Pick<CollectedInputs, 'lines'>,
  result: RunResult,
): SlimError {
  const text = `${result.stderr}\n${result.stdout}`;
  const names = namedBy(text).map((one) => one.name);
  // uv names the file that it could not open, pip does not.
  const told = [...text.matchAll(/found in the cache(?: for)?: `?(https?:[^\s`]+)/g)].map(
    ([, url = '']) => url,
  );
  const direct = lines.flatMap((line) => {
    const url = 'text' in line ? splitRequirement(line.text.replace(/\s--hash[=\s].*$/, '')).url : null;
    return url !== null && /^https?:/i.test(url) ? [url] : [];
  });
  const files = (host.name === 'uv' ? told : direct).map(fileName);
  const missing = [...new Set(names.length > 0 ? names : files.filter((file) => file !== ''))];
  const which = missing.length === 0 ? 'Not all that is needed is' : `${missing.join(', ')} cannot be found`;
  return new SlimError('not-in-cache', `${which} in the cache.`, {
    hint:
      host.name === 'uv'
        ? 'Build once without --offline; then these requirements build offline, too.'
        : 'Build once without --offline; then these requirements build offline, too. pip itself cannot install from its cache offline; uv can.',
    details: lastLines(result, context.secrets),
  });
}

/** At most so many packages are built, one after the other: each needs a resolve to show that the next one is missing. */
const mostSources = 30;

async function decide(setting: Setting, given: CollectedInputs, sources: SourceWheels): Promise<CudaAnswer> {
  const { host, request, run, network } = setting;
  for (let round = 0; ; round++) {
    const inputs = await sources.apply(given);
    const first = await host.pin(inputs, { cpu: false, network, run });
    if (!first.ok) {
      const { result } = first;
      const more = round < mostSources && (await sources.buildFor(`${result.stderr}\n${result.stdout}`));
      if (more) continue;
      throw await failureOf(setting, inputs, result);
    }
    if (round < mostSources && (await lookBehind(setting, inputs, first.pins, sources))) continue;
    return withoutCuda({
      pins: first.pins,
      backend: request.torchBackend,
      askForCpu: () => host.pin(inputs, { cpu: true, network, run }),
      offline: request.offline,
      secrets: run.secrets,
      web: webOf(setting.context),
    });
  }
}

/**
 * A resolver that takes wheels only would rather take an old version of what was asked for than one that needs a package
 * without a wheel. The newest version is asked for; what is then missing is built.
 * @returns true when something was built
 */
async function lookBehind(
  setting: Setting,
  inputs: CollectedInputs,
  pins: readonly { readonly name: string; readonly version: string }[],
  sources: SourceWheels,
): Promise<boolean> {
  const { host, target, run, network, request } = setting;
  const exact = exactNames(inputs);
  if (request.offline || !request.buildSources) return false;
  for (const pin of pins) {
    if (!inputs.requested.includes(pin.name) || exact.has(pin.name)) continue;
    const asked = inputs.asked.filter((one) => one.name === pin.name).map((one) => one.specifier);
    const [newest] = allowedVersions(await setting.filesOf(pin.name), asked, target);
    if (newest === undefined || newest.version === pin.version || !hasWheel(newest, target)) continue;
    const constraint = path.join(inputs.folder, 'newest.txt');
    await writeFile(constraint, `${pin.name}==${newest.version}\n`);
    const constraints = [...inputs.constraints, constraint];
    const answer = await host.pin({ ...inputs, constraints }, { cpu: false, network, run });
    if (answer.ok) continue;
    if (await sources.buildFor(`${answer.result.stderr}\n${answer.result.stdout}`)) return true;
  }
  return false;
}
