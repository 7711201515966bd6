/**
 * pip as a host resolver. pip takes wheels of another platform but judges environment markers by the Python that runs
 * it, so it is started through templates/pip_target.py, which gives it the target's.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { templatePath } from '../../io/templates.js';
import type { Target } from '../../model.js';
import type { HostTool, PinOptions } from './tool.js';
import { fullVersion, markerEnvironment } from '../../python/marker-environment.js';
import { pinsOfReport } from '../pins.js';
import { versionIn } from '../../python/markers.js';
import { runTool, type Tool } from '../tools.js';
import { cpuIndex } from '../cuda.js';
import { deadEnd } from '../offline.js';

/** The first pip with `--dry-run` and `--report`. */
export const oldestPip = '22.2';

/** @param tool from `findPip`, at least `oldestPip` */
export function pipTool(tool: Tool, target: Target): HostTool {
  const patched = {
    ...tool,
    first: [templatePath('pip_target.py'), JSON.stringify(markerEnvironment(target))],
  };
  const common = [
    ...['install', '--no-user', '--no-compile', '--only-binary=:all:', '--no-warn-conflicts'],
    ...['--implementation', 'cp', '--python-version', fullVersion(target.python)],
    ...['--abi', `cp${target.python.replace('.', '')}`],
    ...target.platforms.flatMap((platform) => ['--platform', platform]),
  ];
  const backend = (cpu: boolean): string[] =>
    cpu ? ['--extra-index-url', cpuIndex, '--retries', '1', '--timeout', '15'] : [];
  return {
    name: 'pip',
    tool,
    label: `pip ${tool.version}`,
    findings: [],
    async pin(inputs, options) {
      const report = path.join(inputs.folder, 'report.json');
      const nowhere = path.join(inputs.folder, 'nowhere');
      await rm(report, { force: true });
      await mkdir(nowhere, { recursive: true });
      const args = [
        ...[...common, '--dry-run', '--ignore-installed', '--report', report, '--target', nowhere],
        ...backend(options.cpu),
        // A lock has all that its names need.
        ...(inputs.exact ? ['--no-deps'] : []),
        ...network(options.network),
        ...inputs.constraints.flatMap((file) => ['--constraint', file]),
        ...inputs.files.flatMap((file) => ['--requirement', file]),
      ];
      const result = await runTool(patched, args, options.run);
      if (!result.ok) return { ok: false, result };
      return { ok: true, pins: pinsOfReport(await readFile(report, 'utf8')) };
    },
    async install(file, folder, options) {
      const args = [
        ...[...common, '--no-deps', '--target', folder, ...backend(options.cpu)],
        ...network(options.network),
        ...(options.hashes ? ['--require-hashes'] : []),
        ...['--requirement', file],
      ];
      return runTool(patched, args, options.run);
    },
  };
}

/**
 * pip asks an index about each page anew, but has no way to do without: only links to local folders are left then. It
 * would still open pages of links and files by URL: these get no answer, at once.
 */
const network = (wanted: PinOptions['network']): readonly string[] =>
  wanted === 'offline' ? ['--no-index', '--proxy', deadEnd, '--retries', '0'] : [];

/** Is this pip new enough? */
export function pipIsUsable(tool: Tool): boolean {
  return versionIn(tool.version, `>=${oldestPip}`);
}
