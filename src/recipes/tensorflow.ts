import type { Recipe } from './recipe.js';

export default {
  name: 'tensorflow',
  alsoFor: ['tensorflow-cpu', 'tensorflow-cpu-aws'],
  source: 'wheels tensorflow-cpu 2.21.0 and 2.20.0 (CPython 3.12, x86_64), measured 2026-11',
  provedOn: '>=2.20,<2.22',
  rules: [
    {
      name: 'headers',
      files: ['tensorflow/include/**', 'tensorflow/xla_aot_runtime_src/**'],
      because:
        'C++ headers and sources, read by a compiler when an operator or an ahead-of-time program is built',
    },
    {
      name: 'unused-libraries',
      files: [
        'tensorflow/compiler/tf2xla/ops/_xla_ops.so',
        'tensorflow/python/framework/lib_native_proto_caster.so',
      ],
      because:
        'left from the build: no library needs them, no Python file names them, and their operators are in libtensorflow_cc too',
    },
    {
      name: 'own-tests',
      files: [
        'tensorflow/python/kernel_tests/**',
        'tensorflow/python/framework/test_ops.py',
        'tensorflow/python/autograph/impl/testing/**',
        'tensorflow/tools/pip_package/**',
      ],
      because: "helpers of TensorFlow's own tests and its setup.py",
    },
    {
      name: 'stablehlo',
      files: ['tensorflow/compiler/mlir/stablehlo/**'],
      because: 'bindings to the StableHLO compiler dialect, which no other module of TensorFlow imports',
      level: 'aggressive',
      loses: 'tensorflow.compiler.mlir.stablehlo (building StableHLO programs in Python)',
    },
  ],
  // sysconfig.get_link_flags() names one for building custom operations; load_library opens what its caller names.
  onlyNeeded: [
    'tensorflow/libtensorflow_{cc,framework}.so.2',
    'tensorflow/python/lib_pywrap_tensorflow_common.so',
    'tensorflow/lite/python/libpywrap_tflite_common.so',
  ],
  leaveOut: [
    {
      distribution: 'libclang',
      because: 'no module of TensorFlow imports clang; only its build does',
    },
    {
      distribution: 'setuptools',
      because: "only TensorFlow's own setup.py imports it",
    },
    {
      distribution: 'grpcio',
      because: 'only the remote debugger and the generated stubs of tf.distribute.experimental.rpc import it',
      level: 'aggressive',
      loses: "TensorFlow's remote debugger (tfdbg over gRPC)",
    },
    {
      distribution: 'tensorboard*',
      because: 'a program that shows logs; TensorFlow imports it when a summary is written',
      level: 'aggressive',
      loses: 'tf.summary and the TensorBoard callback',
    },
  ],
  probe: `
import os, tempfile
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(0)
x = np.random.rand(16, 8, 8, 1).astype("float32")
y = (np.arange(16) % 2).astype("int32")
model = tf.keras.Sequential([
    tf.keras.layers.Input((8, 8, 1)),
    tf.keras.layers.Conv2D(4, 3, activation="relu"),
    tf.keras.layers.BatchNormalization(),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(2),
])
model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(16).batch(8).map(lambda a, b: (a * 2.0, b)).prefetch(1)
assert np.isfinite(model.fit(data, epochs=1, verbose=0).history["loss"][0])
want = model.predict(x, verbose=0)
assert want.shape == (16, 2)
folder = tempfile.mkdtemp()
for name in ("m.keras", "m.h5"):
    path = os.path.join(folder, name)
    model.save(path)
    assert np.allclose(tf.keras.models.load_model(path).predict(x, verbose=0), want, atol=1e-5), name
weights = os.path.join(folder, "m.weights.h5")
model.save_weights(weights)
model.load_weights(weights)

class Module(tf.Module):
    def __init__(self):
        self.w = tf.Variable(tf.ones((3, 2)))
    @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32)])
    def __call__(self, v):
        v = tf.cond(tf.reduce_sum(v) > 0, lambda: v * 2.0, lambda: v)
        return tf.matmul(v, self.w)
module = Module()
saved = os.path.join(folder, "saved")
tf.saved_model.save(module, saved)
assert tf.saved_model.load(saved)(tf.ones((1, 3))).numpy().tolist() == [[6.0, 6.0]]
checkpoint = tf.train.Checkpoint(module=module)
checkpoint.restore(checkpoint.save(os.path.join(folder, "ckpt")))

with tf.GradientTape() as tape:
    value = tf.reduce_sum(tf.square(module.w))
assert tape.gradient(value, module.w).numpy().sum() == 12.0
png = tf.io.encode_png(tf.cast(tf.reshape(tf.range(48), (4, 4, 3)), tf.uint8))
assert tf.image.resize(tf.io.decode_image(png, expand_animations=False), (2, 2)).shape == (2, 2, 3)
a = tf.constant([[4.0, 1.0], [1.0, 3.0]])
assert np.allclose(tf.linalg.inv(a) @ a, np.eye(2), atol=1e-5)
assert np.allclose(tf.signal.ifft(tf.signal.fft(tf.cast([1.0, 2.0], tf.complex64))).numpy().real, [1.0, 2.0])
example = tf.train.Example(features=tf.train.Features(feature={"f": tf.train.Feature(float_list=tf.train.FloatList(value=[1.5]))}))
parsed = tf.io.parse_single_example(example.SerializeToString(), {"f": tf.io.FixedLenFeature([1], tf.float32)})
assert parsed["f"].numpy()[0] == 1.5
assert tf.strings.split("a b c").shape == (3,)
assert tf.ragged.constant([[1], [2, 3]]).to_tensor().shape == (2, 2)
assert tf.sparse.to_dense(tf.sparse.from_dense([[0, 1]])).numpy().tolist() == [[0, 1]]
words = tf.keras.layers.TextVectorization(output_sequence_length=3)
words.adapt(["to be or not to be"])
assert words(["to be"]).shape == (1, 3)
`,
} satisfies Recipe;
