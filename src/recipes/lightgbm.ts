import type { Recipe } from './recipe.js';

export default {
  name: 'lightgbm',
  source: 'wheels lightgbm 4.3.0, 4.6.0, 4.7.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=4.3,<4.8',
  // The wheel is one library and a few modules. Its libgomp.so.1 is not in the wheel, nor in Lambda: the check of
  // needed libraries says so.
  rules: [],
  probe: `
import os
import pickle
import lightgbm as lgb
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(300, 5))
y = (x[:, 0] + x[:, 1] > 0).astype(int)
data = lgb.Dataset(x, label=y, free_raw_data=False)
booster = lgb.train({'objective': 'binary', 'verbose': -1, 'num_threads': 1, 'num_leaves': 7}, data, num_boost_round=10)
assert ((booster.predict(x) > 0.5) == y).mean() > 0.9
again = lgb.Booster(model_str=booster.model_to_string())
assert np.allclose(again.predict(x), booster.predict(x))
assert np.allclose(pickle.loads(pickle.dumps(booster)).predict(x), booster.predict(x))
assert booster.feature_importance().shape == (5,)
assert booster.predict(x[:3], pred_contrib=True).shape == (3, 6)
`,
} satisfies Recipe;
