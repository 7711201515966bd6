import type { Recipe } from './recipe.js';

export default {
  name: 'joblib',
  source: 'wheels joblib 1.4.2, 1.5.3, 1.6.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=1.4.2,<1.7',
  // Small, and its tests go by the base rules; loky, which lies in joblib/externals, is used at run time.
  rules: [],
  probe: `
import importlib.util
import io
import joblib
from joblib import Parallel, delayed

value = {'weights': list(range(1000)), 'name': 'model'}
if importlib.util.find_spec('numpy'):
    import numpy as np
    value['array'] = np.arange(1000.0)
for compress in [0, 3, ('gzip', 3), ('xz', 1)]:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, compress=compress)
    buffer.seek(0)
    again = joblib.load(buffer)
    assert again['weights'] == value['weights']
assert Parallel(n_jobs=2, backend='threading')(delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
assert Parallel(n_jobs=1)(delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
assert len(joblib.hash(value)) == 32
try:
    from joblib.externals import cloudpickle
except ImportError:
    import cloudpickle  # joblib 1.6 and later
assert cloudpickle.loads(cloudpickle.dumps(lambda n: n + 1))(1) == 2
`,
} satisfies Recipe;
