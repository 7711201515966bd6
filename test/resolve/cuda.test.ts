import { Secrets } from '../../src/text/secrets.js';
import { describe, expect, test } from '@jest/globals';
import { withoutCuda, type CudaQuestion } from '../../src/resolve/cuda.js';
import type { Pin } from '../../src/resolve/pins.js';

const pin = (name: string, version: string): Pin => ({
  name,
  version,
  file: '',
  hash: null,
  url: '',
  direct: false,
});
const numpy = pin('numpy', '2.3.0');
const cuda = [numpy, pin('torch', '2.9.0'), pin('nvidia-cudnn', '9.1'), pin('triton', '3.5.0')];
const cpu = [numpy, pin('torch', '2.9.0+cpu')];

const ask = (pins: readonly Pin[], more: Partial<CudaQuestion> = {}) =>
  withoutCuda({
    pins,
    backend: 'cpu',
    offline: false,
    secrets: new Secrets(),
    web: () => Promise.reject(new Error('nobody answers')),
    askForCpu: () => {
      throw new Error('nobody asked');
    },
    ...more,
  });

describe('PyTorch’s CUDA builds', () => {
  test.each([
    ['not there', [numpy]],
    ['a CPU build already', cpu],
    ['of others than PyTorch', [numpy, pin('xgboost', '3.1'), pin('nvidia-nccl-cu12', '2.28')]],
  ])('%s: nothing is asked', async (_name, pins) => {
    expect(await ask(pins)).toEqual({ pins, cpu: false, findings: [] });
  });

  test('give way to the CPU builds', async () => {
    const answer = await ask(cuda, { askForCpu: () => Promise.resolve({ ok: true, pins: cpu }) });
    expect(answer).toMatchObject({ pins: cpu, cpu: true, findings: [{ code: 'cuda-build' }] });
  });

  test('stay with --torch-backend keep, and are told of', async () => {
    const answer = await ask(cuda, { backend: 'keep' });
    expect(answer).toMatchObject({ pins: cuda, cpu: false, findings: [{ code: 'cuda-build' }] });
    expect(answer.findings[0]?.args).toMatchObject({
      distributions: ['nvidia-cudnn', 'triton'],
      resolved: 'kept',
    });
  });

  test.each<[string, Awaited<ReturnType<CudaQuestion['askForCpu']>>]>([
    ['its index answers with CUDA, too', { ok: true, pins: cuda }],
    ['its index does not answer', { ok: false, result: null }],
  ])('are refused when %s', async (_name, second) => {
    await expect(ask(cuda, { askForCpu: () => Promise.resolve(second) })).rejects.toMatchObject({
      code: 'resolution-failed',
      hint: expect.stringContaining('torch==2.9.0+cpu'),
    });
  });
});
