/** A built project and a fake AWS for tests of `publish-layer`. */
import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { main } from '../../src/cli.js';
import type { Artifact, Manifest } from '../../src/model.js';
import type { Publication } from '../../src/publish/model.js';
import {
  cli,
  environment,
  folder,
  hostPython,
  manifestOf,
  smallTree,
  spawned,
  type CliOptions,
  type Result,
} from '../cli/helper.js';
import type { Asked } from '../fake-aws/answer.js';
import type { FakeAws } from '../fake-aws/server.js';

export const runtime = `python${hostPython}`;
export const region = 'eu-central-1';

const original = await folder();
const made = await cli(['build', '--from', await smallTree(), '--python', hostPython], { cwd: original });
if (made.code !== 0) throw new Error(made.stderr);

/** A folder with a build of its own. */
export async function project(): Promise<string> {
  const place = await folder();
  await cp(path.join(original, '.lambda-slim'), path.join(place, '.lambda-slim'), { recursive: true });
  return place;
}

/** Change what the build's manifest says. */
export async function changeManifest(
  place: string,
  change: (manifest: Manifest) => Partial<Manifest>,
): Promise<void> {
  const out = path.join(place, '.lambda-slim');
  const manifest = await manifestOf(out);
  await writeFile(path.join(out, 'lambda-slim.json'), JSON.stringify({ ...manifest, ...change(manifest) }));
}

/** Put a file into the build, as an artifact. */
export async function addArtifact(
  place: string,
  file: string,
  content: Buffer,
  more: Partial<Artifact>,
): Promise<void> {
  await writeFile(path.join(place, '.lambda-slim', file), content);
  const hash = createHash('sha256').update(content);
  const [sha256, sha256Base64] = [hash.copy().digest('hex'), hash.digest('base64')];
  await changeManifest(place, ({ artifacts: [first, ...others] }) => ({
    artifacts: [
      ...(first === undefined ? [] : [first]),
      ...others,
      { ...first!, file, sha256, sha256Base64, zippedBytes: content.length, ...more },
    ],
  }));
}

/** The build has two layers: the second one is the first with a comment. */
export async function secondLayer(place: string): Promise<void> {
  const zip = Buffer.from(await readFile(path.join(place, '.lambda-slim/layer.zip')));
  zip.writeUInt16LE(6, zip.length - 2);
  await addArtifact(place, 'layer-2.zip', Buffer.concat([zip, Buffer.from('second')]), {});
}

/** A zip whose directory says that its one file has so many bytes. */
export function zipOf(bytes: number): Buffer {
  const name = Buffer.from('data');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(bytes, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(bytes, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length, 16);
  return Buffer.concat([local, name, central, name, end]);
}

/** Everything of the caller's that the program sees. */
const caller = {
  ...environment,
  ...{ AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: region },
};
// The SDK looks for credentials there, too, and waits for an answer.
process.env.AWS_EC2_METADATA_DISABLED = 'true';
process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
const commandLine = (aws: FakeAws, args: readonly string[]): readonly string[] => [
  ...['publish-layer', '--endpoint-url', aws.endpoint, '--name', 'demo'],
  ...args,
];

/** Run `lambda-slim publish-layer --name demo` against the fake, as a program of its own. */
export async function publishApart(
  aws: FakeAws,
  cwd: string,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<Result> {
  return spawned(commandLine(aws, args), { cwd, env: caller, ...options });
}

/** The same within this process, which loads the SDK only once. */
export async function publishLayer(
  aws: FakeAws,
  cwd: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const said = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof said): object => ({
    isTTY: false,
    on: () => {},
    write: (text: string) => (said[name] += text),
  });
  const host = {
    ...{ argv: ['node', 'lambda-slim', ...commandLine(aws, args)], env: { ...caller, ...env } },
    ...{ stdout: stream('stdout'), stderr: stream('stderr'), cwd: () => cwd, exitCode: 0 },
    ...{ versions: process.versions, platform: process.platform, arch: process.arch },
    on: () => host,
    off: () => host,
  };
  await main(host as unknown as NodeJS.Process);
  return { ...said, code: host.exitCode };
}

/** The same with `--json`, and its document. */
export async function published(
  aws: FakeAws,
  cwd: string,
  args: readonly string[] = [],
  wantedCode = 0,
): Promise<Publication> {
  const { code, stdout, stderr } = await publishLayer(aws, cwd, ['--json', ...args]);
  if (code !== wantedCode) throw new Error(`exit code ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Publication;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: readonly string[];
}

/** The same for what fails as a whole. */
export async function failure(aws: FakeAws, cwd: string, args: readonly string[] = []): Promise<Failure> {
  const { code, stdout, stderr } = await publishLayer(aws, cwd, ['--json', ...args]);
  if (code !== 2) throw new Error(`exit code ${code}: ${stdout}${stderr}`);
  return (JSON.parse(stdout) as { error: Failure }).error;
}

export const isPublish = ({ method, path: where }: Asked): boolean =>
  method === 'POST' && where.endsWith('/versions');

export const codes = ({ findings }: Publication): readonly string[] => findings.map((one) => one.code);
