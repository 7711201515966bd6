/**
 * What a manifest must have, as every reader of it relies on: it may be written by hand, cut, from another version or
 * from somebody else. Pure.
 */
import type { PatchMade, VendoredFolder } from '../amended.js';
import { Ajv } from 'ajv';
import type { Finding } from '../findings/findings.js';
import type {
  Artifact,
  Beside,
  BuildInputs,
  FileSize,
  Manifest,
  Nesting,
  OtherLayer,
  OwnedDecision,
  PackageSize,
  PayloadAddress,
  Proof,
  Rejection,
  RuleSaving,
  SizeStage,
  StepTime,
} from '../model.js';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const textOrNull: Schema = { type: ['string', 'null'] };
const flag: Schema = { type: 'boolean' };
/** Sizes are added up and shown, so nothing else than a count may be among them. */
const count: Schema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const time: Schema = { type: 'number', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const list = (items: Schema): Schema => ({ type: 'array', items });
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
/** The compiler asks for each member that a type gets; one that may be absent is named. */
const table = <T>(
  properties: Readonly<Record<keyof T, Schema>>,
  absent: readonly (keyof T)[] = [],
): Schema => ({
  type: 'object',
  required: Object.keys(properties).filter((key) => !absent.includes(key as keyof T)),
  properties,
});
/** One part of a path, so that it names something in the output folder and nothing outside of it. */
const fileName: Schema = { type: 'string', pattern: '^(?!\\.{1,2}$)[^/\\\\\\u0000]{1,255}$' };
const sha256: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };

const strategy = oneOf('direct', 'layer', 'layers', 'double-zip', 's3', 'directory');
const codec = oneOf('zstd', 'gzip');

const nesting = table<Nesting>({
  codec,
  level: { type: 'integer' },
  files: list(
    table<Nesting['files'][number]>({
      path: text,
      distribution: textOrNull,
      bytes: count,
      packed: count,
      way: oneOf('library', 'tree'),
    }),
  ),
  payloadBytes: count,
  bootBytes: count,
  ephemeralStorage: count,
  digest: text,
  s3: orNull(table<PayloadAddress>({ bucket: textOrNull, key: text, region: textOrNull })),
  because: text,
});

const members: Readonly<Record<keyof Manifest, Schema>> = {
  manifestVersion: { const: 1 },
  tool: text,
  target: table<Manifest['target']>({
    python: oneOf('3.9', '3.10', '3.11', '3.12', '3.13', '3.14'),
    architecture: oneOf('x86_64', 'arm64'),
    glibc: { type: 'string', pattern: '^\\d{1,3}\\.\\d{1,3}$' },
    custom: flag,
  }),
  resolver: table<Manifest['resolver']>({ name: oneOf('uv', 'pip', 'docker', 'directory'), version: text }),
  requested: list(text),
  handler: textOrNull,
  handlers: list(text),
  distributions: list(
    table<Manifest['distributions'][number]>({
      name: text,
      version: text,
      neededBy: list(text),
      modules: list(text),
    }),
  ),
  sizes: table<SizeStage>({ raw: count, pruned: count, stripped: count, unzipped: count, zipped: count }),
  packages: list(
    table<PackageSize>({
      distribution: text,
      version: textOrNull,
      raw: count,
      kept: count,
      packed: count,
      files: count,
    }),
  ),
  files: list(
    table<FileSize>({ path: text, distribution: textOrNull, raw: count, kept: count, packed: count }),
  ),
  savings: list(table<RuleSaving>({ rule: text, because: text, files: count, bytes: { type: 'integer' } })),
  plan: table<Manifest['plan']>({
    strategy,
    rejected: list(
      table<Rejection>({
        strategy,
        limit: oneOf('direct-upload', 'unzipped', 'layers', 'ephemeral-storage'),
        limitBytes: count,
        actualBytes: count,
        overBytes: count,
        because: text,
      }),
    ),
    zippedBytes: count,
    unzippedBytes: count,
    ephemeralBytes: count,
    nesting: orNull(nesting),
  }),
  models: { type: 'object' },
  beside: table<Beside>({ layers: count, layerCount: count, reserve: count }),
  layers: list(
    table<OtherLayer>({
      name: text,
      place: text,
      sha256: orNull(sha256),
      unzippedBytes: count,
      distributions: list(
        table<OtherLayer['distributions'][number]>({ name: text, version: text, bytes: count, left: flag }),
      ),
    }),
  ),
  patches: list(
    table<PatchMade>({
      package: text,
      version: text,
      file: text,
      sha256,
      replace: textOrNull,
      paths: list(text),
    }),
  ),
  vendored: list(
    table<VendoredFolder>({
      folder: text,
      sha256,
      files: count,
      bytes: count,
      modules: list(text),
      distributions: list(table<VendoredFolder['distributions'][number]>({ name: text, version: text })),
    }),
  ),
  ephemeralStorage: count,
  artifacts: list(
    table<Artifact>({
      file: fileName,
      kind: oneOf('function', 'layer', 'directory', 'payload'),
      sha256,
      sha256Base64: text,
      contentDigest: sha256,
      zippedBytes: count,
      unzippedBytes: count,
      ephemeralBytes: count,
      viaS3: flag,
      fileCount: count,
    }),
  ),
  bytecode: table<Manifest['bytecode']>({
    files: count,
    bytes: count,
    policy: oneOf('auto', 'none', 'all', 'only'),
  }),
  proof: table<Proof>(
    {
      state: oneOf('proven', 'partly', 'not-proven'),
      interpreter: textOrNull,
      confinedBy: orNull(oneOf('bubblewrap', 'namespaces', 'container', 'none')),
      librariesSeen: textOrNull,
      environment: { type: 'object', additionalProperties: textOrNull },
      imported: list(text),
      failedBefore: list(table<Proof['failedBefore'][number]>({ module: text, error: text })),
      probes: list(text),
      because: textOrNull,
      importMs: orNull(
        table<NonNullable<Proof['importMs']>>({ plain: time, compiled: orNull(time), remembered: flag }, [
          'remembered',
        ]),
      ),
    },
    ['confinedBy', 'librariesSeen', 'environment'],
  ),
  // Codes and arguments: see `manifest.ts`.
  findings: list(table<Pick<Finding, 'code' | 'args'>>({ code: text, args: { type: 'object' } })),
  decisions: list(
    table<OwnedDecision>({
      path: text,
      action: oneOf('keep', 'drop', 'strip', 'stub', 'rewrite'),
      rule: text,
      because: text,
      bytes: count,
      kept: count,
      distribution: textOrNull,
    }),
  ),
  times: list(table<StepTime>({ step: text, ms: time, cached: flag })),
  stamp: text,
  inputs: table<BuildInputs>({
    folder: text,
    detected: flag,
    read: list(
      table<BuildInputs['read'][number]>({
        path: text,
        kind: oneOf('file', 'pyproject', 'project', 'packages', 'vendored'),
        sha256,
      }),
    ),
    code: orNull(
      table<NonNullable<BuildInputs['code']>>({ path: text, sha256, keep: list(text), exclude: list(text) }),
    ),
    config: orNull(
      table<NonNullable<BuildInputs['config']>>({
        path: textOrNull,
        given: list(text),
        values: { type: 'object', additionalProperties: text },
      }),
    ),
  }),
  probes: list(table<Manifest['probes'][number]>({ recipe: text, code: text })),
};

const compile = () =>
  new Ajv({ allErrors: false, strict: false, unicodeRegExp: false }).compile<Manifest>(
    table<Manifest>(members, [
      ...(['handler', 'handlers', 'models', 'beside', 'layers'] as const),
      ...(['patches', 'vendored', 'inputs'] as const),
    ]),
  );
let compiled: ReturnType<typeof compile> | undefined;

/** @returns where a document is none, in words; null when it is a manifest */
export function manifestFault(document: unknown): string | null {
  compiled ??= compile();
  if (compiled(document)) return null;
  const [error] = compiled.errors ?? [];
  return error === undefined ? 'it is none' : `${error.instancePath || 'it'} ${error.message ?? 'is wrong'}`;
}
