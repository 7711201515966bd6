import type { Recipe } from './recipe.js';

export default {
  name: 'thinc',
  source: 'wheels thinc 8.3.14 and 8.3.11 (CPython 3.12, x86_64), measured 2026-11',
  provedOn: '>=8.3.11,<8.4',
  rules: [],
  leaveOut: [
    {
      distribution: 'setuptools',
      because: 'only building thinc needs it; no module imports it',
    },
  ],
  probe: `
import numpy
from thinc.api import Adam, Config, NumpyOps, Relu, Softmax, chain, get_current_ops, registry, set_dropout_rate

ops = get_current_ops()
assert isinstance(ops, NumpyOps) and numpy.allclose(ops.gemm(ops.asarray2f([[1.0, 2.0]]), ops.asarray2f([[3.0], [4.0]])), 11.0)
model = chain(Relu(nO=8), Softmax())
x = numpy.eye(4, dtype="float32")
y = numpy.eye(4, 2, dtype="float32") + numpy.eye(4, 2, -2, dtype="float32")
model.initialize(X=x, Y=y)
optimizer = Adam(0.05)
losses = []
for _ in range(60):
    guess, backprop = model.begin_update(x)
    losses.append(float(((guess - y) ** 2).sum()))
    backprop((guess - y) / 4)
    model.finish_update(optimizer)
assert losses[-1] < losses[0] / 2, losses
again = chain(Relu(nO=8), Softmax()).initialize(X=x, Y=y).from_bytes(model.to_bytes())
assert numpy.allclose(again.predict(x), model.predict(x))
set_dropout_rate(model, 0.1)
config = Config().from_str("[o]\\n@optimizers = Adam.v1\\nlearn_rate = 0.1\\n")
assert registry.resolve(config)["o"].learn_rate == 0.1
`,
} satisfies Recipe;
