import type { Recipe } from './recipe.js';

export default {
  name: 'keras',
  source:
    'wheels keras 3.15.1 (with tensorflow-cpu 2.21.0) and 3.12.4 (with tensorflow-cpu 2.20.0 and with jax 0.8.3), CPython 3.12, measured 2026-11',
  provedOn: '>=3.12.4,<3.16',
  rules: [
    {
      name: 'own-tests',
      files: ['keras/src/**/*_test.py', 'keras/src/testing/**'],
      because: "Keras's own test modules lie between its sources; no module that works imports them",
    },
  ],
  probe: `
import importlib.util, os, tempfile, unittest
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# Keras asks for no backend: take the one that is set, else one that is there; the one on numpy needs scipy.
needs = {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax", "numpy": "scipy"}
backend = os.environ.get("KERAS_BACKEND") or next((name for name, module in needs.items() if importlib.util.find_spec(module)), None)
if backend is None:
    raise unittest.SkipTest("no backend of Keras is installed")
os.environ["KERAS_BACKEND"] = backend
import numpy as np
import keras

x = np.random.default_rng(0).random((4, 8, 8, 1)).astype("float32")
inputs = keras.Input((8, 8, 1))
hidden = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
hidden = keras.layers.MaxPooling2D()(hidden)
outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(hidden))
model = keras.Model(inputs, outputs)
want = model.predict(x, verbose=0)
assert want.shape == (4, 2) and np.allclose(want.sum(1), 1, atol=1e-5)
model.summary(print_fn=lambda text: None)
folder = tempfile.mkdtemp()
path = os.path.join(folder, "m.keras")
model.save(path)
assert np.allclose(keras.saving.load_model(path).predict(x, verbose=0), want, atol=1e-5)
weights = os.path.join(folder, "m.weights.h5")
model.save_weights(weights)
model.load_weights(weights)
assert keras.models.model_from_json(model.to_json()).count_params() == model.count_params()
assert keras.ops.convert_to_numpy(keras.ops.softmax(np.zeros(2))).tolist() == [0.5, 0.5]
assert keras.utils.to_categorical([0, 1]).tolist() == [[1.0, 0.0], [0.0, 1.0]]
assert keras.applications.mobilenet_v2.preprocess_input(np.zeros((1, 2, 2, 3))).min() == -1.0
loss = keras.losses.CategoricalCrossentropy()(np.array([[1.0, 0.0]]), np.array([[0.9, 0.1]]))
assert 0.1 < float(loss) < 0.11
`,
} satisfies Recipe;
