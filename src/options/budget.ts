/** A budget as it is written, in the config file or as a flag → data. Pure. */
import { normalizeName } from '../python/names.js';
import { parseSize, parseTime } from './sizes.js';

/** A size, a package, or each file that a glob names. */
export type SizeSubject =
  | { readonly kind: 'zipped' | 'unzipped' | 'tmp' }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'file'; readonly glob: string };

/** What the last `verify` measured: the peak of memory, a time, or, of many requests, the times and failures of all. */
export type MeasuredSubject =
  | { readonly kind: 'memory' }
  | { readonly kind: 'requests'; readonly percentile: Percentile }
  | { readonly kind: 'errors'; readonly unit: 'count' | 'percent' }
  | { readonly kind: 'time'; readonly time: 'init' | 'cold' | 'warm'; readonly percentile: Percentile };

type Percentile = 'p50' | 'p95' | 'p99';

/** A limit that the user set. */
export interface Budget<Subject = SizeSubject | MeasuredSubject> {
  /** `zipped`, `unzipped`, `tmp`, `package:NAME`, `file:GLOB`, `memory`, `init`, `warm-p95`, `p95` or `errors`, as written. */
  readonly what: string;
  readonly subject: Subject;
  /** Equal is within. Bytes; of a time, milliseconds; of errors, requests or percent of them. */
  readonly max: number;
  /** What to say when it is broken. */
  readonly message: string | null;
}

/** What budgets can be about, for help and errors. */
export const budgetSubjects =
  'zipped, unzipped, tmp, package:NAME, file:GLOB, or, of the last verify, memory, init, cold or warm (or init-p50, warm-p95, …), and, with --requests, p50, p95, p99 or errors';

const measured: ReadonlySet<string> = new Set<MeasuredSubject['kind']>([
  'memory',
  'time',
  'requests',
  'errors',
]);

/** Whether it is about what `verify` measured. */
export function isMeasured(budget: Budget): budget is Budget<MeasuredSubject> {
  return measured.has(budget.subject.kind);
}

/** Whether the build alone answers it. */
export function isSize(budget: Budget): budget is Budget<SizeSubject> {
  return !isMeasured(budget);
}

/** Keys of a budget in the config file. */
const keys = ['what', 'max', 'message'];

/**
 * @param raw `{ "what": "unzipped", "max": "240 MiB", "message": "…" }`, or as text `unzipped=240MiB`
 * @returns what is wrong with it, as text, when it is no budget
 */
export function parseBudget(raw: unknown): Budget | string {
  if (typeof raw === 'string') return fromText(raw);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return 'a table with "what" and "max"';
  const unknown = Object.keys(raw).find((key) => !keys.includes(key));
  if (unknown !== undefined) return `without the key "${unknown}": a budget has ${keys.join(', ')}`;
  const { what, max, message } = raw as Readonly<Record<string, unknown>>;
  if (typeof what !== 'string') return `about something: "what" is ${budgetSubjects}`;
  if (message !== undefined && typeof message !== 'string') return 'with a text as "message"';
  return make(what, max, message ?? null);
}

function fromText(text: string): Budget | string {
  const at = text.lastIndexOf('=');
  return at < 0 ? 'like unzipped=240MiB' : make(text.slice(0, at).trim(), text.slice(at + 1), null);
}

function make(what: string, given: unknown, message: string | null): Budget | string {
  const subject = parseSubject(what);
  if (subject === null) return `about ${budgetSubjects}, not about "${what}"`;
  if (subject.kind === 'errors') return errorsBudget(what, given, message);
  if (subject.kind === 'time' || subject.kind === 'requests') {
    // A bare number could be seconds or milliseconds.
    const ms = typeof given === 'string' ? parseTime(given) : null;
    return ms === null
      ? 'with a time such as "5 s" or "200 ms" as "max"'
      : { what, subject, max: ms, message };
  }
  const max =
    typeof given === 'number' && Number.isInteger(given) && given >= 0
      ? given
      : typeof given === 'string'
        ? parseSize(given)
        : null;
  if (max === null) return 'with a size such as "240 MiB" as "max"';
  return { what, subject, max, message };
}

/** `0`, or `0.5%` of the requests. */
function errorsBudget(what: string, given: unknown, message: string | null): Budget | string {
  const [, count, percent] = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(String(given)) ?? [];
  if (count === undefined || (percent === '' && !Number.isInteger(Number(count))))
    return 'with a number of requests such as "0", or a share such as "0.5%", as "max"';
  return {
    ...{ what, max: Number(count), message },
    subject: { kind: 'errors', unit: percent === '' ? 'count' : 'percent' },
  };
}

const times = ['init', 'cold', 'warm'] as const;
const percentiles = ['p50', 'p95', 'p99'] as const;

function parseSubject(what: string): SizeSubject | MeasuredSubject | null {
  if (what === 'memory') return { kind: what };
  if (what === 'errors') return { kind: what, unit: 'count' };
  for (const percentile of percentiles) if (what === percentile) return { kind: 'requests', percentile };
  for (const time of times)
    for (const percentile of percentiles)
      // Without one the slowest counts, which is what p99 is for up to a hundred.
      if (what === `${time}-${percentile}` || (what === time && percentile === 'p99'))
        return { kind: 'time', time, percentile };
  if (what === 'zipped' || what === 'unzipped' || what === 'tmp') return { kind: what };
  const [, kind, rest = ''] = /^(package|file):(.+)$/.exec(what) ?? [];
  if (kind === 'package') return { kind, name: normalizeName(rest) };
  return kind === 'file' ? { kind, glob: rest } : null;
}
