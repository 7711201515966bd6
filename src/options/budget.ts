/** A budget as it is written, in the config file or as a flag → data. Pure. */
import { normalizeName } from '../python/names.js';
import { parseSize } from './sizes.js';

/** What a budget is about: a size, a package, or each file that a glob names. */
export type BudgetSubject =
  | { readonly kind: 'zipped' | 'unzipped' | 'tmp' }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'file'; readonly glob: string };

/** A limit that the user set. */
export interface Budget {
  /** `zipped`, `unzipped`, `tmp`, `package:NAME` or `file:GLOB`, as written. */
  readonly what: string;
  readonly subject: BudgetSubject;
  /** Equal is within. */
  readonly max: number;
  /** What to say when it is broken. */
  readonly message: string | null;
}

/** What budgets can be about, for help and errors. */
export const budgetSubjects = 'zipped, unzipped, tmp, package:NAME or file:GLOB';

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

function make(what: string, size: unknown, message: string | null): Budget | string {
  const subject = parseSubject(what);
  if (subject === null) return `about ${budgetSubjects}, not about "${what}"`;
  const max =
    typeof size === 'number' && Number.isInteger(size) && size >= 0
      ? size
      : typeof size === 'string'
        ? parseSize(size)
        : null;
  if (max === null) return 'with a size such as "240 MiB" as "max"';
  return { what, subject, max, message };
}

function parseSubject(what: string): BudgetSubject | null {
  if (what === 'zipped' || what === 'unzipped' || what === 'tmp') return { kind: what };
  const [, kind, rest = ''] = /^(package|file):(.+)$/.exec(what) ?? [];
  if (kind === 'package') return { kind, name: normalizeName(rest) };
  return kind === 'file' ? { kind, glob: rest } : null;
}
