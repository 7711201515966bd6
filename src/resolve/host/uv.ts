/**
 * uv as a host resolver: it answers in pylock form (the one fitting wheel of each package, with its hash), and
 * installs the pins by hard links from its own cache.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'smol-toml';
import { finding } from '../../findings/findings.js';
import type { RunResult } from '../../io/run.js';
import type { Target } from '../../model.js';
import type { HostTool, InstallInputs, PinOptions } from './tool.js';
import { fullVersion } from '../../python/marker-environment.js';
import { pinsOfPylock } from '../pins.js';
import { writeLines, type CollectedInputs } from '../inputs/input-lines.js';
import type { NamedIndex } from '../inputs/name-sources.js';
import { parsePylock } from '../inputs/pylock.js';
import { indexTable, settingsFolder } from '../inputs/uv-config.js';
import { splitRequirement } from '../../python/lines.js';
import { versionIn } from '../../python/markers.js';
import { findProgram, runTool, type Tool, type ToolRun } from '../tools.js';
import { machineTags } from '../../limits.js';

/** The first uv that can answer in pylock form. */
export const oldestUv = '0.7.0';

/** glibc minors for which uv has a platform (`uv pip install --help`, 0.13). */
const platformMinors = [40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28, 17];

/** uv's nearest platform at or below the target's glibc, or null below 2.17. `exact` tells whether it loses wheels. */
export function uvPlatform(target: Target): { readonly platform: string; readonly exact: boolean } | null {
  const ceiling = Number(target.glibc.split('.')[1]);
  const minor = platformMinors.find((one) => one <= ceiling);
  return minor === undefined
    ? null
    : { platform: `${machineTags[target.architecture]}-manylinux_2_${minor}`, exact: minor === ceiling };
}

/** @param tool from `findUv`, at least `oldestUv` */
export function uvTool(tool: Tool, target: Target): HostTool {
  const chosen = uvPlatform(target);
  const platform = chosen?.platform ?? `${machineTags[target.architecture]}-manylinux_2_17`;
  const common = [
    ...['--python-version', fullVersion(target.python), '--python-platform', platform],
    ...['--only-binary', ':all:'],
  ];
  const backend = (cpu: boolean): string[] => (cpu ? ['--torch-backend', 'cpu'] : []);
  return {
    name: 'uv',
    tool,
    label: `uv ${tool.version}`,
    findings:
      chosen?.exact === false
        ? [
            finding('wheels-not-seen', {
              because: `uv has no platform for glibc ${target.glibc}: wheels newer than ${platform} were not considered. pip would see them (--resolver pip).`,
            }),
          ]
        : [],
    async pin(inputs, options) {
      const output = path.join(inputs.folder, `pylock.${options.cpu ? 'cpu' : 'pins'}.toml`);
      await rm(output, { force: true });
      const place = await prepareFolder(inputs, inputs.uv.resolve, options.run);
      const { files, lines } = await withoutNamed(inputs);
      const args = [
        ...['pip', 'compile', '--format', 'pylock.toml', '--output-file', output],
        ...['--no-header', '--no-annotate', '--quiet', ...common, ...backend(options.cpu)],
        ...(inputs.exact ? exactly : []),
        ...network(options.network),
        ...inputs.constraints.flatMap((file) => ['--constraint', file]),
        ...[...files, ...(await namedProject(inputs, lines))],
      ];
      const result = await runUv(tool, args, { ...options.run, ...place, onOutputLine: () => {} });
      if (!result.ok) return { ok: false, result };
      const lock = parsePylock(await readFile(output, 'utf8'), 'the answer of uv');
      return { ok: true, pins: pinsOfPylock(lock) };
    },
    async install(file, folder, options, inputs) {
      const place = await prepareFolder(inputs, inputs.uv.install, options.run);
      const args = [
        ...['pip', 'install', '--target', folder, '--no-deps', ...common, ...backend(options.cpu)],
        ...network(options.network),
        ...(options.hashes ? ['--require-hashes'] : []),
        ...(inputs.exact ? exactly.slice(1) : []),
        ...['--requirements', file],
      ];
      const result = await runUv(tool, args, { ...options.run, ...place });
      // uv's lock on the target folder: not part of any distribution.
      await rm(path.join(folder, '.lock'), { force: true });
      return result;
    },
  };
}

/** A lock has all that its names need; its hashes say which file is meant, whichever index offers it. */
const exactly = ['--no-deps', '--index-strategy', 'unsafe-best-match'];

/** uv runs in our folder, with our settings. */
async function prepareFolder(
  { folder, uv }: InstallInputs,
  settings: string,
  { environment }: ToolRun,
): Promise<Pick<ToolRun, 'cwd' | 'env'>> {
  const { cwd, env } = await settingsFolder(settings, path.join(folder, 'uv'), environment);
  return { cwd, env: { ...uv.environment, ...env } };
}

type NamedLine = { readonly text: string; readonly index: NamedIndex };

/** Names with an index of their own cannot stand in a requirements file. */
async function withoutNamed(
  inputs: CollectedInputs,
): Promise<{ readonly files: readonly string[]; readonly lines: readonly NamedLine[] }> {
  const lines = inputs.lines.flatMap((line) =>
    'text' in line && line.index !== undefined ? [{ text: line.text, index: line.index }] : [],
  );
  if (lines.length === 0) return { files: inputs.files, lines };
  const file = path.join(inputs.folder, 'requirements-uv.txt');
  await writeLines(
    file,
    inputs.options,
    inputs.lines.filter((line) => !('text' in line) || line.index === undefined),
  );
  return { files: [file], lines };
}

/** A project that asks for them, with their indexes: only there can uv be told. */
async function namedProject(inputs: CollectedInputs, lines: readonly NamedLine[]): Promise<string[]> {
  if (lines.length === 0) return [];
  const indexes = lines.map(({ index }) => indexTable(index, inputs.uv.environment, {}));
  const requirement = (text: string): string => text.replace(/\s--hash[=\s].*$/, '');
  const project = {
    project: {
      name: 'lambda-slim-inputs',
      version: '0',
      dependencies: lines.map(({ text }) => requirement(text)),
    },
    tool: {
      uv: {
        sources: Object.fromEntries(
          lines.map(({ text }, at) => [
            splitRequirement(requirement(text)).name ?? '',
            { index: indexes[at]?.name ?? '' },
          ]),
        ),
        index: [...new Map(indexes.map((one) => [one.name, { ...one, explicit: true }])).values()],
      },
    },
  };
  const folder = path.join(inputs.folder, 'named');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'pyproject.toml');
  await writeFile(file, stringify(project), { mode: 0o600 });
  return [file];
}
const network = (wanted: PinOptions['network']): readonly string[] =>
  wanted === 'any' ? [] : [wanted === 'offline' ? '--offline' : '--refresh'];

/**
 * Run `uv pip …` with the first Python on PATH. Any will do, as the target's version and platform are given; without a name
 * uv asks every Python on PATH for its version, which took 2.9 s instead of 0.4 s where a version manager has many.
 */
async function runUv(tool: Tool, args: readonly string[], options: ToolRun): Promise<RunResult> {
  const { environment } = options;
  const python = (await findProgram('python3', environment)) ?? (await findProgram('python', environment));
  if (python !== null) {
    const result = await runTool(tool, [...args, '--python', python], options);
    const unusable = /Failed to inspect Python interpreter|No interpreter found/.test(result.stderr);
    if (result.ok || !unusable) return result;
  }
  return runTool(tool, args, options);
}

/** Is this uv new enough? */
export function uvIsUsable(tool: Tool): boolean {
  return versionIn(tool.version, `>=${oldestUv}`);
}
