import type { Recipe } from './recipe.js';

export default {
  name: 'h5py',
  source: 'wheels h5py 3.11.0, 3.13.0, 3.15.1, 3.16.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=3.11,<3.17',
  // Its modules all need each other and libhdf5: beyond tests there is nothing to save, only to prove.
  rules: [],
  probe: `
import io
import h5py
import numpy as np

buffer = io.BytesIO()
with h5py.File(buffer, 'w') as f:
    data = f.create_dataset('group/a', data=np.arange(1000.0).reshape(100, 10), chunks=True, compression='gzip', shuffle=True)
    data.attrs['unit'] = 'm'
    f['names'] = np.array(['x', 'y'], dtype=h5py.string_dtype())
    f['link'] = h5py.SoftLink('/group/a')
    f.create_dataset('grow', (0,), maxshape=(None,), dtype='i4').resize((5,))
buffer.seek(0)
with h5py.File(buffer, 'r') as f:
    assert f['group/a'][3:5, 2].tolist() == [32.0, 42.0]
    assert f['link'].attrs['unit'] == 'm'
    assert f['names'].asstr()[1] == 'y'
    assert f['grow'].shape == (5,)
    seen = []
    f.visit(seen.append)
    assert 'group/a' in seen
with h5py.File('core.h5', 'w', driver='core', backing_store=False) as f:
    f['b'] = 1
    assert f['b'][()] == 1
`,
} satisfies Recipe;
