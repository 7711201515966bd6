import type { Recipe } from './recipe.js';

export default {
  name: 'jax',
  source: 'wheels jax and jaxlib 0.12.0.1 (CPython 3.13) and 0.8.3 (CPython 3.12), x86_64, measured 2026-11',
  provedOn: '>=0.8.3,<0.13',
  rules: [
    {
      name: 'test-support',
      files: ['jax/_src/internal_test_util/**'],
      because: "data and helpers for JAX's own tests; no other module imports them",
    },
  ],
  probe: `
import os
os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import jax.numpy as jnp
import numpy as np

x = jnp.arange(6.0).reshape(2, 3)
f = jax.jit(lambda w, x: jnp.tanh(x @ w).sum())
w = jnp.ones((3, 2)) / 10
assert np.isclose(f(w, x), np.tanh(np.asarray(x) @ np.asarray(w)).sum(), atol=1e-5)
g = jax.grad(f)(w, x)
assert g.shape == (3, 2) and bool(jnp.isfinite(g).all())
assert jax.vmap(lambda v: v.sum())(x).tolist() == [3.0, 12.0]
total, _ = jax.lax.scan(lambda c, v: (c + v, c), 0.0, jnp.arange(4.0))
assert total == 6.0
key = jax.random.key(0)
assert jax.random.normal(key, (3,)).shape == (3,)
a = jnp.array([[4.0, 1.0], [1.0, 3.0]])
assert np.allclose(jnp.linalg.inv(a) @ a, np.eye(2), atol=1e-5)
u, s, vt = jnp.linalg.svd(a)
assert np.allclose(u * s @ vt, a, atol=1e-5)
assert np.allclose(jnp.fft.ifft(jnp.fft.fft(x[0])).real, x[0], atol=1e-5)
assert jax.nn.softmax(jnp.zeros(2)).tolist() == [0.5, 0.5]
conv = jax.lax.conv(jnp.ones((1, 1, 4, 4)), jnp.ones((1, 1, 3, 3)), (1, 1), "SAME")
assert conv[0, 0, 1, 1] == 9.0
leaves, tree = jax.tree.flatten({"a": 1, "b": [2, 3]})
assert leaves == [1, 2, 3] and jax.tree.unflatten(tree, leaves)["b"] == [2, 3]
from jax import export
assert np.isclose(export.export(f)(w, x).call(w, x), f(w, x))
`,
} satisfies Recipe;
