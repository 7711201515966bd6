import type { Recipe } from './recipe.js';

const nccl =
  'Its library is opened by path, only to train on several NVIDIA cards; libxgboost.so does not list it as needed, and Lambda has no GPU.';

export default {
  name: 'xgboost',
  alsoFor: ['xgboost-cpu'],
  source:
    'wheels xgboost 2.0.3, 3.0.0, 3.1.2, 3.4.1 and xgboost-cpu 3.0.2, 3.4.1 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=2.0.3,<3.5',
  rules: [],
  leaveOut: [{ distribution: 'nvidia-nccl-*', because: nccl }],
  probe: `
import pickle
import numpy as np
import xgboost as xgb

rng = np.random.default_rng(0)
x = rng.normal(size=(300, 5))
y = (x[:, 0] + x[:, 1] > 0).astype(int)
data = xgb.DMatrix(x, label=y, feature_names=list('abcde'))
booster = xgb.train({'objective': 'binary:logistic', 'max_depth': 3, 'nthread': 1, 'tree_method': 'hist'}, data, 10)
expected = booster.predict(data)
assert ((expected > 0.5) == y).mean() > 0.9
again = xgb.Booster()
again.load_model(booster.save_raw('ubj'))
assert np.allclose(again.predict(data), expected)
assert np.allclose(pickle.loads(pickle.dumps(booster)).predict(data), expected)
assert np.allclose(booster.inplace_predict(x, validate_features=False), expected)
assert booster.predict(data, pred_contribs=True).shape == (300, 6)
assert booster.get_score() and booster.get_dump()[0]
xgb.collective.CommunicatorContext()  # looks for nccl
assert xgb.collective.get_world_size() == 1
`,
} satisfies Recipe;
