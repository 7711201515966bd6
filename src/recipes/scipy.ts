import type { Recipe } from './recipe.js';

export default {
  name: 'scipy',
  source: 'wheels scipy 1.13.1, 1.15.2, 1.16.3, 1.18.1 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=1.13,<1.19',
  rules: [
    {
      name: 'test-modules',
      files: ['scipy/**/_test_*.so', 'scipy/ndimage/_ctest.*', 'scipy/ndimage/_cytest.*'],
      because: "Extension modules that only scipy's own test suite imports.",
    },
    {
      name: 'table-makers',
      files: ['scipy/special/_precompute/**'],
      because:
        'Scripts that computed the tables inside scipy.special; nothing imports them, and they import tests.',
    },
    {
      name: 'matrix-market',
      files: ['scipy/io/_fast_matrix_market/_fmm_core.*'],
      because: 'Reads and writes .mtx files and is imported only when one is opened.',
      level: 'aggressive',
      loses: 'scipy.io.mmread, mmwrite and mminfo',
      overVeto: true,
    },
  ],
  probe: `
import io
import numpy as np
from scipy import fft, integrate, interpolate, io as sio, linalg, ndimage, optimize, signal, sparse, spatial, special, stats
from scipy.cluster import hierarchy, vq
from scipy.sparse import csgraph, linalg as sparse_linalg

rng = np.random.default_rng(1)
a = rng.normal(size=(30, 30))
lu, piv = linalg.lu_factor(a)
assert np.allclose(a @ linalg.lu_solve((lu, piv), np.ones(30)), 1)
assert np.allclose(linalg.expm(np.zeros((3, 3))), np.eye(3))

m = sparse.random(200, 200, density=0.05, format='csr', random_state=0) + sparse.eye(200) * 5
x = sparse_linalg.spsolve(m.tocsc(), np.ones(200))
assert np.allclose(m @ x, 1)
assert sparse_linalg.eigsh(m @ m.T, k=2, return_eigenvectors=False).shape == (2,)
assert sparse_linalg.svds(m, k=2)[1].shape == (2,)
count, labels = csgraph.connected_components(m)
assert count >= 1 and len(labels) == 200
assert csgraph.shortest_path(m[:20, :20]).shape == (20, 20)

best = optimize.minimize(optimize.rosen, [1.3, 0.7], method='BFGS')
assert np.allclose(best.x, 1, atol=1e-3)
assert abs(optimize.brentq(np.cos, 1, 2) - np.pi / 2) < 1e-9
params, _ = optimize.curve_fit(lambda t, k: np.exp(-k * t), np.arange(5.0), np.exp(-0.5 * np.arange(5.0)))
assert abs(params[0] - 0.5) < 1e-6
plan = optimize.linprog([-1, -2], A_ub=[[1, 1]], b_ub=[4], bounds=[(0, 3), (0, 3)])
assert plan.status == 0 and abs(plan.fun + 7) < 1e-9
assert list(optimize.linear_sum_assignment([[4, 1], [2, 8]])[1]) == [1, 0]

assert abs(stats.norm.cdf(1.96) - 0.975) < 1e-4
assert stats.ttest_ind(rng.normal(size=50), rng.normal(2, 1, size=50)).pvalue < 0.01
assert stats.gaussian_kde(rng.normal(size=80))(0)[0] > 0
assert stats.spearmanr([1, 2, 3], [1, 2, 3])[0] > 0.99
assert stats.qmc.Sobol(2, seed=1).random(8).shape == (8, 2)

points = rng.random((50, 2))
assert spatial.cKDTree(points).query(points[7])[1] == 7
assert spatial.KDTree(points).query_ball_point([0.5, 0.5], 0.2) is not None
assert spatial.ConvexHull(points).volume <= 1
assert spatial.Delaunay(points).find_simplex([0.5, 0.5]) >= -1
assert spatial.distance.cdist(points, points, 'cosine').shape == (50, 50)
assert np.allclose(spatial.transform.Rotation.from_euler('z', 90, degrees=True).apply([1, 0, 0]), [0, 1, 0])

b, c = signal.butter(3, 0.2)
assert signal.filtfilt(b, c, rng.normal(size=100)).shape == (100,)
assert signal.find_peaks([0, 1, 0, 2, 0])[0].tolist() == [1, 3]
assert signal.resample(np.arange(10.0), 5).shape == (5,)
assert signal.stft(rng.normal(size=512))[2].ndim == 2

assert np.allclose(fft.ifft(fft.fft([1.0, 2.0, 3.0])).real, [1, 2, 3])
assert abs(integrate.quad(np.exp, 0, 1)[0] - (np.e - 1)) < 1e-9
assert integrate.solve_ivp(lambda t, y: -y, (0, 1), [1.0]).success
assert abs(interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5) - 2.25) < 0.2
assert interpolate.griddata(points, points[:, 0], [[0.5, 0.5]], method='nearest').shape == (1,)
assert abs(special.gamma(5) - 24) < 1e-9 and abs(special.erf(0)) < 1e-12
assert ndimage.gaussian_filter(a, 1).shape == a.shape
assert ndimage.label(a > 0)[1] >= 1
assert hierarchy.linkage(points, 'ward').shape == (49, 4)
assert vq.kmeans2(points, 3, minit='points', seed=1)[0].shape == (3, 2)

wav = io.BytesIO()
sio.wavfile.write(wav, 8000, (np.sin(np.arange(800) / 5) * 9000).astype(np.int16))
wav.seek(0)
assert sio.wavfile.read(wav)[0] == 8000
mat = io.BytesIO()
sio.savemat(mat, {'a': a})
mat.seek(0)
assert np.array_equal(sio.loadmat(mat)['a'], a)
`,
} satisfies Recipe;
