/**
 * `lambda-slim init` as users run it, beside real builds. Each ecosystem's own tool checks what it wrote, and where that tool
 * packages, what it would send to AWS must be our zip, byte for byte.
 *
 * Terraform comes from no registry that test/setup/tools.sh uses. Where it is not on PATH, its file is only parsed; where its
 * registry does not answer, nothing checks the resources' arguments.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { environment, inCi, repository, start, type Ran } from './helper-build.js';
import { checked as checkedAt, installed, providers, sam, terraform } from './init-checkers.js';
import {
  initializedIn,
  makeProjects,
  removeProjects,
  sha256Of,
  type Made,
  type Shape,
} from './init-projects.js';
import { serveNoStacks, type Served } from './init-served.js';
import { startS3, type LocalS3 } from './s3-server.js';

jest.setTimeout(300_000);

let projects: ReadonlyMap<Shape, Made>;
let aws: Served;
let s3: LocalS3;

beforeAll(async () => {
  if (!installed && inCi)
    throw new Error('cfn-lint, sam, cdk, osls or moto is missing: run test/setup/tools.sh.');
  if (!installed) return;
  aws = await serveNoStacks();
  s3 = await startS3();
  projects = await makeProjects();
});
afterAll(async () => {
  if (!installed) return;
  await aws.close();
  await s3.stop();
  await removeProjects();
});

const initialized = (shape: Shape, kind: string): Promise<Made> => initializedIn(projects, shape, kind);

/** With AWS answered on this machine: by what knows no stack, unless told otherwise. */
const checked = (
  folder: string,
  command: string,
  args: readonly string[],
  settings: { readonly input?: string; readonly endpoint?: string } = {},
): Promise<Ran> => checkedAt(folder, command, args, { endpoint: aws.address, ...settings });

async function json<Document>(...place: readonly string[]): Promise<Document> {
  return JSON.parse(await readFile(path.join(...place), 'utf8')) as Document;
}

/** Properties of the function in a CloudFormation template. */
interface Resources {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: object }>>;
}
const ofType = ({ Resources }: Resources, type: string): readonly object[] =>
  Object.values(Resources)
    .filter((one) => one.Type === type)
    .map((one) => one.Properties);

const settings = {
  layer: { Runtime: 'python3.13', Architectures: ['x86_64'], EphemeralStorage: { Size: 512 } },
  function: { Runtime: 'python3.12', Architectures: ['arm64'], Handler: 'app.handler' },
  stored: { Runtime: 'python3.13', Architectures: ['x86_64'], EphemeralStorage: { Size: 832 } },
};
const fileNames = { layer: ['layer.zip'], function: [], stored: ['layer-1.zip', 'layer-2.zip'] };
const shapes = ['layer', 'function', 'stored'] as const;

(installed || inCi ? describe : describe.skip)('init (needs test/setup/tools.sh)', () => {
  test.each(shapes)('SAM, %s: cfn-lint finds nothing', async (shape) => {
    const { folder } = await initialized(shape, 'sam');
    const { code, stdout } = await checked(folder, 'cfn-lint', [
      '--include-checks',
      'I',
      '--',
      'template.yaml',
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  test.each(shapes)('SAM, %s: sam package uploads our very zips', async (shape) => {
    const { folder, sha256 } = await initialized(shape, 'sam');
    const bucket = `packages-${shape}`;
    expect((await fetch(`${s3.direct}/${bucket}`, { method: 'PUT' })).status).toBe(200);
    const args = ['package', '--s3-bucket', bucket, '--output-template-file', 'packaged.yaml'];
    const { code, stderr } = await checked(folder, sam, args, { endpoint: s3.direct });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const packaged = await readFile(path.join(folder, 'packaged.yaml'), 'utf8');
    const objects = [...packaged.matchAll(/(\w+): s3:\/\/(\S+)/g)].filter(
      ([, property]) => shape === 'function' || property === 'ContentUri',
    );
    const sums = await Promise.all(
      objects.map(async ([, , object]) => {
        // moto asks who it is, and takes any name.
        const headers = { authorization: 'AWS none:none' };
        const answer = await fetch(`${s3.direct}/${object ?? ''}`, { headers });
        return sha256Of(Buffer.from(await answer.arrayBuffer()));
      }),
    );
    expect(sums).toEqual(sha256);
  });

  test.each(shapes)('CDK, %s: cdk synth makes assets of our very zips', async (shape) => {
    const { folder, sha256 } = await initialized(shape, 'cdk');
    const { code, stderr } = await checked(folder, 'cdk', ['synth', '--quiet']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const out = path.join(folder, 'cdk.out');
    const zips = (await readdir(out)).filter((name) => name.endsWith('.zip'));
    const sums = await Promise.all(zips.map(async (name) => sha256Of(await readFile(path.join(out, name)))));
    expect(sums.sort()).toEqual([...sha256].sort());
    const template = await json<Resources>(out, 'LambdaSlimExample.template.json');
    expect(ofType(template, 'AWS::Lambda::Function')).toMatchObject([settings[shape]]);
    expect(ofType(template, 'AWS::Lambda::LayerVersion')).toHaveLength(fileNames[shape].length);
    const role = JSON.stringify(template).includes(':s3:::my-bucket/payloads/payload.tar.zst');
    expect(role).toBe(shape === 'stored');
  });

  test.each(shapes)('Serverless, %s: serverless package takes our very zips', async (shape) => {
    const { folder, sha256 } = await initialized(shape, 'serverless');
    const { code, stderr } = await checked(folder, 'osls', ['package']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const packaged = path.join(folder, '.serverless');
    const template = await json<Resources>(packaged, 'cloudformation-template-update-stack.json');
    expect(ofType(template, 'AWS::Lambda::Function')).toMatchObject([settings[shape]]);
    // What it uploads are the files that the configuration names.
    interface Packaged {
      readonly package?: { readonly artifact?: string };
    }
    const text = await readFile(path.join(folder, 'serverless.yml'), 'utf8');
    const service = parse(text, { logLevel: 'error' }) as Record<string, Record<string, Packaged>>;
    const parts = Object.values(service[shape === 'function' ? 'functions' : 'layers'] ?? {});
    const sums = await Promise.all(
      parts.map(async (part) => sha256Of(await readFile(path.join(folder, part.package?.artifact ?? '')))),
    );
    expect(sums).toEqual(sha256);
    const keys = ofType(template, 'AWS::Lambda::LayerVersion').map(
      (one) => (one as { Content: { S3Key: string } }).Content.S3Key,
    );
    // In the order in which it was ready with them.
    expect(keys.map((key) => path.basename(key)).sort()).toEqual(fileNames[shape]);
    // Nothing is zipped again but the example's own code.
    const zips = (await readdir(packaged)).filter((name) => name.endsWith('.zip'));
    expect(zips).toEqual(shape === 'function' ? [] : ['lambda-slim-example.zip']);
  });

  test.each(shapes)('Terraform, %s: it parses, and what it names is there', async (shape) => {
    const { folder } = await initialized(shape, 'terraform');
    const script = path.join(repository, 'test/setup/terraform_names.py');
    const { code, stdout, stderr } = await checked(folder, 'python', [script, 'lambda_slim.tf']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { used, declared } = JSON.parse(stdout) as Record<'used' | 'declared', readonly string[]>;
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !declared.includes(name))).toEqual([]);
    expect(await json(folder, 'lambda_slim.auto.tfvars.json')).toEqual({
      lambda_slim: { build: '.lambda-slim', handler: 'app.handler' },
    });
  });

  (terraform === null ? test.skip : test).each(shapes)(
    'Terraform, %s: formatted, and its locals are those of the build (needs terraform or tofu)',
    async (shape) => {
      const { folder } = await initialized(shape, 'terraform');
      const format = await checked(folder, terraform!, [
        'fmt',
        '-check',
        '-diff',
        '-no-color',
        'lambda_slim.tf',
      ]);
      expect(format).toMatchObject({ code: 0, stdout: '' });
      // Up to the first resource nothing needs a provider.
      const text = await readFile(path.join(folder, 'lambda_slim.tf'), 'utf8');
      await writeFile(path.join(folder, 'lambda_slim.tf'), text.slice(0, text.indexOf('\nresource ')));
      const names = ['runtime', 'layers', 'stored', 'function', 'payload'];
      const question = `jsonencode({ ${names.map((name) => `${name} = local.slim_${name}`).join(', ')} })`;
      const answer = await checked(folder, terraform!, ['console'], { input: `${question}\n` });
      expect(answer.code).toBe(0);
      const locals = JSON.parse(JSON.parse(answer.stdout) as string) as Record<string, object | null>;
      expect(locals['runtime']).toBe(settings[shape].Runtime);
      expect(Object.keys(locals['layers'] ?? {})).toEqual(fileNames[shape]);
      expect(Object.keys(locals['stored'] ?? {})).toEqual(shape === 'stored' ? ['layer-2.zip'] : []);
      expect(locals['function']).toEqual(
        shape === 'function' ? expect.objectContaining({ file: 'function.zip' }) : null,
      );
      expect(locals['payload']).toEqual(
        shape === 'stored' ? expect.objectContaining({ bucket: 'my-bucket' }) : null,
      );
    },
  );

  (providers ? test : test.skip)("Terraform: validate (needs terraform's or tofu's registry)", async () => {
    const { folder } = await initialized('layer', 'terraform');
    expect(await checked(folder, terraform!, ['init', '-backend=false'])).toMatchObject({ code: 0 });
    expect(await checked(folder, terraform!, ['validate'])).toMatchObject({ code: 0 });
  });

  test.each(shapes)('the workflow, %s: GitHub’s schema takes it', async (shape) => {
    const { folder } = await initialized(shape, 'action');
    const file = '.github/workflows/lambda-slim.yml';
    const args = ['--builtin-schema', 'vendor.github-workflows', file];
    expect(await checked(folder, 'check-jsonschema', args)).toMatchObject({ code: 0 });
  });

  test('a second one beside the first: the file in the way is named, nothing is written', async () => {
    const { folder } = await initialized('layer', 'sam');
    const before = await readdir(folder, { recursive: true });
    const program = path.join(repository, 'bin/lambda-slim.js');
    const ran = await start(process.execPath, [program, 'init', 'cdk'], { cwd: folder, env: environment });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('slim_example/app.py is there already; nothing was written.');
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  test('the example answers with the packages', async () => {
    const { folder } = await initialized('layer', 'sam');
    const ran = await checked(path.join(folder, 'slim_example'), 'python', [
      '-c',
      'import app; print(app.handler({}, None)["cfn-lint"])',
    ]);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
