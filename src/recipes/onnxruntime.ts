import type { Recipe } from './recipe.js';

export default {
  name: 'onnxruntime',
  source: 'wheels onnxruntime 1.31.1 (CPython 3.13) and 1.23.2 (CPython 3.12), x86_64, measured 2026-11',
  provedOn: '>=1.23.2,<1.32',
  rules: [
    {
      name: 'c-library',
      files: ['onnxruntime/capi/libonnxruntime.so*'],
      because:
        'the library for C programs; the Python module holds the same code and neither needs nor opens it',
    },
    {
      name: 'model-tools',
      files: [
        'onnxruntime/tools/**',
        'onnxruntime/transformers/**',
        'onnxruntime/quantization/**',
        'onnxruntime/datasets/**',
      ],
      because:
        'tools that prepare a model before it is deployed; running a model imports none of them, and most need the onnx package',
      level: 'aggressive',
      loses: 'onnxruntime.quantization, onnxruntime.transformers, onnxruntime.tools and the example models',
      overVeto: true,
    },
  ],
  leaveOut: [
    {
      distribution: 'protobuf',
      because: 'only the tools that prepare a model import it; the library reads models with its own copy',
      level: 'aggressive',
      loses: 'the parts of onnxruntime.tools and onnxruntime.transformers that edit models',
    },
    {
      distribution: 'flatbuffers',
      because: 'only the tools for the ORT model format and for quantization tables import it',
      level: 'aggressive',
      loses: 'the parts of onnxruntime.tools and onnxruntime.quantization that write flatbuffers',
    },
    {
      distribution: 'sympy',
      because: 'asked for by onnxruntime before 1.24, and imported by symbolic shape inference only',
      level: 'aggressive',
      loses: 'onnxruntime.tools.symbolic_shape_infer',
    },
    {
      distribution: 'coloredlogs',
      because:
        'asked for by onnxruntime before 1.24, and imported by the tools of onnxruntime.transformers only',
      level: 'aggressive',
      loses: "coloured logs of onnxruntime.transformers' tools",
    },
  ],
  probe: `
import base64
import numpy as np
import onnxruntime as ort

# Conv, Relu, GlobalAveragePool, Flatten, MatMul, Softmax; opset 13.
model = base64.b64decode(
    "CAcSADrtAgoiCgF4CgF3EgFjIgRDb252KhEKBHBhZHNAAUABQAFAAaABBwoMCgFjEgFyIgRSZWx1ChkKAXISAXAiEUdsb2JhbEF2ZXJhZ2VQ"
    "b29sCg8KAXASAWYiB0ZsYXR0ZW4KEgoBZgoCZmMSAW0iBk1hdE11bAolCgFtEgF5IgdTb2Z0bWF4KhQKBGF4aXMY////////////AaABAhIB"
    "ZypXCAIIAQgDCAMQAUIBd0pIAAAAAM3MzD3NzEw+mpmZPs3MzD4AAAA/mpkZPzMzMz/NzEw/ZmZmPwAAgD/NzIw/mpmZP2Zmpj8zM7M/AADA"
    "P83MzD+amdk/KiwIAggEEAFCAmZjSiAAAAAAAACAPwAAAEAAAEBAAACAQAAAoEAAAMBAAADgQFocCgF4EhcKFQgBEhEKAxIBbgoCCAEKAggE"
    "CgIIBGIUCgFtEg8KDQgBEgkKAxIBbgoCCARiFAoBeRIPCg0IARIJCgMSAW4KAggEQgQKABAN"
)
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 4
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
assert "CPUExecutionProvider" in ort.get_available_providers()
assert [i.name for i in session.get_inputs()] == ["x"] and session.get_outputs()[1].shape == ["n", 4]
for n in (1, 3):
    m, y = session.run(None, {"x": np.ones((n, 1, 4, 4), np.float32)})
    assert np.allclose(m, [[32.5, 43.125, 53.75, 64.375]] * n, rtol=1e-4), m
    assert y.argmax(1).tolist() == [3] * n
binding = session.io_binding()
binding.bind_ortvalue_input("x", ort.OrtValue.ortvalue_from_numpy(np.zeros((1, 1, 4, 4), np.float32)))
binding.bind_output("y")
session.run_with_iobinding(binding)
assert np.allclose(binding.copy_outputs_to_cpu()[0], 0.25)
try:
    session.run(None, {"x": np.zeros((1, 2), np.float32)})
except Exception as error:
    assert "INVALID_ARGUMENT" in str(error) or "Invalid" in str(error), error
else:
    raise AssertionError("a wrong shape was taken")
`,
} satisfies Recipe;
