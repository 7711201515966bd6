/** Verdicts as a JUnit report, which most CI servers show: a test case for each limit, budget and broken rule. Pure. */
import type { Check, Verdict } from '../check/model.js';
import { isError, renderFinding, type Finding, type FindingCode } from '../findings/findings.js';
import { xml, xmlLines, type Xml } from '../text/xml.js';
import { amount, verdictName } from './check-text.js';

interface Case {
  readonly group: string;
  readonly name: string;
  /** Null: passed. */
  readonly failure: { readonly kind: string; readonly message: string; readonly text: string } | null;
  /** Why nothing is known; null: it is. */
  readonly skipped?: string;
}

/** An XML document. Ends with a newline. */
export function junit({ verdicts, findings }: Check): Xml {
  const cases = [
    ...verdicts.map(verdictCase),
    ...findings.flatMap(skippedCases),
    ...findings.filter((one) => isError(one) && !fromVerdicts.has(one.code)).map(findingCase),
  ];
  const failures = cases.filter((one) => one.failure !== null).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  const suite = (indent: string, name: string): Xml =>
    xml`${indent}<${name} name="lambda-slim check" tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}">`;
  return xmlLines([
    xml`<?xml version="1.0" encoding="UTF-8"?>`,
    suite('', 'testsuites'),
    suite('  ', 'testsuite'),
    ...cases.flatMap(caseLines),
    xml`  </testsuite>`,
    xml`</testsuites>`,
  ]);
}

/** What verdicts say already. */
const fromVerdicts: ReadonlySet<FindingCode> = new Set([
  'over-limit',
  'over-budget',
  'over-time-budget',
  'too-many-layers',
  'tmp-too-small',
]);

function verdictCase(verdict: Verdict): Case {
  const { from, state, actual, max, message } = verdict;
  const name = verdictName(verdict);
  const said = `${name}: ${amount(verdict, actual, true)}, at most ${amount(verdict, max, true)}`;
  const failure = { kind: from === 'budget' ? 'budget' : 'limit', message: said, text: message ?? '' };
  return { group: from, name, failure: state === 'error' ? failure : null };
}

/** A budget that nothing is known about has no verdict. */
function skippedCases(given: Finding): readonly Case[] {
  if (given.code !== 'budget-not-checked') return [];
  return [{ group: 'budget', name: given.args.what, failure: null, skipped: renderFinding(given).sentence }];
}

function findingCase(given: Finding): Case {
  const { code, sentence, hint } = renderFinding(given);
  return { group: 'finding', name: code, failure: { kind: code, message: sentence, text: hint ?? '' } };
}

function caseLines({ group, name, failure, skipped }: Case): readonly Xml[] {
  if (skipped === undefined && failure === null)
    return [xml`    <testcase classname="lambda-slim.${group}" name="${name}"/>`];
  const inner =
    skipped !== undefined
      ? xml`      <skipped message="${skipped}"/>`
      : xml`      <failure type="${failure?.kind ?? ''}" message="${failure?.message ?? ''}">${failure?.text ?? ''}</failure>`;
  return [xml`    <testcase classname="lambda-slim.${group}" name="${name}">`, inner, xml`    </testcase>`];
}
