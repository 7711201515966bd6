import type { Recipe } from './recipe.js';

export default {
  name: 'safetensors',
  source: 'wheel safetensors 0.8.0 (CPython 3.13), measured 2026-11',
  provedOn: '>=0.8,<0.9',
  // One compiled module and one small file for each framework: nothing to save, only to prove.
  rules: [],
  probe: `
import importlib.util, json, os, struct, tempfile
from safetensors import SafetensorError, deserialize, safe_open

values = struct.pack("<4f", 1, 2, 3, 4)
header = json.dumps({"__metadata__": {"k": "v"}, "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}).encode()
file = struct.pack("<Q", len(header)) + header + values
[(name, tensor)] = deserialize(file)
assert name == "a" and tensor["shape"] == [2, 2] and bytes(tensor["data"]) == values
try:
    deserialize(file[:-1])
except SafetensorError:
    pass
else:
    raise AssertionError("a torn file was taken")
if importlib.util.find_spec("numpy"):
    import numpy as np
    from safetensors.numpy import load, load_file, save, save_file
    path = os.path.join(tempfile.mkdtemp(), "t.safetensors")
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, 2], dtype=np.int64)}
    assert (load(save(tensors, {"k": "v"}))["a"] == tensors["a"]).all()
    save_file(tensors, path, {"k": "v"})
    assert (load_file(path)["b"] == tensors["b"]).all()
    with safe_open(path, framework="np") as f:
        assert f.metadata() == {"k": "v"} and sorted(f.keys()) == ["a", "b"]
        assert f.get_slice("a")[:, 1:].tolist() == [[1.0, 2.0], [4.0, 5.0]]
`,
} satisfies Recipe;
