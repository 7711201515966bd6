// Manifests, payload indexes and zips: refused with a sentence, or taken by all that read them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { measuredManifest } from '../../dist/check/manifest-sizes.js';
import { measurePlace } from '../../dist/check/measure.js';
import { sizesOf } from '../../dist/check/contents.js';
import { manifestText, parseManifest } from '../../dist/manifest/manifest.js';
import { explain } from '../../dist/manifest/why.js';
import { unzipOver } from '../../dist/pack/zip/unzip.js';
import { textReport } from '../../dist/report/build-text.js';
import { pageData } from '../../dist/report/html/data.js';
import { plainPaint } from '../../dist/text/paint.js';
import { rawZip } from '../pack/zip/made.ts';
import { exampleManifest } from '../report/example.ts';
import { changeBytes, changeDocument } from './random.js';

const sha256 = '0'.repeat(64);
const nesting = {
  codec: 'zstd',
  level: 9,
  files: [{ path: 'numpy/big.so', distribution: 'numpy', bytes: 5, packed: 2, way: 'tree' }],
  payloadBytes: 2,
  bootBytes: 3,
  ephemeralStorage: 512,
  digest: sha256,
  s3: { bucket: 'b', key: 'k', region: null },
  because: 'x',
};
const example = exampleManifest();
const manifest = exampleManifest({
  plan: { ...example.plan, nesting },
  findings: [
    { code: 'not-proven-here', args: { because: 'x' } },
    { code: 'strip-skipped', args: { path: 'a', because: 'b' } },
    { code: 'over-limit', args: { bytes: 3, over: 1, heaviest: [{ name: 'a', bytes: 1 }] } },
  ],
});
const index = {
  format: 1,
  digest: sha256,
  codec: 'gzip',
  payload: { file: 'payload.tar.gz', bytes: 10, sha256 },
  s3: null,
  tarBytes: 2048,
  unpackedBytes: 5,
  frames: [[10, 2048, sha256]],
  files: [
    { path: 'python/a/__init__.py', bytes: 5, mode: 420, at: 512 },
    { path: 'python/a/link', bytes: 0, mode: 420, at: 0, link: '__init__.py' },
  ],
  libraries: [{ path: 'lib/x.so', nested: true }],
  tree: { folders: ['a'], links: ['a/b.py'] },
  modules: ['a'],
};
const metadata = 'Metadata-Version: 2.1\nName: a\nVersion: 1.0\n';
const zips = [
  rawZip([
    { name: 'python/a-1.0.dist-info/METADATA', data: metadata, deflate: true },
    { name: 'python/a-1.0.dist-info/RECORD', data: 'a/__init__.py,,\n' },
    { name: 'python/a/__init__.py', data: 'x = 1\n' },
    { name: 'python/a/link', data: '__init__.py', mode: 0o120777 },
    { name: 'python/lambda_slim_payloads/x/index.json', data: JSON.stringify(index), deflate: true },
  ]),
  rawZip([
    { name: 'app.py', data: 'x'.repeat(3000), deflate: true },
    { name: 'ü/', data: '' },
    { name: 'ü/b.py', data: '' },
  ]),
];

function readManifest(text) {
  const found = parseManifest(text, 'lambda-slim.json');
  measuredManifest(found, 'x');
  pageData(found);
  explain(found, 'numpy');
  textReport(found, {
    paint: plainPaint,
    width: 100,
    wrapAt: 80,
    verbose: true,
    times: found.times,
    out: 'x',
  });
  parseManifest(manifestText(found), 'again');
}

/** The bootstrap reads indexes that are in a package; digest and name fit, so that the rest is looked at. */
const bootstrap = `
import json, os, sys
sys.path.insert(0, sys.argv[1])
from lambda_slim_boot import _index, _errors
folder = sys.argv[2]
for line in sys.stdin:
    text = json.loads(line)
    try:
        given = json.loads(text)
        given["digest"] = _index.digest_of(given)
        text, name = json.dumps(given), given["digest"]
    except Exception:
        name = "0" * 64
    place = os.path.join(folder, name)
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "index.json"), "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
    try:
        _index.read(folder, place)
        print("taken")
    except _errors.LambdaSlimError as error:
        print("refused")
    except BaseException as error:
        print("FAILED " + repr(error))
`;

export function bootstrapReads(random, count, folder, python) {
  const place = path.join(folder, 'boot');
  mkdirSync(place, { recursive: true });
  const texts = Array.from({ length: count }, () => changeDocument(random, index));
  const templates = path.resolve(import.meta.dirname, '../../templates');
  const input = texts.map((text) => `${JSON.stringify(text)}\n`).join('');
  const output = execFileSync(python, ['-B', '-c', bootstrap, templates, place], {
    input,
    maxBuffer: 1 << 26,
  });
  rmSync(place, { recursive: true, force: true });
  const answers = String(output).trimEnd().split('\n');
  return texts.flatMap((text, at) =>
    /^(?:taken|refused)$/.test(answers[at] ?? '') ? [] : [[answers[at] ?? 'no answer', text]],
  );
}

/** @returns name → one case */
export function documentSections(folder) {
  const zip = path.join(folder, 'fuzz.zip');
  return {
    manifests: async (random) => readManifest(changeDocument(random, manifest)),
    'payload indexes': async (random) => {
      const text = changeDocument(random, index);
      const name = 'lambda_slim_payloads/x/index.json';
      await sizesOf([{ path: name, bytes: text.length }], () => Promise.resolve(text));
    },
    zips: async (random) => {
      writeFileSync(zip, changeBytes(random, random.pick(zips)));
      const target = mkdtempSync(path.join(folder, 'unzipped-'));
      try {
        await measurePlace(zip, 'fuzz.zip').catch(expected);
        await unzipOver([zip], target);
      } finally {
        rmSync(target, { recursive: true, force: true });
      }
    },
  };
}

/** Errors that are told with a sentence. */
export function expected(error) {
  if (error?.name !== 'SlimError') throw error;
}
