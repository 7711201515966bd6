import type { Recipe } from './recipe.js';

export default {
  name: 'nltk',
  source: 'wheels nltk 3.10.4 (CPython 3.13) and 3.9.4 (CPython 3.12), measured 2026-11',
  provedOn: '>=3.9.4,<3.11',
  rules: [
    {
      name: 'doctests',
      files: ['nltk/test/**'],
      because: 'doctests and unit tests of NLTK; no other module imports them',
    },
    {
      name: 'windows',
      files: ['nltk/app/**', 'nltk/draw/**'],
      because:
        "demonstrations in windows, which need tkinter and a screen; NLTK's own imports of them are lazy or optional",
      level: 'aggressive',
      loses: 'nltk.app, nltk.draw and the draw() methods',
      overVeto: true,
    },
  ],
  probe: `
import nltk
from nltk.metrics import edit_distance
from nltk.probability import FreqDist
from nltk.stem import LancasterStemmer, PorterStemmer, RegexpStemmer, SnowballStemmer
from nltk.tokenize import RegexpTokenizer, ToktokTokenizer, TreebankWordTokenizer, TweetTokenizer, WhitespaceTokenizer
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from nltk.util import everygrams, ngrams

text = "The runners weren't running :-) @you #now"
assert TreebankWordTokenizer().tokenize("They can't go.") == ["They", "ca", "n't", "go", "."]
assert ":-)" in TweetTokenizer().tokenize(text)
assert RegexpTokenizer(r"\\w+").tokenize("a b") == ["a", "b"] and len(ToktokTokenizer().tokenize("a, b")) == 3
assert WhitespaceTokenizer().tokenize("a b") == ["a", "b"]
assert PorterStemmer().stem("running") == "run" and LancasterStemmer().stem("maximum") == "maxim"
assert SnowballStemmer("german").stem("Häuser") == "haus" and RegexpStemmer("ing$").stem("going") == "go"
assert list(ngrams([1, 2, 3], 2)) == [(1, 2), (2, 3)] and len(list(everygrams([1, 2]))) == 3
assert FreqDist("banana").most_common(1) == [("a", 3)] and edit_distance("kitten", "sitting") == 3
assert sentence_bleu([["a", "b", "c", "d"]], ["a", "b", "c", "d"], smoothing_function=SmoothingFunction().method1) == 1.0
grammar = nltk.CFG.fromstring("S -> NP VP\\nNP -> 'dogs'\\nVP -> 'bark'")
tree = next(nltk.ChartParser(grammar).parse(["dogs", "bark"]))
assert tree.label() == "S" and "(NP dogs)" in str(tree)
chunks = nltk.RegexpParser("NP: {<DT>?<NN>}").parse([("the", "DT"), ("dog", "NN")])
assert chunks[0].label() == "NP"
bayes = nltk.NaiveBayesClassifier.train([({"a": 1}, "x"), ({"a": 0}, "y")] * 3)
assert bayes.classify({"a": 1}) == "x"
tagger = nltk.UnigramTagger([[("the", "DT"), ("dog", "NN")]], backoff=nltk.DefaultTagger("NN"))
assert tagger.tag(["the", "cat"]) == [("the", "DT"), ("cat", "NN")]
try:
    nltk.data.find("tokenizers/punkt_tab")
except LookupError as error:
    assert "nltk.download" in str(error)
`,
} satisfies Recipe;
