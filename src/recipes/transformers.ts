import type { Recipe } from './recipe.js';

export default {
  name: 'transformers',
  source:
    'wheels transformers 5.23.0 (CPython 3.13; CPython 3.11 with torch 2.13.0) and 4.57.6 (CPython 3.12), measured 2026-11',
  provedOn: '>=4.57.6,<5.24',
  rules: [
    {
      name: 'modular-sources',
      files: ['transformers/models/*/modular_*.py'],
      because:
        'the text from which modeling files were generated; no module imports it, and the import table skips it',
    },
    {
      name: 'test-support',
      files: ['transformers/testing_utils.py'],
      because: "helpers for Transformers' own tests; no other module imports them",
    },
    {
      name: 'model-code',
      files: ['transformers/models/*/modeling_*.py'],
      except: ['transformers/models/auto/**'],
      because: 'model code runs on torch, which is not installed; the imports of it are lazy',
      level: 'aggressive',
      loses: 'the placeholder classes of models (BertModel …), which without torch only raise an error',
      overVeto: true,
      without: ['torch', 'tensorflow', 'tensorflow-cpu', 'flax'],
    },
    {
      name: 'tensorflow-model-code',
      files: ['transformers/models/*/modeling_tf_*.py'],
      except: ['transformers/models/auto/**'],
      because: 'model code that runs on TensorFlow, which is not installed; the imports of it are lazy',
      level: 'aggressive',
      loses:
        'the placeholder classes of TensorFlow models (TFBertModel …), which without it only raise an error',
      overVeto: true,
      versions: '<5',
      without: ['tensorflow', 'tensorflow-cpu'],
    },
    {
      name: 'flax-model-code',
      files: ['transformers/models/*/modeling_flax_*.py'],
      except: ['transformers/models/auto/**'],
      because: 'model code that runs on Flax, which is not installed; the imports of it are lazy',
      level: 'aggressive',
      loses: 'the placeholder classes of Flax models (FlaxBertModel …), which without it only raise an error',
      overVeto: true,
      versions: '<5',
      without: ['flax'],
    },
    {
      name: 'command-line',
      files: ['transformers/exporters/**', 'transformers/cli/**', 'transformers/commands/**'],
      because: 'command line programs and exporters; imported when one is started',
      level: 'aggressive',
      loses: 'the transformers command and transformers.exporters',
      overVeto: true,
    },
  ],
  leaveOut: [
    {
      distribution: 'typer',
      because: 'only the command line program imports it',
      level: 'aggressive',
      loses: 'the transformers command',
    },
  ],
  probe: `
import os, tempfile
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import importlib.util
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoTokenizer, BertConfig, GenerationConfig, PreTrainedTokenizerFast

raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
raw.pre_tokenizer = pre_tokenizers.Whitespace()
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
raw.train_from_iterator(["to be or not to be", "that is the question"], trainers.WordPieceTrainer(vocab_size=60, special_tokens=special, show_progress=False))
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]"
)
tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
folder = tempfile.mkdtemp()
tokenizer.save_pretrained(folder)
config = BertConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
config.save_pretrained(folder)
loaded = AutoConfig.from_pretrained(folder)
assert loaded.model_type == "bert" and loaded.hidden_size == 16
again = AutoTokenizer.from_pretrained(folder)
batch = again(["to be", "that is the question"], padding=True, truncation=True, max_length=6)
assert len(batch["input_ids"][0]) == len(batch["input_ids"][1]) and batch["attention_mask"][0][-1] == 0
assert again.decode(again("to be")["input_ids"], skip_special_tokens=True).replace(" ##", "") == "to be"
assert batch.convert_to_tensors("np")["input_ids"].ndim == 2
assert GenerationConfig(max_new_tokens=3).max_new_tokens == 3
for kind in ("gpt2", "t5", "llama", "whisper", "vit", "clip"):
    assert AutoConfig.for_model(kind).model_type == kind
if importlib.util.find_spec("torch"):
    import torch
    from transformers import AutoModelForSequenceClassification, pipeline
    model = AutoModelForSequenceClassification.from_config(loaded).eval()
    model.save_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits = model(**again(["to be", "not to be"], padding=True, return_tensors="pt")).logits
    assert logits.shape == (2, 2)
    assert pipeline("text-classification", model=model, tokenizer=again)("to be")[0]["score"] > 0
`,
} satisfies Recipe;
