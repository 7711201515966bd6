/** Small measurements for tests; `change` replaces what a test is about. */
import type { Check, Measured } from '../../src/check/model.js';

export function measured(change: Partial<Measured> = {}): Measured {
  return {
    kind: 'zip',
    name: 'layer.zip',
    sizes: { zipped: 10_000_000, unzipped: 30_000_000, tmp: 0 },
    archives: [{ name: 'layer.zip', form: 'layer', zipped: 10_000_000, unzipped: 30_000_000 }],
    packages: [
      { name: 'numpy', version: '2.5.5', bytes: 25_000_000 },
      { name: 'six', version: '1.17.0', bytes: 5_000_000 },
    ],
    files: [
      { path: 'numpy/big.so', bytes: 20_000_000 },
      { path: 'numpy/__init__.py', bytes: 5_000_000 },
      { path: 'six.py', bytes: 5_000_000 },
    ],
    strategy: null,
    target: null,
    told: [],
    reserve: null,
    ephemeralStorage: null,
    findings: [],
    ...change,
  };
}

export function checked(change: Partial<Check> = {}): Check {
  const { files, findings, ...rest } = measured();
  return { measured: rest, files, layers: [], verdicts: [], difference: null, findings, ...change };
}
