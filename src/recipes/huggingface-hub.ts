import type { Recipe } from './recipe.js';

export default {
  name: 'huggingface-hub',
  source: 'wheels huggingface_hub 2.4.0 (CPython 3.13) and 0.36.2 (CPython 3.12), measured 2026-11',
  provedOn: '>=0.36.2,<2.5',
  rules: [],
  leaveOut: [
    {
      distribution: 'hf-xet',
      because: 'speeds up transfers of large files; without it the hub is read over plain HTTP',
      level: 'aggressive',
      loses: 'fast Xet transfers from and uploads to the Hugging Face Hub',
    },
    {
      distribution: 'click',
      because: 'only the command line program imports it',
      level: 'aggressive',
      loses: 'the hf command',
    },
    {
      distribution: 'typer*',
      because: 'only the command line program imports it',
      level: 'aggressive',
      loses: 'the hf command',
    },
  ],
  probe: `
import os, tempfile
os.environ["HF_HUB_OFFLINE"] = "1"
home = tempfile.mkdtemp()
os.environ["HF_HOME"] = home
import huggingface_hub
from huggingface_hub import HfApi, ModelCard, hf_hub_download, hf_hub_url, scan_cache_dir, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

assert hf_hub_url("a/b", "c.bin").endswith("/a/b/resolve/main/c.bin")
# A model that was put into the cache before is found without network.
snapshot = os.path.join(home, "hub", "models--a--b", "snapshots", "0" * 40)
os.makedirs(snapshot)
os.makedirs(os.path.join(home, "hub", "models--a--b", "refs"))
with open(os.path.join(home, "hub", "models--a--b", "refs", "main"), "w") as f:
    f.write("0" * 40)
with open(os.path.join(snapshot, "config.json"), "w") as f:
    f.write("{}")
assert hf_hub_download("a/b", "config.json") == os.path.join(snapshot, "config.json")
assert snapshot_download("a/b") == snapshot
assert [repo.repo_id for repo in scan_cache_dir().repos] == ["a/b"]
try:
    hf_hub_download("a/b", "missing.bin")
except LocalEntryNotFoundError:
    pass
else:
    raise AssertionError("a file that is not there was found")
assert HfApi(token="x").token == "x"
assert ModelCard("---\\nlicense: mit\\n---\\n# T").data.license == "mit"
assert huggingface_hub.get_session() is not None
`,
} satisfies Recipe;
