/**
 * Facts about the artifact. One union of codes with typed arguments; severity is data, words are in one table, so that
 * text, JSON and Markdown say the same. Pure.
 */
import { SlimError } from '../errors.js';
import { buildFindingTexts, type BuildFindingKinds } from './build.js';
import { checkFindingTexts, type CheckFindingKinds } from './check.js';
import { doctorFindingTexts, type DoctorFindingKinds } from './doctor.js';
import { layerFindingTexts, type LayerFindingKinds } from './layers.js';
import { proofFindingTexts, type ProofFindingKinds } from './prove.js';
import { codeFindingTexts, type CodeFindingKinds } from './code.js';
import { publishFindingTexts, type PublishFindingKinds } from './publish.js';
import type { FindingText, FindingTexts, Severity } from './row.js';
import { verifyFindingTexts, type VerifyFindingKinds } from './verify.js';

export type { Severity } from './row.js';

interface FindingKinds
  extends
    BuildFindingKinds,
    CodeFindingKinds,
    LayerFindingKinds,
    ProofFindingKinds,
    VerifyFindingKinds,
    CheckFindingKinds,
    PublishFindingKinds,
    DoctorFindingKinds {}

export type FindingCode = keyof FindingKinds;

/** One fact: its code, and the arguments that its sentence needs. */
export type Finding = {
  [Code in FindingCode]: { readonly code: Code; readonly args: Readonly<FindingKinds[Code]> };
}[FindingCode];

/** Severity and words for each code. */
export const findingTexts: FindingTexts<FindingKinds> = {
  ...buildFindingTexts,
  ...codeFindingTexts,
  ...layerFindingTexts,
  ...proofFindingTexts,
  ...verifyFindingTexts,
  ...checkFindingTexts,
  ...publishFindingTexts,
  ...doctorFindingTexts,
};

/** Make a finding; the compiler checks its arguments. */
export function finding<Code extends FindingCode>(code: Code, args: FindingKinds[Code]): Finding {
  return { code, args } as unknown as Finding;
}

/** Whether it says that something does not work or does not fit: what was made must not be deployed. */
export const isError = ({ code }: Finding): boolean => findingTexts[code].severity === 'error';

export const hasErrors = (findings: readonly Finding[]): boolean => findings.some(isError);

/** 0: done. 1: done, but a finding is an error. 2: the request or the machine. 3: our bug. 130: interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** How a command ended: with what it found, or with what was thrown. */
export type Ending = { readonly findings: readonly Finding[] } | { readonly error: unknown };

/** What the program ends with. */
export function exitCode(ending: Ending): ExitCode {
  if ('findings' in ending) return hasErrors(ending.findings) ? 1 : 0;
  if (!(ending.error instanceof SlimError)) return 3;
  return ending.error.code === 'interrupted' ? 130 : 2;
}

export interface RenderedFinding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly sentence: string;
  readonly hint: string | null;
}

/** The words for one finding. */
export function renderFinding(given: Finding): RenderedFinding {
  const text = findingTexts[given.code] as FindingText<FindingKinds[FindingCode]>;
  return {
    code: given.code,
    severity: text.severity,
    sentence: text.sentence(given.args),
    hint: text.hint(given.args),
  };
}
