import { expect, test } from '@jest/globals';
import type { OwnedDecision } from '../../src/model.js';
import { culpritOf } from '../../src/verify/hints.js';

const decision = (path: string, rule: string, action: OwnedDecision['action'] = 'drop'): OwnedDecision => ({
  path,
  action,
  rule,
  because: `Because of ${rule}.`,
  bytes: 10,
  kept: 0,
  distribution: (path.split(/[/-]/, 1)[0] ?? '').toLowerCase().replace('_', '-'),
});

const manifest = {
  decisions: [
    decision('alpha/__init__.py', 'kept/default', 'keep'),
    decision('alpha/data/table.txt', 'base/docs'),
    decision('alpha/lib/libdeep-1.so.2', 'orphan/library'),
    decision('alpha/tests/__init__.py', 'base/test-suites'),
    decision('alpha/tests/helper.py', 'base/test-suites'),
    decision('beta/__init__.py', 'option/--exclude'),
    decision('botocore/data/kafka/2018-11-14/service-2.json.gz', 'option/--service'),
    decision('beta_tools-1.0.dist-info/METADATA', 'gamma/leave-out'),
    decision('delta/_fast.cpython-313-x86_64-linux-gnu.so', 'delta/rare'),
    decision('gone/__init__.py', 'unneeded/dependency'),
    decision('stub/__init__.py', 'option/--stub', 'stub'),
    decision('single.py', 'base/x'),
  ],
};

test.each<readonly [string, readonly string[], string | null, string | null]>([
  ['a module', ["ModuleNotFoundError: No module named 'single'"], 'single.py', 'single.py'],
  ['a submodule', ["No module named 'alpha.tests.helper'"], 'alpha/tests/helper.py', 'alpha/tests/helper.py'],
  ['a package', ["No module named 'alpha.tests'"], 'alpha/tests/__init__.py', 'alpha/tests/**'],
  [
    'an extension module',
    ["No module named 'delta._fast'"],
    'delta/_fast.cpython-313-x86_64-linux-gnu.so',
    'delta/_fast.cpython-313-x86_64-linux-gnu.so',
  ],
  [
    'a name of a package',
    ["ImportError: cannot import name 'tests' from 'alpha' (/opt/python/alpha/__init__.py)"],
    'alpha/tests/__init__.py',
    'alpha/tests/**',
  ],
  [
    'a library',
    ['libdeep-1.so.2: cannot open shared object file: No such file or directory'],
    'alpha/lib/libdeep-1.so.2',
    'alpha/lib/libdeep-1.so.2',
  ],
  [
    'a file of a layer',
    ["FileNotFoundError: [Errno 2] No such file or directory: '/opt/python/alpha/data/table.txt'"],
    'alpha/data/table.txt',
    'alpha/data/table.txt',
  ],
  [
    'a folder of a function',
    ["[Errno 2] No such file or directory: '/var/task/alpha/data'"],
    'alpha/data/table.txt',
    'alpha/data/**',
  ],
  [
    'a file of an opened payload',
    ["'/tmp/lambda-slim/0123abcd/python/alpha/data/table.txt'"],
    'alpha/data/table.txt',
    'alpha/data/table.txt',
  ],
  [
    'metadata',
    ['PackageNotFoundError: No package metadata was found for Beta_Tools'],
    'beta_tools-1.0.dist-info/METADATA',
    null,
  ],
  ['what an option took', ["No module named 'beta'"], 'beta/__init__.py', null],
  [
    'an AWS service that --service does not name',
    ["UnknownServiceError: Unknown service: 'kafka'. Valid service names are: s3, sts"],
    'botocore/data/kafka/2018-11-14/service-2.json.gz',
    null,
  ],
  [
    'a version of its API',
    ['DataNotFoundError: Unable to load data for: kafka/2018-11-14/service-2'],
    'botocore/data/kafka/2018-11-14/service-2.json.gz',
    null,
  ],
  ['what came with something left out', ["No module named 'gone'"], 'gone/__init__.py', null],
  [
    'what was emptied',
    ["cannot import name 'thing' from 'stub' (unknown location)"],
    'stub/__init__.py',
    null,
  ],
  [
    'the cause of an error',
    ['ImportError: numpy is broken', "ModuleNotFoundError: No module named 'single'"],
    'single.py',
    'single.py',
  ],
  ['what was kept', ["cannot import name 'x' from 'alpha'"], null, null],
  ['what never was there', ["No module named 'nowhere'"], null, null],
  ['another error', ['ValueError: no'], null, null],
])('%s', (_name, texts, path, keep) => {
  const found = culpritOf(manifest, texts);
  expect({ path: found?.path ?? null, keep: found?.keep ?? null }).toEqual({ path, keep });
});
