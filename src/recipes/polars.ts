import type { Recipe } from './recipe.js';

export default {
  name: 'polars',
  alsoFor: [
    'polars-runtime-32',
    'polars-runtime-64',
    'polars-runtime-compat',
    'polars-lts-cpu',
    'polars-u64-idx',
  ],
  source: 'wheels polars 0.20.31, 1.26.0, 1.36.1, 2.1.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=0.20.31,<2.2',
  // One compiled library and the Python around it, nearly all of which it imports: nothing to save, only to prove.
  rules: [],
  probe: `
import io
from datetime import date
import polars as pl

frame = pl.DataFrame({'city': ['Rome', 'Oslo', 'Rome'], 'sales': [3, 5, 4], 'day': [date(2024, 1, d) for d in (1, 2, 3)]})
totals = frame.group_by('city').agg(pl.col('sales').sum()).sort('city')
assert totals['sales'].to_list() == [5, 7]
lazy = frame.lazy().filter(pl.col('sales') > 3).with_columns((pl.col('sales') * 2).alias('twice')).collect()
assert lazy['twice'].to_list() == [10, 8]
assert frame.join(pl.DataFrame({'city': ['Rome'], 'code': ['IT']}), on='city').height == 2
for write, read in [('write_parquet', pl.read_parquet), ('write_csv', pl.read_csv), ('write_ipc', pl.read_ipc), ('write_ndjson', pl.read_ndjson)]:
    buffer = io.BytesIO()
    getattr(frame, write)(buffer)
    buffer.seek(0)
    assert read(buffer).height == 3, write
assert frame.select(pl.col('city').str.to_uppercase()).item(0, 0) == 'ROME'
assert frame.select(pl.col('day').dt.month()).item(0, 0) == 1
assert pl.SQLContext(t=frame).execute('SELECT sum(sales) AS s FROM t').collect().item() == 12
assert frame.sort('day').rolling(index_column='day', period='2d').agg(pl.col('sales').sum())['sales'].to_list() == [3, 8, 9]
assert 'Rome' in str(frame)
`,
} satisfies Recipe;
