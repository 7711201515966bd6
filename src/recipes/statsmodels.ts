import type { Recipe } from './recipe.js';

export default {
  name: 'statsmodels',
  source:
    'wheels statsmodels 0.14.2, 0.14.4, 0.14.6, 0.15.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=0.14.2,<0.16',
  rules: [
    {
      name: 'dataset-sources',
      files: ['statsmodels/datasets/*/src/**'],
      because: 'Raw files from which the data sets were made; the loaders read the .csv beside them.',
    },
    {
      name: 'datasets',
      files: ['statsmodels/datasets/*/*.csv'],
      because: 'Tables for examples.',
      level: 'aggressive',
      loses: 'statsmodels.datasets',
    },
  ],
  probe: `
import os
import pickle
import warnings
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.tsa.api import ExponentialSmoothing
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.stattools import adfuller

warnings.simplefilter('ignore')
rng = np.random.default_rng(0)
x = rng.normal(size=(100, 2))
y = x @ [2.0, -1.0] + 0.5 + rng.normal(scale=0.1, size=100)
fit = sm.OLS(y, sm.add_constant(x)).fit()
assert np.allclose(fit.params, [0.5, 2, -1], atol=0.1)
assert 'R-squared' in str(fit.summary())
frame = pd.DataFrame({'y': y, 'a': x[:, 0], 'b': x[:, 1], 'hit': (y > 0).astype(int)})
assert smf.ols('y ~ a + b', frame).fit().rsquared > 0.9
assert smf.glm('hit ~ a', frame, family=sm.families.Binomial()).fit().params['a'] > 0
assert pickle.loads(pickle.dumps(fit)).params.shape == (3,)
series = np.cumsum(rng.normal(size=60))
assert ARIMA(series, order=(1, 1, 0)).fit().forecast(3).shape == (3,)
assert ExponentialSmoothing(series, trend='add').fit().forecast(2).shape == (2,)
assert STL(series, period=6).fit().trend.shape == (60,)
assert 0 <= adfuller(series)[1] <= 1
if os.path.exists(os.path.join(os.path.dirname(sm.datasets.longley.__file__), 'longley.csv')):
    assert sm.datasets.longley.load_pandas().data.shape == (16, 7)
`,
} satisfies Recipe;
