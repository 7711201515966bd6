/** Lambda has no GPU: noticing CUDA builds of PyTorch before gigabytes are downloaded. */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SlimError } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import type { RunResult } from '../io/run.js';
import { bytesText } from '../text/units.js';
import type { Pin } from './pins.js';
import { lastLines } from './tools.js';
import type { BuildRequest } from '../model.js';
import type { Secrets } from '../text/secrets.js';
import type { Web } from './web.js';

/** Where PyTorch publishes its CPU builds. */
export const cpuIndex = 'https://download.pytorch.org/whl/cpu';

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

export interface CudaQuestion {
  /** What was resolved as it was asked for. */
  readonly pins: readonly Pin[];
  /** `--torch-backend`. */
  readonly backend: BuildRequest['torchBackend'];
  /** Resolve once more with PyTorch's CPU index. */
  readonly askForCpu: () => Promise<
    | { readonly ok: true; readonly pins: readonly Pin[] }
    | { readonly ok: false; readonly result: RunResult | null }
  >;
  /** No index may be asked. */
  readonly offline: boolean;
  readonly secrets: Secrets;
  readonly web: Web;
}

export interface CudaAnswer {
  /** What to install. */
  readonly pins: readonly Pin[];
  /** PyTorch's CPU builds were taken. */
  readonly cpu: boolean;
  readonly findings: readonly Finding[];
}

/**
 * The CPU builds in place of CUDA ones, where the request does not ask for them.
 * @throws SlimError `container-failed`, `bad-requirements`, `hash-mismatch`, `index-unreachable`,
 *   `resolution-failed` when only CUDA builds can be had, `not-in-cache` (offline); what `askForCpu` throws, and those of the resolver
 */
export async function withoutCuda(question: CudaQuestion): Promise<CudaAnswer> {
  const { pins, backend, secrets } = question;
  const cuda = cudaPins(pins);
  if (cuda.length === 0) return { pins, cpu: false, findings: [] };
  const bytes = await cudaBytes(cuda, question);
  if (backend === 'keep') return { pins, cpu: false, findings: [cudaFinding(cuda, bytes, 'kept')] };
  const second = await question.askForCpu();
  if (second.ok && cudaPins(second.pins).length === 0) {
    return { pins: second.pins, cpu: true, findings: [cudaFinding(cuda, bytes, 'cpu')] };
  }
  if (question.offline) throw cpuNotInCache(cuda);
  throw cudaError(pins, cuda, bytes, second.ok ? null : second.result, secrets);
}

/** Bytes of their wheels as the index tells them, or serves them (headers only); what is not told counts as 0. */
async function cudaBytes(pins: readonly Pin[], { offline, web }: CudaQuestion): Promise<number> {
  const sizes = await Promise.all(
    pins.map(async (pin) => pin.size ?? (await sizeOf(pin.url, offline ? null : web))),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(url: string, web: Web | null): Promise<number> {
  try {
    if (url.startsWith('file:')) return (await stat(fileURLToPath(url))).size;
    if (url === '' || web === null) return 0;
    const answer = await web(url, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
    return answer.ok ? Number(answer.headers.get('content-length') ?? 0) : 0;
  } catch {
    return 0;
  }
}

/** The fact for the report. */
function cudaFinding(pins: readonly Pin[], bytes: number, resolved: 'cpu' | 'kept'): Finding {
  return finding('cuda-build', { distributions: pins.map((pin) => pin.name).sort(), bytes, resolved });
}

function cpuNotInCache(cuda: readonly Pin[]): SlimError {
  return new SlimError(
    'not-in-cache',
    `The CPU build of torch is not in the cache: what is there brings ${cuda.length} CUDA packages.`,
    { hint: 'Build once without --offline; or take the CUDA build all the same: --torch-backend keep.' },
  );
}

/** Only CUDA builds can be had here. @param second why the CPU index did not help; null when it is not known, or it answered with CUDA too */
function cudaError(
  pins: readonly Pin[],
  cuda: readonly Pin[],
  bytes: number,
  second: RunResult | null,
  secrets: Secrets,
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
        ...(second === null ? [] : lastLines(second, secrets, 6)),
      ],
    },
  );
}
