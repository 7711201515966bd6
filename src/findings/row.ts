/** What a finding's row in the tables of this folder has. Pure. */

export type Severity = 'error' | 'warning' | 'info';

/** Severity and words of one code, for the arguments that its sentence needs. */
export interface FindingText<Args> {
  readonly severity: Severity;
  /** For the documents: what the code stands for. */
  readonly meaning: string;
  /** One to four sentences for documents and `explain`: why it happens, and what to do. */
  readonly more: string;
  readonly sentence: (args: Args) => string;
  /** What to do about it; null when nothing needs doing. */
  readonly hint: (args: Args) => string | null;
}

/** A table of texts for the arguments of each code. */
export type FindingTexts<Kinds> = { readonly [Code in keyof Kinds]: FindingText<Kinds[Code]> };
