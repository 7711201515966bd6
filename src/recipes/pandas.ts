import type { Recipe } from './recipe.js';

export default {
  name: 'pandas',
  source: 'wheels pandas 2.2.2, 2.2.3, 2.3.3, 3.1.1 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=2.2,<3.2',
  // Beyond its tests (the base rules) pandas imports nearly all of itself: there is nothing to save, only to prove.
  rules: [],
  probe: `
import importlib.util
import io
import pickle
import warnings
import pandas as pd

warnings.simplefilter('ignore')
frame = pd.read_csv(
    io.StringIO('day,city,sales\\n2024-03-30,Rome,3\\n2024-03-31,Rome,5\\n2024-03-31,Oslo,\\n'),
    parse_dates=['day'],
)
assert frame['sales'].isna().sum() == 1
assert frame.groupby('city')['sales'].sum()['Rome'] == 8
assert frame.groupby('city').agg(n=('day', 'count'), top=('sales', 'max')).loc['Oslo', 'n'] == 1
joined = frame.merge(pd.DataFrame({'city': ['Rome', 'Oslo'], 'code': ['IT', 'NO']}), on='city', how='left')
assert joined['code'].tolist() == ['IT', 'IT', 'NO']

local = pd.to_datetime(['2024-03-31 01:30'], utc=True).tz_convert('Europe/Rome')
assert local[0].hour == 3 and str(local[0].utcoffset()) == '2:00:00'
daily = pd.Series(range(48), index=pd.date_range('2024-01-01', periods=48, freq='h')).resample('D').sum()
assert daily.tolist() == [276, 852]
assert pd.Series([1.0, 2.0, 3.0]).rolling(2).mean().iloc[-1] == 2.5
assert frame.pivot_table(index='city', values='sales', aggfunc='mean').loc['Rome', 'sales'] == 4
assert pd.Categorical(['b', 'a', 'b']).codes.tolist() == [1, 0, 1]
assert pd.Series(['x1', 'y2']).str.extract('([0-9])')[0].tolist() == ['1', '2']
assert pd.cut([1, 7], bins=[0, 5, 10]).codes.tolist() == [0, 1]
assert pd.json_normalize([{'a': {'b': 1}}]).columns.tolist() == ['a.b']
assert pd.read_json(io.StringIO(frame.to_json(orient='records'))).shape == (3, 3)
assert 'Rome' in frame.to_html() and 'Rome' in frame.to_string() and 'Rome' in frame.to_csv()
assert pickle.loads(pickle.dumps(frame)).equals(frame)
assert frame.describe()['sales']['mean'] == 4
assert frame.query('sales > 3').shape == (1, 3)
assert pd.concat([frame, frame]).drop_duplicates().shape == (3, 3)
pd.testing.assert_frame_equal(frame, frame.copy())

if importlib.util.find_spec('pyarrow'):
    import pyarrow
    pyarrow.set_cpu_count(1)  # its thread pool can abort an interpreter that ends (apache/arrow 34314, 50482)
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    buffer.seek(0)
    assert pd.read_parquet(buffer, use_threads=False)['city'].tolist() == ['Rome', 'Rome', 'Oslo']
`,
} satisfies Recipe;
