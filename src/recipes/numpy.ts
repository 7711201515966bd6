import type { Recipe } from './recipe.js';

// numpy.f2py looks like dead weight without a compiler, but `from numpy import *` imports it: it must stay.
export default {
  name: 'numpy',
  source: 'wheels numpy 1.26.4, 2.2.4, 2.3.5, 2.5.5 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=1.26,<2.6',
  rules: [
    {
      name: 'test-modules',
      files: [
        'numpy/{core,_core}/_simd.*',
        'numpy/{core,_core}/_rational_tests.*',
        'numpy/{core,_core}/_operand_flag_tests.*',
        'numpy/{core,_core}/_struct_ufunc_tests.*',
      ],
      because:
        "Extension modules that only numpy's own test suite imports; the vectorized code that numpy runs is inside _multiarray_umath.",
    },
  ],
  probe: `
import io
import numpy as np

rng = np.random.default_rng(7)
a = rng.normal(size=(40, 40))
q, r = np.linalg.qr(a)
assert np.allclose(q @ r, a)
assert np.allclose(np.linalg.inv(a) @ a, np.eye(40), atol=1e-6)
u, s, vt = np.linalg.svd(a)
assert np.allclose(u * s @ vt, a)
w, v = np.linalg.eigh(a @ a.T)
assert np.all(np.diff(w) >= 0)
x = rng.random(256)
assert np.allclose(np.fft.irfft(np.fft.rfft(x)), x)
legacy = np.random.RandomState(0)
assert abs(legacy.rand() - 0.5488135) < 1e-6
assert rng.choice(10, size=3, replace=False).shape == (3,)

buffer = io.BytesIO()
np.save(buffer, a)
buffer.seek(0)
assert np.array_equal(np.load(buffer), a)
buffer = io.BytesIO()
np.savez_compressed(buffer, a=a, names=np.array(['x', 'y']))
buffer.seek(0)
with np.load(buffer) as archive:
    assert archive['names'].tolist() == ['x', 'y']
table = np.genfromtxt(io.StringIO('1,2\\n3,4'), delimiter=',')
assert table.sum() == 10

assert np.ma.masked_invalid([1.0, np.nan]).mean() == 1.0
assert np.polynomial.Polynomial([1, 2])(2) == 5
assert np.einsum('ij,jk->ik', a, a).shape == (40, 40)
assert np.datetime64('2024-02-28') + np.timedelta64(2, 'D') == np.datetime64('2024-03-01')
assert np.char.upper(np.array(['a']))[0] == 'A'
np.testing.assert_allclose(np.quantile([1, 2, 3], 0.5), 2)
`,
} satisfies Recipe;
