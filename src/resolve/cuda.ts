/** Lambda has no GPU: noticing CUDA builds of PyTorch before gigabytes are downloaded. */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SlimError } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import type { RunResult } from '../io/run.js';
import { bytesText } from '../text/units.js';
import type { Pin } from './pins.js';
import { lastLines } from './tools.js';
import type { Environment } from '../model.js';
import { withoutCredentials } from './secrets.js';

/**
 * The GPU packages that PyTorch brings; empty when torch is not there or is a CPU build. Others that need an nvidia
 * library (xgboost and its nccl) are left alone: recipes know whether anything links it.
 */
export function cudaPins(pins: readonly Pin[]): readonly Pin[] {
  const torch = pins.find((pin) => pin.name === 'torch');
  if (torch === undefined || /\+cpu/.test(torch.version)) return [];
  const gpu = pins.filter((pin) => /^(nvidia-|cuda-|triton$|pytorch-triton)/.test(pin.name));
  if (/\+(cu|rocm)/.test(torch.version)) return [torch, ...gpu];
  return gpu;
}

/** Bytes of their wheels as the index serves them (headers only); what is not told counts as 0. */
export async function cudaBytes(pins: readonly Pin[]): Promise<number> {
  const sizes = await Promise.all(pins.map((pin) => sizeOf(pin.url)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(url: string): Promise<number> {
  try {
    if (url.startsWith('file:')) return (await stat(fileURLToPath(url))).size;
    const { address, headers } = withoutCredentials(url);
    const answer = await fetch(address, { method: 'HEAD', headers, signal: AbortSignal.timeout(10_000) });
    return answer.ok ? Number(answer.headers.get('content-length') ?? 0) : 0;
  } catch {
    return 0;
  }
}

/** The fact for the report. */
export function cudaFinding(pins: readonly Pin[], bytes: number, resolved: 'cpu' | 'kept'): Finding {
  return finding('cuda-build', { distributions: pins.map((pin) => pin.name).sort(), bytes, resolved });
}

/** Only CUDA builds can be had here. @param second why the CPU index did not help; null when it answered with CUDA too */
export function cudaError(
  pins: readonly Pin[],
  cuda: readonly Pin[],
  bytes: number,
  second: RunResult | null,
  environment: Environment,
): SlimError {
  const version = (pins.find((pin) => pin.name === 'torch')?.version ?? 'X.Y.Z').replace(/\+.*/, '');
  const size = bytes === 0 ? '' : ` of ${bytesText(bytes)}`;
  return new SlimError(
    'resolution-failed',
    `torch ${version} brings ${cuda.length} CUDA packages${size}, which Lambda cannot use, and ${cpuIndex} did not give its CPU build.`,
    {
      hint: `Make ${cpuIndex} reachable; or put the CPU wheels in a folder and name it with --find-links in the requirements; or pin torch==${version}+cpu on your own index; or take the CUDA build all the same: --torch-backend keep.`,
      details: [
        cuda
          .map((pin) => `${pin.name} ${pin.version}`)
          .sort()
          .join(', '),
        ...(second === null ? [] : lastLines(second, environment, 6)),
      ],
    },
  );
}
/** Where PyTorch publishes its CPU builds. */

export const cpuIndex = 'https://download.pytorch.org/whl/cpu';
