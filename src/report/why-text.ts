/** What `why` answers, as people read it in a terminal. Pure. */
import { renderFinding, type Finding } from '../findings/findings.js';
import type { WhyAnswer } from '../manifest/why.js';
import type { OwnedDecision } from '../model.js';
import { countText, bytesText } from '../text/units.js';
import { wrap } from '../text/wrap.js';

/** The answer, and what is to be said of the build that gives it. */
export interface WhyTold extends WhyAnswer {
  readonly findings: readonly Finding[];
}

const shown = 50;
const words: Readonly<Record<string, string>> = {
  keep: 'kept',
  drop: 'dropped',
  strip: 'stripped',
  stub: 'stubbed',
  rewrite: 'rewritten',
};

/** What no rule touches is kept by none. */
function happened({ action, rule }: Pick<OwnedDecision, 'rule'> & { readonly action: string }): string {
  const word = words[action] ?? action;
  return rule === 'kept/default' ? word : `${word} by ${rule}`;
}

function nestedText(nested: WhyAnswer['nested']): readonly string[] {
  if (nested.files === 0) return [];
  return [
    `${countText(nested.files, 'file')} of it, ${bytesText(nested.bytes)}, ${nested.files === 1 ? 'travels' : 'travel'} in the payload and ${nested.files === 1 ? 'is' : 'are'} opened into /tmp at start. ${nested.because}`,
  ];
}

export function whyText(answer: WhyTold, verbose: boolean, wrapAt: number): string {
  const notes = answer.findings.map((one) => {
    const { sentence, hint } = renderFinding(one);
    return `\n${hint === null ? sentence : `${sentence} ${hint}`}`;
  });
  const lines = [...answerLines(answer, verbose), ...notes];
  return `${lines.map((line) => wrap(line, wrapAt, 2)).join('\n')}\n`;
}

function answerLines(answer: WhyAnswer, verbose: boolean): readonly string[] {
  const lines: string[] = [];
  const { distribution, decisions, nested } = answer;
  if (distribution) {
    const reason = distribution.requested
      ? 'you asked for it'
      : distribution.neededBy.length > 0
        ? `needed by ${distribution.neededBy.join(', ')}`
        : 'nothing that is left needs it';
    lines.push(
      `${distribution.name} ${distribution.version}: ${reason}. ${bytesText(distribution.raw)} raw, ${bytesText(distribution.kept)} kept.`,
    );
  }
  const single = decisions.length === 1 ? decisions[0] : undefined;
  if (single) {
    lines.push(
      `${single.path}: ${happened(single)}. ${single.because}`,
      `  ${bytesText(single.bytes)} → ${bytesText(single.kept)}`,
      ...nestedText(nested),
    );
    return lines;
  }
  for (const group of answer.byRule) {
    lines.push(
      `${happened(group)}: ${countText(group.files, 'file')}, ${bytesText(group.bytes)} → ${bytesText(group.kept)}. ${group.because}`,
    );
  }
  lines.push(...nestedText(nested));
  const listed = verbose ? decisions : decisions.length <= shown ? decisions : [];
  for (const one of listed) lines.push(`  ${words[one.action] ?? one.action} ${one.path} (${one.rule})`);
  if (listed.length < decisions.length)
    lines.push(`  (--verbose lists all ${countText(decisions.length, 'file')})`);
  return lines;
}
