import type { Recipe } from './recipe.js';

export default {
  name: 'spacy',
  source: 'wheels spacy 3.8.18 and 3.8.11 (CPython 3.12, x86_64), measured 2026-11',
  provedOn: '>=3.8.11,<3.9',
  // The *.cfg files are read by every pipeline and stay; Cython sources and tests go by the base rules.
  rules: [],
  leaveOut: [
    {
      distribution: 'setuptools',
      because: 'only text of a generated setup.py names it (spacy package)',
    },
  ],
  probe: `
import spacy
from spacy.matcher import DependencyMatcher, Matcher, PhraseMatcher
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example

nlp = spacy.blank("en")
nlp.add_pipe("sentencizer")
ruler = nlp.add_pipe("entity_ruler")
ruler.add_patterns([{"label": "ORG", "pattern": "Apple"}])
doc = nlp("Apple isn't buying 3 startups. It costs $1 billion!")
assert [t.text for t in doc][:4] == ["Apple", "is", "n't", "buying"]
assert len(list(doc.sents)) == 2 and doc.ents[0].label_ == "ORG"
assert doc[4].like_num and nlp.vocab["the"].is_stop and nlp.vocab["Apple"].shape_ == "Xxxxx"
matcher = Matcher(nlp.vocab)
matcher.add("MONEY", [[{"TEXT": "$"}, {"LIKE_NUM": True}, {"LOWER": "billion"}]])
assert [doc[s:e].text for _, s, e in matcher(doc)] == ["$1 billion"]
phrases = PhraseMatcher(nlp.vocab, attr="LOWER")
phrases.add("X", [nlp.make_doc("apple")])
assert len(phrases(doc)) == 1
tree = Doc(nlp.vocab, words=["dogs", "bark"], heads=[1, 1], deps=["nsubj", "ROOT"], pos=["NOUN", "VERB"])
dependencies = DependencyMatcher(nlp.vocab)
dependencies.add("S", [[{"RIGHT_ID": "v", "RIGHT_ATTRS": {"POS": "VERB"}}, {"LEFT_ID": "v", "REL_OP": ">", "RIGHT_ID": "n", "RIGHT_ATTRS": {"DEP": "nsubj"}}]])
assert len(dependencies(tree)) == 1
assert len(list(DocBin().from_bytes(DocBin(docs=[doc]).to_bytes()).get_docs(nlp.vocab))[0]) == len(doc)
assert '<div class="entities"' in spacy.displacy.render(doc, style="ent", page=False, jupyter=False)

texts = [("good film", {"cats": {"POS": 1.0, "NEG": 0.0}}), ("bad film", {"cats": {"POS": 0.0, "NEG": 1.0}})]
for pipe in ("tagger", "parser", "ner", "textcat", "lemmatizer"):
    assert nlp.has_factory(pipe), pipe
trained = spacy.blank("en")
trained.add_pipe("textcat")
examples = [Example.from_dict(trained.make_doc(t), a) for t, a in texts]
trained.initialize(lambda: examples)
for _ in range(20):
    trained.update(examples)
assert trained("good film").cats["POS"] > 0.5
again = spacy.blank("en")
again.add_pipe("textcat")
assert again.from_bytes(trained.to_bytes())("bad film").cats["NEG"] > 0.5
ner = spacy.blank("en")
ner.add_pipe("ner").add_label("ORG")
ner.initialize()
assert isinstance(ner("Apple").ents, tuple)
for lang in ("de", "fr", "es", "xx"):
    assert len(spacy.blank(lang)("a b c")) == 3
`,
} satisfies Recipe;
