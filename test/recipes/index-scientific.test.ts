import { expect, test } from '@jest/globals';
import { versionIn } from '../../src/python/markers.js';
import { globs } from '../../src/prune/rules.js';
import { recipes } from '../../src/recipes/index.js';

/** Name of the rule of the distribution's recipe that drops `path` at the aggressive level; null: it stays. */
function dropper(distribution: string, version: string, path: string): string | null {
  const recipe = recipes.find((one) => one.name === distribution || one.alsoFor?.includes(distribution));
  const rule = recipe?.rules.find(
    (one) =>
      globs(one.files)(path) &&
      !globs(one.except ?? [])(path) &&
      (one.versions === undefined || versionIn(version, one.versions)),
  );
  return rule?.name ?? null;
}

// Names as they stand in the wheels. What looks alike and must stay is beside what goes.
test.each([
  ['numpy', '2.5.5', 'numpy/_core/_simd.cpython-313-x86_64-linux-gnu.so', 'test-modules'],
  ['numpy', '1.26.4', 'numpy/core/_simd.cpython-312-x86_64-linux-gnu.so', 'test-modules'],
  ['numpy', '2.5.5', 'numpy/_core/_multiarray_tests.cpython-313-x86_64-linux-gnu.so', null],
  ['numpy', '2.5.5', 'numpy/f2py/__init__.py', null],
  ['scipy', '1.18.1', 'scipy/special/_test_internal.cpython-313-x86_64-linux-gnu.so', 'test-modules'],
  ['scipy', '1.18.1', 'scipy/stats/_page_trend_test.py', null],
  ['scipy', '1.18.1', 'scipy/sparse/csgraph/_shortest_path.cpython-313-x86_64-linux-gnu.so', null],
  ['matplotlib', '3.11.2', 'matplotlib/mpl-data/fonts/ttf/DejaVuSerif-Bold.ttf', 'fonts'],
  ['matplotlib', '3.11.2', 'matplotlib/mpl-data/fonts/ttf/DejaVuSans-Bold.ttf', null],
  ['matplotlib', '3.11.2', 'matplotlib/mpl-data/fonts/ttf/DejaVuSansMono.ttf', null],
  ['matplotlib', '3.11.2', 'matplotlib/mpl-data/fonts/ttf/cmr10.ttf', null],
  ['matplotlib', '3.11.2', 'matplotlib/backends/backend_qtagg.py', 'windows'],
  ['matplotlib', '3.11.2', 'matplotlib/backends/backend_agg.py', null],
  ['pyarrow', '26.0.1', 'pyarrow/libarrow_python.so.2600.1.0', 'library-copies'],
  ['pyarrow', '26.0.1', 'pyarrow/libarrow_python.so', 'library-copies'],
  ['pyarrow', '26.0.1', 'pyarrow/libarrow_python.so.2600', null],
  ['pyarrow', '16.1.0', 'pyarrow/libarrow_python.so', null],
  ['pyarrow', '26.0.1', 'pyarrow/libarrow_flight.so.2600', 'flight'],
  ['pyarrow', '26.0.1', 'pyarrow/libarrow_substrait.so.2600', null],
  ['opencv-python', '5.0.0.93', 'opencv_python.libs/libQt5XcbQpa-bb93e554.so.5.15.19', 'qt-plug-ins'],
  ['opencv-python', '5.0.0.93', 'opencv_python.libs/libQt5Core-9088e21b.so.5.15.19', null],
  ['opencv-python', '5.0.0.93', 'opencv_python.libs/libxcb-xfixes-6de855b8.so.0.0.0', null],
  ['opencv-python-headless', '5.0.0.93', 'cv2/config-3.py', null],
  ['numba', '0.68.1', 'numba/np/ufunc/omppool.cpython-313-x86_64-linux-gnu.so', 'foreign-threading-layers'],
  ['numba', '0.68.1', 'numba/np/ufunc/workqueue.cpython-313-x86_64-linux-gnu.so', null],
  ['sympy', '1.14.0', 'sympy/physics/mechanics/body.py', 'physics'],
  ['sympy', '1.14.0', 'sympy/physics/units/quantities.py', null],
  ['sympy', '1.14.0', 'sympy/physics/quantum/trace.py', null],
  ['statsmodels', '0.15.0', 'statsmodels/datasets/randhie/src/randhie.csv', 'dataset-sources'],
  ['scikit-learn', '1.9.1', 'sklearn/datasets/data/iris.csv', null],
  ['scikit-image', '0.26.0', 'skimage/data/astronaut.png', 'sample-images'],
  ['scikit-image', '0.26.0', 'skimage/data/lbpcascade_frontalface_opencv.xml', null],
  ['pillow', '13.0.0', 'pillow.libs/libavif-c6062d5f.so.16.4.2', 'avif'],
])('%s %s: %s → %s', (distribution, version, path, rule) => {
  expect(dropper(distribution, version, path)).toBe(rule);
});
