/**
 * What the last `verify` measured, remembered in `verification.json` beside the manifest: budgets of `check` and the page
 * of `report` are made from it. The next build takes it away; it also names the artifacts that were verified, so that one
 * that was copied to another build counts for nothing.
 */
import path from 'node:path';
import { Ajv } from 'ajv';
import { verificationName } from '../io/output-folder.js';
import { readText } from '../io/text-file.js';
import type { Manifest, Percentiles } from '../model.js';
import { parseJson } from '../text/json.js';

/** Sizes are bytes (memory of the function: MiB), times milliseconds. Nothing in it names this machine, a user or a time. */
export interface VerificationRecord {
  readonly verificationRecord: 1;
  readonly tool: string;
  /** What was verified; the build that has others has not been verified. */
  readonly artifacts: readonly { readonly file: string; readonly sha256: string }[];
  /** For people, e.g. `bubblewrap 0.8.0 with CPython 3.13.0 of this machine`. */
  readonly sandbox: string;
  /** What was invoked; null: every import and probe that the build promises. */
  readonly handler: string | null;
  /** False: something failed, and the numbers are those of a function that does not work. */
  readonly works: boolean;
  /** MiB that the function had. */
  readonly memory: number;
  readonly cpus: number;
  /** Size of /tmp. */
  readonly tmpLimit: number;
  readonly initLimitMs: number;
  readonly snapStart: boolean;
  /** Each null when it was not measured. `cold`: initialization and the first answer, or all imports. */
  readonly times: Readonly<Record<MeasuredTime, Percentiles | null>>;
  /** Many requests at once; null: there were none. `all`: what each that was answered took, cold or warm. */
  readonly load?: {
    readonly requests: number;
    readonly concurrency: number;
    readonly environments: number;
    readonly failed: number;
    readonly requestsPerSecond: number;
    readonly all: Percentiles | null;
  } | null;
  /** The most of all cold starts. */
  readonly peakMemory: number;
  readonly tmpBytes: number;
  /** What Lambda has and nothing has tried, in a few words each. */
  readonly notChecked: readonly string[];
}

export type MeasuredTime = 'init' | 'unpack' | 'import' | 'cold' | 'warm';

/** A record, or why none counts for this build. */
export type Remembered =
  { readonly record: VerificationRecord } | { readonly missing: 'none' | 'of-another-build' | 'failed' };

/**
 * The last verification of a build.
 * @param folder where the manifest lies
 * @returns `none` also for a record that cannot be read: it is written anew by the next `verify`
 */
export async function rememberedVerification(
  folder: string,
  { artifacts }: Pick<Manifest, 'artifacts'>,
): Promise<Remembered> {
  const text = await readText(path.join(folder, verificationName)).catch(() => null);
  const record = text === null ? null : parseRecord(text);
  if (record === null) return { missing: 'none' };
  const verified = new Map(record.artifacts.map(({ file, sha256 }) => [file, sha256]));
  const same =
    verified.size === artifacts.length &&
    artifacts.every(({ file, sha256 }) => verified.get(file) === sha256);
  if (!same) return { missing: 'of-another-build' };
  return record.works ? { record } : { missing: 'failed' };
}

function parseRecord(text: string): VerificationRecord | null {
  try {
    const document: unknown = parseJson(text);
    return isRecord(document) ? document : null;
  } catch {
    return null;
  }
}

const number = { type: 'number', minimum: 0 };
const word = { type: 'string' };
const percentiles = {
  anyOf: [
    { type: 'null' },
    {
      type: 'object',
      required: ['count', 'p50', 'p95', 'p99'],
      properties: { count: number, p50: number, p95: number, p99: number },
    },
  ],
};
const members: Readonly<Record<keyof VerificationRecord, object>> = {
  verificationRecord: { const: 1 },
  tool: word,
  artifacts: {
    type: 'array',
    items: { type: 'object', required: ['file', 'sha256'], properties: { file: word, sha256: word } },
  },
  sandbox: word,
  handler: { type: ['string', 'null'] },
  works: { type: 'boolean' },
  memory: number,
  cpus: number,
  tmpLimit: number,
  initLimitMs: number,
  snapStart: { type: 'boolean' },
  times: {
    type: 'object',
    required: ['init', 'unpack', 'import', 'cold', 'warm'],
    additionalProperties: percentiles,
  },
  load: {
    type: ['object', 'null'],
    required: ['requests', 'concurrency', 'environments', 'failed', 'requestsPerSecond', 'all'],
    properties: {
      ...{ requests: number, concurrency: number, environments: number, failed: number },
      ...{ requestsPerSecond: number, all: percentiles },
    },
  },
  peakMemory: number,
  tmpBytes: number,
  notChecked: { type: 'array', items: word },
};
const isRecord = new Ajv({ strictTypes: false }).compile<VerificationRecord>({
  type: 'object',
  // An earlier version's has no load.
  required: Object.keys(members).filter((name) => name !== 'load'),
  properties: members,
});
