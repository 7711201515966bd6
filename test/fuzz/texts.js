// Texts of packages and people: RECORD, METADATA, requirement lines, config files, recipes.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dependencyGraph } from '../../dist/inventory/dependencies.js';
import { readConfig, settle } from '../../dist/options/config.js';
import { buildOptions } from '../../dist/options/build.js';
import { checkParts } from '../../dist/python/requirement-check.js';
import { markerEnvironment } from '../../dist/python/marker-environment.js';
import { holds, parseDependency } from '../../dist/python/markers.js';
import {
  parseEggRequires,
  parseMetadata,
  parseRecord,
  placeInTree,
  recordLine,
} from '../../dist/python/metadata.js';
import { readLines, splitEditable, splitRequirement } from '../../dist/python/lines.js';
import { parseRecipes } from '../../dist/recipes/load.js';
import { rewriteRecord } from '../../dist/stage/record.js';
import { changeText } from './random.js';

const target = { python: '3.13', architecture: 'x86_64', glibc: '2.34', custom: false };
const environment = markerEnvironment(target);

const records = [
  'a/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n"a/b,c.py",sha256=x,12\n../../bin/tool,,\na-1.0.dist-info/RECORD,,\n',
  '"a/new\nline.py",,\n"a""b.py",sha256=x,1\nC:\\x\\y.py,,\n/usr/bin/x,,\n',
];
const metadata = [
  'Metadata-Version: 2.4\nName: scikit-learn\nVersion: 1.9.1\nRequires-Dist: numpy>=1.22.0\nRequires-Dist: scipy>=1.8.0; extra == "install"\nRequires-Python: >=3.11\n\nText\n',
  'Metadata-Version: 2.1\r\nName: a\r\nVersion: 1!2.0.post1+local\r\nSummary: long\r\n  lines\r\nRequires-Dist: b[x,y] (>=1,<2) ; python_version < "3.14" and sys_platform == "linux"\r\n',
];
const lines = [
  'numpy>=1.22,<3 ; python_version >= "3.9" and platform_machine == "x86_64"',
  'requests[socks] @ git+https://example.org/requests.git@v2#egg=requests&subdirectory=x',
  '-e ./local[extra] --config-settings "x=y"\n-r other.txt\n-c limits.txt\n--index-url https://user:secret@example.org/simple',
  'torch==2.13.0+cpu --hash=sha256:0123456789012345678901234567890123456789012345678901234567890123 \\\n  --hash=sha256:9999999999999999999999999999999999999999999999999999999999999999',
  './wheels/a-1.0-py3-none-any.whl # a comment\n${NAME}==1.0 ; extra == "x"\n[section]\nb\n',
];
const configs = [
  [
    'json',
    '{"python":"3.13","exclude":["boto3"],"keep":["**/*.pem"],"prune":"safe","budgets":{"zipped":"50MiB"}}',
  ],
  [
    'yaml',
    'python: "3.13"\nexclude: [boto3]\nkeep:\n  - "**/*.pem"\nprune: safe\nout: ../out\nephemeralStorage: 1024\n',
  ],
  ['toml', 'python = "3.13"\nexclude = ["boto3"]\nkeep = ["**/*.pem"]\nprune = "safe"\nproof = false\n'],
];
const recipes = [
  ['json', '{"name":"a","rules":[{"name":"tests","files":["a/tests/**"],"because":"x"}]}'],
  [
    'yaml',
    'recipes:\n  - name: a\n    probe: import a\n    rules:\n      - {name: b, files: ["a/**"], because: x, level: aggressive, loses: y}\n',
  ],
  ['toml', 'name = "a"\n[[rules]]\nname = "b"\nfiles = ["a/**"]\nbecause = "x"\n'],
];

function readRecord(text) {
  const rows = parseRecord(text);
  rows.forEach((row) => placeInTree(row.path));
  const written = rewriteRecord(text, {
    record: 'a/RECORD',
    travels: () => true,
    changed: new Map(),
    added: [],
  });
  const again = rewriteRecord(written, {
    record: 'a/RECORD',
    travels: () => true,
    changed: new Map(),
    added: [],
  });
  if (again !== written) throw new Error('RECORD, written and read again, is another one');
  for (const row of rows) {
    const [same] = parseRecord(`${recordLine(row)}\n`);
    if (same?.path !== row.path)
      throw new Error(`${JSON.stringify(row.path)} is read as ${JSON.stringify(same?.path)}`);
  }
}

function readMetadata(text) {
  const found = parseMetadata(text);
  const requires = [...(found?.requires ?? []), ...parseEggRequires(text)];
  for (const line of requires) holds(parseDependency(line)?.marker ?? null, environment, new Set(['x']));
  const one = {
    name: 'a',
    normalized: 'a',
    version: found?.version ?? '1',
    folder: 'a.dist-info',
    requires,
    modules: [],
  };
  dependencyGraph([one], target, ['a']);
}

function readRequirements(text) {
  for (const line of readLines(text, { NAME: 'x' })) JSON.stringify(line);
  for (const one of text.split('\n')) {
    const parts = splitRequirement(one);
    splitEditable(one);
    checkParts(one, parts);
  }
}

/** @returns name → [number of seeds, one case] */
export function textSections(folder) {
  const file = (kind) => path.join(folder, `lambda-slim.${kind}`);
  return {
    RECORD: async (random) => readRecord(changeText(random, random.pick(records))),
    METADATA: async (random) => readMetadata(changeText(random, random.pick(metadata))),
    'requirement lines': async (random) => readRequirements(changeText(random, random.pick(lines))),
    'config files': async (random) => {
      const [kind, text] = random.pick(configs);
      writeFileSync(file(kind), changeText(random, text));
      const config = await readConfig(folder, file(kind));
      settle(buildOptions, { flags: {}, environment: {}, config, cwd: folder });
    },
    recipes: async (random) => {
      const [kind, text] = random.pick(recipes);
      parseRecipes(`own.${kind}`, changeText(random, text));
    },
  };
}
