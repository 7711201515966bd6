import type { Recipe } from './recipe.js';

export default {
  name: 'tokenizers',
  source: 'wheels tokenizers 0.23.3 (CPython 3.13) and 0.22.2 (CPython 3.12), abi3, x86_64, measured 2026-11',
  provedOn: '>=0.22.2,<0.24',
  // One compiled module and thin wrappers: nothing to save, only to prove.
  rules: [],
  leaveOut: [
    {
      distribution: 'huggingface-hub',
      because: 'only Tokenizer.from_pretrained imports it, to download a tokenizer',
      level: 'aggressive',
      loses: 'Tokenizer.from_pretrained; Tokenizer.from_file stays',
    },
  ],
  probe: `
from tokenizers import Tokenizer, AddedToken
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE, WordPiece
from tokenizers.normalizers import BertNormalizer, NFKC, Sequence, Lowercase
from tokenizers.pre_tokenizers import ByteLevel, Whitespace
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer, WordPieceTrainer

text = ["the quick brown fox jumps over the lazy dog", "pack my box with five dozen liquor jugs"] * 3
bpe = Tokenizer(BPE(unk_token=None))
bpe.pre_tokenizer = ByteLevel(add_prefix_space=False)
bpe.decoder = ByteLevelDecoder()
bpe.train_from_iterator(text, BpeTrainer(vocab_size=300, initial_alphabet=ByteLevel.alphabet(), show_progress=False))
ids = bpe.encode("the brown dog 🐕").ids
assert bpe.decode(ids) == "the brown dog 🐕"

piece = Tokenizer(WordPiece(unk_token="[UNK]"))
piece.normalizer = Sequence([NFKC(), Lowercase(), BertNormalizer()])
piece.pre_tokenizer = Whitespace()
piece.train_from_iterator(text, WordPieceTrainer(vocab_size=80, special_tokens=["[UNK]", "[CLS]", "[SEP]", "[PAD]"], show_progress=False))
piece.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
piece.enable_padding(pad_id=3, pad_token="[PAD]")
piece.enable_truncation(8)
piece.add_special_tokens([AddedToken("<x>")])
batch = piece.encode_batch(["The Fox", "the lazy dog <x>"])
assert batch[0].tokens[0] == "[CLS]" and len(batch[0]) == len(batch[1]) <= 8
assert batch[0].offsets[1][0] == 0 and sum(batch[0].attention_mask) <= 8
again = Tokenizer.from_str(piece.to_str())
assert again.encode("quick fox").ids == piece.encode("quick fox").ids
`,
} satisfies Recipe;
