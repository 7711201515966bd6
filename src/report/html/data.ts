/**
 * What the page shows, and what `report --json` prints: a manifest in, plain data out.  All sizes are bytes. Pure.
 */
import { renderFinding, type RenderedFinding, type Severity } from '../../findings/findings.js';
import type { Manifest } from '../../model.js';
import { limitRows, type LimitRow } from '../limit-rows.js';
import { bootstrap, functionCode, modelReader, unowned } from '../../manifest/measure.js';
import type { Difference } from '../../check/model.js';
import { normalizeName } from '../../python/names.js';
import type { Remembered } from '../../manifest/verification-record.js';
import { kindOf, type FileKind } from './kind.js';
import { possibleSavings, type Possible } from './possible.js';

/** `[path, raw, kept, index of its reason, kind, 1 when it is opened into /tmp]`: there are thousands, so no keys. */
export type PageFile = readonly [
  path: string,
  raw: number,
  kept: number,
  reason: number,
  kind: FileKind,
  tmp: 0 | 1,
];

export interface PagePackage {
  readonly name: string;
  readonly version: string | null;
  /** Why it is there, in words; empty for what is no distribution. */
  readonly because: string;
  readonly raw: number;
  readonly kept: number;
  /** Compressed bytes in the archives. */
  readonly packed: number;
  /** Their raw bytes are `raw`; their kept bytes are `kept`, since what the build adds is here too. */
  readonly files: readonly PageFile[];
}

export interface PageLimit extends LimitRow {
  /** What the used bytes are; their sum is `used`. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

/** What the page tells besides the build. */
export interface PageAround {
  /** For people; null: it has none. */
  readonly project: string | null;
  readonly verification: Remembered;
  /** To the baseline that was given; null: there is none. */
  readonly difference: Difference | null;
}

const nothing: PageAround = { project: null, verification: { missing: 'none' }, difference: null };

export interface PageData extends PageAround {
  readonly format: 1;
  readonly tool: string;
  /** Of the build: equal builds have equal stamps. */
  readonly stamp: string;
  readonly target: Manifest['target'];
  readonly resolver: string;
  readonly strategy: string;
  readonly sizes: Manifest['sizes'];
  readonly limits: readonly PageLimit[];
  /** Heaviest (kept) first. */
  readonly packages: readonly PagePackage[];
  readonly reasons: readonly { readonly action: string; readonly rule: string; readonly because: string }[];
  readonly savings: Manifest['savings'];
  /** Errors first. */
  readonly findings: readonly RenderedFinding[];
  readonly proof: Manifest['proof'];
  readonly bytecode: Manifest['bytecode'];
  /** What could still go, the most bytes first. */
  readonly possible: readonly Possible[];
  readonly artifacts: Manifest['artifacts'];
  readonly rejected: Manifest['plan']['rejected'];
  /** Null when nothing is opened into /tmp at start. */
  readonly nesting: {
    readonly because: string;
    readonly files: number;
    readonly bytes: number;
    readonly payloadBytes: number;
    readonly codec: string;
    readonly place: 'package' | 's3';
  } | null;
}

export function pageData(manifest: Manifest, around: PageAround = nothing): PageData {
  const { plan } = manifest;
  const reasons = reasonList();
  const packages = pagePackages(manifest, reasons);
  const { nesting } = plan;
  return {
    format: 1,
    ...around,
    tool: manifest.tool,
    stamp: manifest.stamp,
    target: manifest.target,
    resolver: manifest.resolver.version,
    strategy: plan.strategy,
    sizes: manifest.sizes,
    limits: limitRows(manifest).map((row) => ({ ...row, parts: partsOf(row, manifest) })),
    packages,
    reasons: reasons.list,
    savings: manifest.savings,
    findings: sortedFindings(manifest),
    proof: manifest.proof,
    bytecode: manifest.bytecode,
    possible: possibleSavings(manifest),
    artifacts: manifest.artifacts,
    rejected: plan.rejected,
    nesting:
      nesting === null
        ? null
        : {
            because: nesting.because,
            files: nesting.files.length,
            bytes: nesting.files.reduce((sum, file) => sum + file.bytes, 0),
            payloadBytes: nesting.payloadBytes,
            codec: `${nesting.codec} ${nesting.level}`,
            place: nesting.s3 === null ? 'package' : 's3',
          },
  };
}

type Reasons = ReturnType<typeof reasonList>;

/** Each reason is there once; files name it by its index. */
function reasonList() {
  const index = new Map<string, number>();
  const list: PageData['reasons'][number][] = [];
  return {
    list,
    of: (action: string, rule: string, because: string): number => {
      const id = JSON.stringify([action, rule, because]);
      const found = index.get(id) ?? list.push({ action, rule, because }) - 1;
      index.set(id, found);
      return found;
    },
  };
}

function pagePackages(manifest: Manifest, reasons: Reasons): readonly PagePackage[] {
  const files = filesByOwner(manifest, reasons);
  const facts = new Map(manifest.distributions.map((one) => [one.name, one]));
  return manifest.packages.map(({ distribution: name, version, raw, kept, packed }) => {
    const own = files.get(name === unowned ? null : name) ?? [];
    const rest = kept - own.reduce((sum, [, , bytes]) => sum + bytes, 0);
    return {
      name,
      version,
      because: whyThere(facts.get(name), manifest),
      raw,
      kept,
      packed,
      files: rest > 0 ? [...own, addition(name, rest, reasons)] : own,
    };
  });
}

function filesByOwner({ decisions, plan }: Manifest, reasons: Reasons): Map<string | null, PageFile[]> {
  const files = new Map<string | null, PageFile[]>();
  const add = (owner: string | null, file: PageFile): void => {
    const list = files.get(owner);
    if (list) list.push(file);
    else files.set(owner, [file]);
  };
  const tmp = new Map(plan.nesting?.files.map((file) => [file.path, file]));
  for (const { path, distribution, bytes, kept, action, rule, because } of decisions) {
    const nested = tmp.delete(path) ? 1 : 0;
    add(distribution, [path, bytes, kept, reasons.of(action, rule, because), kindOf(path), nested]);
  }
  // What the payload holds besides was not in the tree: bytecode that the build made.
  for (const { path, distribution, bytes } of tmp.values()) {
    add(distribution, [path, 0, bytes, reasons.of(...compiled), 'added', 1]);
  }
  return files;
}

type Reason = readonly [action: string, rule: string, because: string];

const compiled: Reason = ['add', 'build/bytecode', 'Compiled by the build, for faster starts.'];

/** What the build brings as a whole, by the name of its row among the packages. */
const brought: Readonly<Record<string, Reason>> = {
  [functionCode]: ['add', 'build/code', "The function's own code."],
  [modelReader]: ['add', 'build/models', 'Reads models from S3 for your code.'],
  [bootstrap]: ['add', 'build/bootstrap', 'Opens the payload into /tmp when the function starts.'],
};

/** What the build put beside a package's own files; the manifest has its bytes, not its paths. */
function addition(owner: string, bytes: number, reasons: Reasons): PageFile {
  // A package may be called `constructor`.
  const whole = Object.hasOwn(brought, owner) ? brought[owner] : undefined;
  return [whole ? owner : '(bytecode)', 0, bytes, reasons.of(...(whole ?? compiled)), 'added', 0];
}

function whyThere(
  one: Manifest['distributions'][number] | undefined,
  { requested, patches = [], vendored = [] }: Manifest,
): string {
  if (one === undefined) return '';
  const by = patches.filter(({ package: name }) => normalizeName(name) === one.name).map(({ file }) => file);
  const patched = by.length === 0 ? '' : `; patched by ${by.join(', ')}`;
  const from = vendored.find(({ distributions }) =>
    distributions.some(({ name }) => normalizeName(name) === one.name),
  );
  if (from !== undefined) return `vendored from ${from.folder}`;
  return `${whoNeeds(one, requested)}${patched}`;
}

function whoNeeds(one: Manifest['distributions'][number], requested: readonly string[]): string {
  if (requested.includes(one.name)) return 'you asked for it';
  return one.neededBy.length > 0 ? `needed by ${one.neededBy.join(', ')}` : 'nothing that is left needs it';
}

function partsOf({ name, used }: LimitRow, manifest: Manifest): PageLimit['parts'] {
  const { nesting } = manifest.plan;
  const named: { name: string; bytes: number }[] = [];
  if (name === 'unzipped') {
    const inPackage = nesting !== null && nesting.s3 === null ? nesting.payloadBytes : 0;
    named.push(
      { name: 'payload, compressed', bytes: inPackage },
      { name: 'bootstrap', bytes: nesting?.bootBytes ?? 0 },
      { name: 'other layers', bytes: manifest.beside?.layers ?? 0 },
    );
  } else if (name === '/tmp' && nesting !== null) {
    const owners = Map.groupBy(nesting.files, (file) => file.distribution ?? 'no owner');
    for (const [owner, files] of owners)
      named.push({ name: owner, bytes: files.reduce((sum, file) => sum + file.bytes, 0) });
    named.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  }
  const rest = used - named.reduce((sum, part) => sum + part.bytes, 0);
  const others = { 'direct upload': 'the largest zip', unzipped: 'packages', '/tmp': 'folders and links' };
  const all =
    name === 'unzipped'
      ? [{ name: others[name], bytes: rest }, ...named]
      : [...named, { name: others[name], bytes: rest }];
  return all.filter((part) => part.bytes > 0);
}

function sortedFindings({ findings }: Manifest): readonly RenderedFinding[] {
  const order: readonly Severity[] = ['error', 'warning', 'info'];
  const rendered = findings.map(renderFinding);
  return order.flatMap((severity) => rendered.filter((one) => one.severity === severity));
}
