/** What `doctor` saw, in words and as one JSON document. Pure. */
import { neededFindings, type Examination, type Health, type Part } from '../doctor/examination.js';
import { renderFinding, type RenderedFinding } from '../findings/findings.js';
import type { Paint } from '../text/paint.js';
import { countText } from '../text/units.js';
import { wrap } from '../text/wrap.js';

export interface DoctorDocument extends Examination {
  readonly findings: readonly RenderedFinding[];
}

export const doctorDocument = (examination: Examination): DoctorDocument => ({
  ...examination,
  findings: neededFindings(examination).map(renderFinding),
});

/** Meaning never hangs on colour alone. */
const words: Readonly<Record<Health, string>> = { works: 'ok', lacking: 'lacking', needed: 'NEEDED' };
const indent = 9;

export function doctorText({ target, parts }: Examination, paint: Paint, wrapAt: number): string {
  const coloured = { works: paint.green, lacking: paint.yellow, needed: paint.red };
  const lines = parts.flatMap(({ health, name, found, means, remedy }: Part) => {
    const word = coloured[health](words[health].padEnd(indent));
    const more = [means, remedy === null ? null : paint.cyan(`→ ${remedy}`)];
    return [
      wrap(`${word}${name}: ${found}`, wrapAt, indent),
      ...more.flatMap((text) => (text === null ? [] : [wrap(' '.repeat(indent) + text, wrapAt, indent)])),
    ];
  });
  const counts = (['needed', 'lacking'] as const).map(
    (health) => parts.filter((one) => one.health === health).length,
  );
  const [needed = 0, lacking = 0] = counts;
  const end =
    needed > 0
      ? 'No build works here before that is mended.'
      : lacking > 0
        ? `Builds work; ${countText(lacking, 'thing')} could be better.`
        : 'Everything is here.';
  return [`For Python ${target.python} on ${target.architecture}`, '', ...lines, '', paint.bold(end)].join(
    '\n',
  );
}
