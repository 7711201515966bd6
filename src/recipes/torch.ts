import type { Recipe } from './recipe.js';

export default {
  name: 'torch',
  source: 'wheel torch 2.13.0+cpu (CPython 3.11, x86_64), measured 2026-11',
  provedOn: '>=2.13,<2.14',
  rules: [
    {
      name: 'test-programs',
      files: ['torch/test/**', 'torch/bin/**'],
      except: ['torch/bin/torch_shm_manager'],
      because:
        'compiled test programs of the C++ library and protoc; of bin, only torch_shm_manager is looked for when torch is imported',
    },
    {
      name: 'test-libraries',
      files: [
        'torch/lib/libaoti_custom_ops.so',
        'torch/lib/libbackend_with_compiler.so',
        'torch/lib/libjitbackend_test.so',
        'torch/lib/libtorchbind_test.so',
      ],
      because: "plug-ins that only PyTorch's own test suite opens; no other library needs them",
    },
    {
      name: 'headers',
      files: [
        'torch/include/**',
        'torch/share/cmake/**',
        'torch/csrc/**',
        'torch/lib/libshm/**',
        'torch/lib/libshm_windows/**',
      ],
      because: 'C++ headers and CMake files, read by a compiler when an extension is built against torch',
    },
    {
      name: 'code-templates',
      files: ['torchgen/packaged/**'],
      because:
        'inputs of the generator that writes the sources of torch and of its back ends; read at build time',
    },
    {
      name: 'test-support',
      files: [
        'torch/testing/_internal/codegen/**',
        'torch/testing/_internal/common_methods_invocations.py',
        'torch/testing/_internal/common_modules.py',
        'torch/testing/_internal/common_nn.py',
        'torch/testing/_internal/common_optimizers.py',
        'torch/testing/_internal/common_quantiz*.py',
        'torch/testing/_internal/data/**',
        'torch/testing/_internal/distributed/_shard/**',
        'torch/testing/_internal/distributed/*_test.py',
        'torch/testing/_internal/distributed/nn/**',
        'torch/testing/_internal/distributed/rpc/**',
        'torch/testing/_internal/generated/**',
        'torch/testing/_internal/hop_db.py',
        'torch/testing/_internal/opinfo/definitions/**',
      ],
      because:
        "tables of inputs for PyTorch's own test suite; torch imports none of them, except a checking script for its developers (torch.distributed.tensor._ops.strategy_validation)",
      overVeto: true,
    },
  ],
  // Named in torch/_inductor/cpu_vec_isa.py for its compiler, which Lambda has not; torch/__init__.py looks for CUDA's.
  onlyNeeded: ['torch/lib/libtorch_cpu.so', 'torch/lib/libtorch_python.so'],
  leaveOut: [
    {
      distribution: 'setuptools',
      because:
        'only torch.utils.cpp_extension imports it, to compile C++ with a compiler that a function does not have',
    },
    {
      distribution: 'networkx',
      because: 'only the partitioner of torch.compile imports it',
      level: 'aggressive',
      loses: 'torch.compile of a function that needs gradients',
    },
    {
      distribution: 'jinja2',
      because: 'only code templates of torch.compile use it',
      level: 'aggressive',
      loses: 'torch.compile with max-autotune templates, and the debug page of torch.distributed',
    },
    {
      distribution: 'fsspec',
      because: 'only torch.distributed.checkpoint imports it, for remote folders',
      level: 'aggressive',
      loses: 'torch.distributed.checkpoint over fsspec',
    },
  ],
  probe: `
import io, os, tempfile
import torch, torch.nn as nn, torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8 * 16, 4)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.head(F.dropout(x.flatten(1), 0.1, self.training))
net = Net()
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
data = DataLoader(TensorDataset(torch.randn(16, 3, 8, 8), torch.arange(16) % 4), batch_size=8, shuffle=True)
losses = []
for _ in range(10):
    for x, y in data:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
assert losses[-1] < losses[0], losses

net.eval()
x = torch.randn(2, 3, 8, 8)
with torch.inference_mode():
    want = net(x)
traced = torch.jit.trace(net, x)
scripted = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
assert scripted(torch.ones(1, 4)).shape == (1, 4)
folder = tempfile.mkdtemp()
path = os.path.join(folder, "net.pt")
torch.jit.save(traced, path)
assert torch.allclose(torch.jit.load(path)(x), want, atol=1e-5)
buffer = io.BytesIO()
torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, buffer)
buffer.seek(0)
again = Net().eval()
again.load_state_dict(torch.load(buffer, weights_only=True)["net"])
assert torch.allclose(again(x), want, atol=1e-5)

a = torch.randn(6, 6, dtype=torch.float64)
u, s, vh = torch.linalg.svd(a)
assert torch.allclose(u @ torch.diag(s) @ vh, a)
assert torch.allclose(torch.linalg.inv(a) @ a, torch.eye(6, dtype=torch.float64), atol=1e-8)
assert torch.allclose(torch.fft.ifft(torch.fft.fft(a)).real, a)
assert torch.allclose(torch.einsum("ij,jk->ik", a, a), a @ a)
assert torch.from_numpy(a.numpy()).equal(a)
encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 1).eval()
assert encoder(torch.randn(2, 5, 16)).shape == (2, 5, 16)
lstm, _ = nn.LSTM(4, 8, batch_first=True)(torch.randn(2, 3, 4))
assert lstm.shape == (2, 3, 8)
q = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(8, 8)), {nn.Linear}, dtype=torch.qint8)
assert q(torch.randn(1, 8)).shape == (1, 8)
grad = torch.func.vmap(torch.func.grad(lambda v: (v ** 2).sum()))(torch.ones(3, 2))
assert grad.equal(torch.full((3, 2), 2.0))
normal = torch.distributions.Normal(0.0, 1.0)
assert abs(normal.log_prob(torch.tensor(0.0)).item() + 0.9189385) < 1e-5
with torch.autocast("cpu", dtype=torch.bfloat16):
    assert net(x).shape == (2, 4)
assert torch.sparse_coo_tensor([[0, 1], [1, 0]], [1.0, 2.0], (2, 2)).to_dense().sum() == 3
`,
} satisfies Recipe;
