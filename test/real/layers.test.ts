/** A base layer with Pillow, built by us, and a function that brings none of it: built, and run as deployed. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Verification } from '../../src/verify/verification.js';
import { entriesOf } from '../cli/helper.js';
import {
  build,
  environment,
  inCi,
  pythonFor,
  remove,
  repository,
  sharedCache,
  start,
  temporary,
} from './helper-build.js';
import type { Built } from './helper-build.js';
import { image, obstacle } from './helper-docker.js';

jest.setTimeout(600_000);

const app = `
import boto3, colorgram, webcolors
from PIL import Image

def handler(event, context):
    Image.new("RGB", (8, 8), (255, 0, 0)).save("/tmp/red.png")
    [found] = colorgram.extract("/tmp/red.png", 1)
    return [webcolors.rgb_to_name(found.rgb), Image.__file__, colorgram.__file__, boto3.client is not None]
`;

const python = await pythonFor('3.11');
const missing = python === null ? 'no CPython 3.11' : null;
const noDocker = await obstacle();
const check = missing === null || inCi ? test : test.skip;
const label = missing === null ? '' : ` (cannot run here: ${missing})`;
const common = ['--python', '3.11', '--pyc', 'none', ...(python === null ? [] : ['--interpreter', python])];

let root = '';
let base: Built;
let built: Built;

beforeAll(async () => {
  root = await temporary('layers');
  if (missing !== null && !inCi) return;
  for (const [name, text] of Object.entries({
    'base/requirements.txt': 'pillow\n',
    'function/requirements.txt': 'colorgram.py==1.2.0\nwebcolors==25.10.0\nboto3\n',
    'function/src/app.py': app,
  })) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  base = await build(path.join(root, 'base'), common);
  built = await build(path.join(root, 'function'), [...common, '--code', 'src', '--layer', base.out]);
});
afterAll(() => remove(root));

/** As deployed: the function's zip at /var/task, the layer at /opt. */
async function verified(
  ...args: readonly string[]
): Promise<{ readonly code: number | null } & Verification> {
  const line = [
    'verify',
    built.out,
    '--json',
    '--handler',
    'app.handler',
    '--cache-dir',
    sharedCache,
    ...args,
  ];
  const ran = await start(process.execPath, [path.join(repository, 'bin/lambda-slim.js'), ...line], {
    cwd: root,
    env: environment,
  });
  return { code: ran.code, ...(JSON.parse(ran.stdout) as Verification) };
}

const answers = ['red', '/opt/python/PIL/Image.py', '/var/task/colorgram/__init__.py', true];

describe('a function on a base layer of ours', () => {
  check(`brings no Pillow, and its imports are proved with the layer’s${label}`, async () => {
    expect([base.code, built.code]).toEqual([0, 0]);
    expect(built.manifest.layers).toMatchObject([{ distributions: [{ name: 'pillow', left: true }] }]);
    const names = await entriesOf(path.join(built.out, 'function.zip'));
    expect(names.filter((name) => /^(?:PIL|pillow)/i.test(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['app.py', 'boto3/__init__.py', 'webcolors/__init__.py']));
    expect(built.manifest.proof.imported).toEqual(
      expect.arrayContaining(['colorgram', 'webcolors', 'boto3']),
    );
  });

  check(`runs as deployed${label}`, async () => {
    const { code, invocation, findings } = await verified('--interpreter', python ?? '');
    expect([code, findings, invocation?.result]).toEqual([0, [], answers]);
  });

  const docker = missing === null && (noDocker === null || inCi) ? test : test.skip;
  docker(
    `runs in a container, too${noDocker === null ? label : ` (cannot run here: ${noDocker})`}`,
    async () => {
      const { code, invocation, sandbox } = await verified('--sandbox', 'docker', '--image', image);
      expect([code, sandbox.name, invocation?.result]).toEqual([0, 'docker', answers]);
    },
  );
});
