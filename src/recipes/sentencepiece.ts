import type { Recipe } from './recipe.js';

export default {
  name: 'sentencepiece',
  source: 'wheels sentencepiece 0.2.3 (CPython 3.13) and 0.2.1 (CPython 3.12), x86_64, measured 2026-11',
  provedOn: '>=0.2.1,<0.2.4',
  // package_data holds the normalization tables that training reads: it stays.
  rules: [],
  probe: `
import io
import sentencepiece as spm

corpus = ["the quick brown fox jumps over the lazy dog", "pack my box with five dozen liquor jugs", "how vexingly quick daft zebras jump"] * 10
for kind in ("unigram", "bpe"):
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=model, vocab_size=60, model_type=kind, num_threads=1, minloglevel=2,
        normalization_rule_name="nmt_nfkc_cf", hard_vocab_limit=False,
    )
    processor = spm.SentencePieceProcessor(model_proto=model.getvalue())
    ids = processor.encode("The quick dog", out_type=int)
    assert processor.decode(ids) == "the quick dog"
    assert "".join(processor.encode("lazy fox", out_type=str)).replace("▁", " ").strip() == "lazy fox"
    assert processor.id_to_piece(processor.unk_id()) == "<unk>" and processor.get_piece_size() > 20
    assert len(processor.encode(["a", "b"])) == 2
`,
} satisfies Recipe;
