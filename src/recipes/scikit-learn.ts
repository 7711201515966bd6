import type { Recipe } from './recipe.js';

export default {
  name: 'scikit-learn',
  source: 'wheels scikit-learn 1.5.0, 1.6.1, 1.8.0, 1.9.1 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=1.5,<1.10',
  rules: [
    {
      name: 'sample-images',
      files: ['sklearn/datasets/images/*.jpg'],
      because: 'Two photographs for examples.',
      level: 'aggressive',
      loses: 'sklearn.datasets.load_sample_image and load_sample_images',
    },
  ],
  probe: `
import pickle
import warnings
import numpy as np
from sklearn import metrics
from sklearn.cluster import DBSCAN, KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, make_classification
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

warnings.simplefilter('ignore')
x, y = load_iris(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(x, y, random_state=0, stratify=y)
for model in [
    make_pipeline(StandardScaler(), LogisticRegression()),
    RandomForestClassifier(n_estimators=10, random_state=0),
    GradientBoostingClassifier(n_estimators=5),
    HistGradientBoostingClassifier(max_iter=5),
    SVC(),
    KNeighborsClassifier(),
    DecisionTreeClassifier(random_state=0),
    make_pipeline(PCA(2), SGDClassifier(random_state=0)),
]:
    model.fit(train_x, train_y)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(test_x), model.predict(test_x))
    assert metrics.accuracy_score(test_y, again.predict(test_x)) > 0.6
assert metrics.confusion_matrix(test_y, model.predict(test_x)).shape == (3, 3)
assert metrics.roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75
assert 'precision' in metrics.classification_report(test_y, model.predict(test_x), zero_division=0)
assert load_iris().DESCR and load_breast_cancer().data.shape[0] == 569
assert load_digits().data.shape == (1797, 64) and load_diabetes().data.shape == (442, 10)

assert len(set(KMeans(3, n_init=1, random_state=0).fit_predict(x))) == 3
assert DBSCAN().fit(x).labels_.shape == (150,)
assert IsolationForest(n_estimators=5, random_state=0).fit(x).predict(x).shape == (150,)
assert NearestNeighbors(n_neighbors=2).fit(x).kneighbors(x)[1].shape == (150, 2)
assert Lasso(0.1).fit(x, y).coef_.shape == (4,)
assert GaussianProcessRegressor().fit(x[:10], y[:10]).predict(x[:2]).shape == (2,)
assert MLPClassifier((4,), max_iter=1, random_state=0).fit(*make_classification(50, random_state=0)).n_layers_ == 3
text = TfidfVectorizer().fit_transform(['red apple', 'green pear', 'red pear'])
assert TruncatedSVD(2).fit_transform(text).shape == (3, 2)
assert MultinomialNB().fit(text, [0, 1, 1]).predict(text).shape == (3,)
table = ColumnTransformer([('one', OneHotEncoder(), [0]), ('fill', SimpleImputer(), [1])])
assert table.fit_transform(np.array([[0, 1.0], [1, np.nan]])).shape == (2, 3)
assert cross_val_score(DecisionTreeClassifier(), x, y, cv=2).shape == (2,)
assert GridSearchCV(KNeighborsClassifier(), {'n_neighbors': [1, 3]}, cv=2).fit(x, y).best_score_ > 0.8
`,
} satisfies Recipe;
