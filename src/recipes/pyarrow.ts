import type { Recipe } from './recipe.js';

// libarrow_acero, _dataset and (in recent versions) _substrait are needed by every extension module: they cannot go.
export default {
  name: 'pyarrow',
  source: 'wheels pyarrow 16.1.0, 19.0.1, 22.0.0, 26.0.1 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=16.1,<27',
  rules: [
    {
      name: 'library-copies',
      files: ['pyarrow/libarrow_python*.so', 'pyarrow/libarrow_python*.so.*.*.*'],
      because:
        'A wheel cannot hold symbolic links, so each library lies there three times; the loader opens only the one that carries its SONAME, libarrow_python.so.N.',
      versions: '>=19',
    },
    {
      name: 'flight',
      files: [
        'pyarrow/_flight.*',
        'pyarrow/flight.py',
        'pyarrow/libarrow_flight.*',
        'pyarrow/libarrow_python_flight.*',
      ],
      because: 'The Flight RPC client and server, a module of its own that nothing else in pyarrow imports.',
      level: 'aggressive',
      loses: 'pyarrow.flight',
      overVeto: true,
    },
    {
      name: 's3-file-system',
      files: ['pyarrow/_s3fs.*', 'pyarrow/libarrow_s3.*'],
      because: 'A second S3 client beside boto3; pyarrow.fs looks for it and does without it.',
      level: 'aggressive',
      loses: 'pyarrow.fs.S3FileSystem and s3:// paths given to pyarrow itself (boto3 and s3fs still work)',
      overVeto: true,
    },
  ],
  probe: `
import io
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.dataset as ds
import pyarrow.feather as feather
import pyarrow.fs as fs
import pyarrow.json as pa_json
import pyarrow.orc as orc
import pyarrow.parquet as pq

pa.set_cpu_count(1)  # the thread pool can abort an interpreter that ends (apache/arrow 34314, 50482)
table = csv.read_csv(io.BytesIO(b'city,sales\\nRome,3\\nOslo,5\\nRome,4\\n'))
assert table.num_rows == 3
assert pc.sum(table['sales']).as_py() == 12
assert pc.utf8_upper(table['city'])[0].as_py() == 'ROME'
totals = table.group_by('city').aggregate([('sales', 'sum')]).sort_by('city')
assert totals['sales_sum'].to_pylist() == [5, 7]
assert table.filter(pc.field('sales') > 3).num_rows == 2
assert table.join(pa.table({'city': ['Rome'], 'code': ['IT']}), 'city', join_type='inner').num_rows == 2

for codec in ['snappy', 'zstd', 'gzip', 'lz4', 'brotli', 'none']:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression=codec)
    assert pq.read_table(pa.BufferReader(sink.getvalue()), columns=['sales'])['sales'].to_pylist() == [3, 5, 4], codec
sink = pa.BufferOutputStream()
orc.write_table(table, sink)
assert orc.read_table(pa.BufferReader(sink.getvalue())).num_rows == 3
buffer = io.BytesIO()
feather.write_feather(table, buffer)
buffer.seek(0)
assert feather.read_table(buffer).num_rows == 3
assert pa_json.read_json(io.BytesIO(b'{"a": 1}\\n{"a": 2}\\n')).num_rows == 2
sink = pa.BufferOutputStream()
with pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table)
assert pa.ipc.open_stream(sink.getvalue()).read_all().equals(table)
assert ds.dataset(table).to_table(filter=ds.field('city') == 'Oslo').num_rows == 1
assert fs.LocalFileSystem().get_file_info('/').type == fs.FileType.Directory
stamp = pa.array([0], pa.timestamp('s', tz='UTC'))
assert pc.year(stamp)[0].as_py() == 1970
assert pa.array([1, None, 3]).null_count == 1
`,
} satisfies Recipe;
