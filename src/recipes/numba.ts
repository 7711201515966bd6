import type { Recipe } from './recipe.js';

export default {
  name: 'numba',
  source: 'wheels numba 0.59.1, 0.61.2, 0.63.1, 0.68.1 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=0.59,<0.69',
  rules: [
    {
      name: 'foreign-threading-layers',
      files: ['numba/np/ufunc/{tbbpool,omppool}.*'],
      because:
        'They need libtbb.so.12 and libgomp.so.1.0.0, which neither the wheel nor Lambda has; numba tries them in turn and takes its own layer, workqueue, when they do not load.',
      overVeto: true,
      without: ['tbb'],
    },
    {
      name: 'cuda',
      files: ['numba/cuda/**'],
      because:
        'Compiles for NVIDIA cards, and Lambda has none; numba imports it only when that target is asked for.',
      level: 'aggressive',
      loses: 'numba.cuda, also for code that only asks numba.cuda.is_available()',
      overVeto: true,
    },
  ],
  probe: `
import numba
import numpy as np
from numba import njit, prange, vectorize

@njit
def total(a):
    s = 0.0
    for v in a.flat:
        s += v * v
    return s

a = np.arange(1000.0).reshape(10, 100)
assert total(a) == (a * a).sum()
assert total.signatures

@vectorize(['float64(float64, float64)'])
def hypotenuse(x, y):
    return (x * x + y * y) ** 0.5

assert hypotenuse(np.array([3.0]), np.array([4.0]))[0] == 5.0

@njit(parallel=True)
def double(a):
    out = np.empty_like(a)
    for i in prange(a.size):
        out[i] = a[i] * 2
    return out

assert double(np.arange(100.0)).sum() == 9900
assert numba.threading_layer() in ('workqueue', 'omp', 'tbb')
`,
} satisfies Recipe;
