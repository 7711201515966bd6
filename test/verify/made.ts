/** Small real builds for the tests of verify, and a sandbox that is no more than a Python process. */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { manifestText } from '../../src/manifest/manifest.js';
import type { Format, Manifest } from '../../src/model.js';
import { writeArtifacts } from '../../src/pack/artifacts.js';
import { packFiles } from '../../src/pack/compress/pack-files.js';
import { planPack } from '../../src/pack/plan/plan.js';
import { silent } from '../../src/progress.js';
import type { Invocation, Sandbox } from '../../src/verify/model.js';
import type { VerifyRequest } from '../../src/verify/verification.js';
import { openCache, stage, type Tree } from '../pack/helpers.js';
import { exampleManifest } from '../report/example.js';

export interface Made {
  readonly out: string;
  readonly manifest: Manifest;
}

/** A build's output folder. */
export async function make(
  root: string,
  tree: Tree,
  format: Format,
  change: Partial<Manifest> = {},
): Promise<Made> {
  const cache = await openCache(path.join(root, 'cache'));
  const out = path.join(root, 'out');
  await mkdir(out);
  const staged = await stage(path.join(root, 'tree'), tree);
  const files = await packFiles(staged, { cache, progress: silent, level: 1 });
  const plan = planPack(files, {
    format,
    prune: 'safe',
    strategy: 'auto',
    excludeRuntime: false,
    ephemeralStorage: 512,
  });
  const artifacts = await writeArtifacts(plan, out, silent);
  await cache.close();
  const manifest = exampleManifest({ artifacts, ...change });
  await writeFile(path.join(out, 'lambda-slim.json'), manifestText(manifest));
  return { out, manifest };
}

export function request(root: string, change: Partial<VerifyRequest> = {}): VerifyRequest {
  return {
    out: path.join(root, 'out'),
    layers: null,
    handler: null,
    codeTyped: true,
    project: root,
    excludeCode: [],
    event: {},
    events: null,
    code: null,
    sandbox: 'auto',
    runs: 1,
    warm: 0,
    load: null,
    serve: null,
    memory: 512,
    timeoutMs: 20_000,
    ephemeralStorage: null,
    environment: {},
    snapStart: false,
    network: 'none',
    s3: [],
    cpus: 1,
    image: null,
    containerEngine: null,
    interpreter: null,
    cacheDir: path.join(root, 'cache'),
    cacheLimit: 5e9,
    cache: true,
    ...change,
  };
}

/** Reads an event a line, answers a line; what Lambda's client does in so few words. */
const runtime = `
import importlib, json, os, sys
sys.path[:0] = sys.argv[1:3]
module, name = sys.argv[3].rsplit(".", 1)
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
def say(**line):
    answers.write(json.dumps(line) + "\\n")
    answers.flush()
def failed(error):
    say(errorType=type(error).__name__, errorMessage=str(error), stackTrace=[])
try:
    handler = getattr(importlib.import_module(module), name)
except Exception as error:
    failed(error)
    sys.exit(1)
say(ready=True)
for line in sys.stdin:
    try:
        say(result=handler(json.loads(line), None))
    except Exception as error:
        failed(error)
`;

/** Counts its starts. It imitates nothing of Lambda but the order of sys.path. */
export function bareSandbox(python = 'python3'): Sandbox & { readonly starts: () => number } {
  let starts = 0;
  return {
    name: 'unshare',
    description: 'a Python process of the tests',
    notChecked: ['Anything at all.'],
    starts: () => starts,
    start: (spec) => {
      starts++;
      const args = ['-B', '-c', runtime, spec.task, path.join(spec.opt, 'python'), spec.handler];
      const child = spawn(python, args, { env: { PATH: process.env['PATH'], ...spec.environment } });
      const log: string[] = [];
      let closed = false;
      createInterface(child.stderr).on('line', (line) => log.push(line));
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      child.stdin.on('error', () => {});
      const next = async (): Promise<Invocation & { readonly told: boolean }> => {
        const began = performance.now();
        const line = await lines.next();
        const ms = performance.now() - began;
        closed ||= line.done === true;
        if (line.done === true) return { ok: false, result: null, error: null, ms, told: false };
        const said = JSON.parse(line.value) as { errorType?: string; result?: unknown };
        const failed = said.errorType !== undefined;
        return {
          ok: !failed,
          result: said.result ?? null,
          error: failed ? (said as Invocation['error']) : null,
          ms,
          told: true,
        };
      };
      return Promise.resolve({
        initialized: async () => {
          const { ok, ms, error } = await next();
          return { ok, ms, error };
        },
        invoke: async (event) => {
          child.stdin.write(`${JSON.stringify(event)}\n`);
          const { told, ...invocation } = await next();
          return told ? invocation : { ...invocation, ok: false };
        },
        stop: async () => {
          child.stdin.end();
          return { peakMemory: 1000, tmpBytes: 10, memoryExceeded: false, exitCode: await ended };
        },
        over: () => closed,
        measured: () => ({ peakMemory: 1000, tmpBytes: 10 }),
        log: () => log,
      });
    },
  };
}
