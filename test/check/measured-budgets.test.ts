/** Budgets about what was measured: kept, broken, or not known, which is never green. */
import { describe, expect, test } from '@jest/globals';
import { judgeMeasured } from '../../src/check/measured-budgets.js';
import { renderFinding } from '../../src/findings/findings.js';
import type { VerificationRecord } from '../../src/manifest/verification-record.js';
import { isMeasured, parseBudget, type Budget, type MeasuredSubject } from '../../src/options/budget.js';
import { checkMarkdown } from '../../src/report/check-markdown.js';
import { checkText } from '../../src/report/check-text.js';
import { junit } from '../../src/report/junit.js';
import { plainPaint } from '../../src/text/paint.js';
import { checked } from './made.js';

const record: VerificationRecord = {
  verificationRecord: 1,
  tool: 'lambda-slim 0.1.0',
  artifacts: [],
  sandbox: 'a test',
  handler: 'app.handler',
  works: true,
  memory: 1769,
  cpus: 1,
  tmpLimit: 2 ** 29,
  initLimitMs: 10_000,
  snapStart: false,
  times: {
    init: { count: 10, p50: 800, p95: 1400, p99: 2000 },
    unpack: null,
    import: null,
    cold: { count: 10, p50: 900, p95: 1500, p99: 2100 },
    warm: null,
  },
  peakMemory: 200 * 2 ** 20,
  tmpBytes: 0,
  notChecked: [],
};

function budgets(...texts: readonly string[]): readonly Budget<MeasuredSubject>[] {
  return texts.map(parseBudget).filter((one) => typeof one !== 'string' && isMeasured(one));
}

describe('with a verification', () => {
  test.each([
    ['init=2s', 'ok', 2000, 'ms'],
    ['init=1.9s', 'error', 2000, 'ms'],
    ['init-p50=800ms', 'ok', 800, 'ms'],
    ['cold-p95=1.4 s', 'error', 1500, 'ms'],
    ['memory=200MiB', 'ok', 200 * 2 ** 20, 'bytes'],
    ['memory=200MB', 'error', 200 * 2 ** 20, 'bytes'],
  ])('%s is %s', (text, state, actual, unit) => {
    const { verdicts, findings } = judgeMeasured(budgets(text), { record });
    expect(verdicts).toMatchObject([{ from: 'budget', state, actual, unit }]);
    const code = unit === 'ms' ? 'over-time-budget' : 'over-budget';
    expect(findings.map((one) => one.code)).toEqual(state === 'ok' ? [] : [code]);
  });

  const load = { requests: 900, concurrency: 40, environments: 40, failed: 9, requestsPerSecond: 30 };
  const all = { count: 891, p50: 20, p95: 150, p99: 900 };
  const loaded: VerificationRecord = { ...record, load: { ...load, all } };

  test.each([
    ['p50=20ms', 'ok', 20, 'ms', 'over-time-budget'],
    ['p95=100ms', 'error', 150, 'ms', 'over-time-budget'],
    ['p99=0.9 s', 'ok', 900, 'ms', 'over-time-budget'],
    ['errors=9', 'ok', 9, 'requests', 'over-error-budget'],
    ['errors=8', 'error', 9, 'requests', 'over-error-budget'],
    ['errors=1%', 'ok', 1, 'percent', 'over-error-budget'],
    ['errors=0.5%', 'error', 1, 'percent', 'over-error-budget'],
  ])('of many requests: %s is %s', (text, state, actual, unit, code) => {
    // How many may fail is said, too: else the others' times are worth nothing.
    const { verdicts, findings } = judgeMeasured(budgets(text, 'errors=10'), { record: loaded });
    expect(verdicts[0]).toMatchObject({ from: 'budget', state, actual, unit });
    expect(findings.map((one) => one.code)).toEqual(state === 'ok' ? [] : [code]);
  });

  test('where requests failed and nobody said how many may, nothing is known', () => {
    const { verdicts, findings } = judgeMeasured(budgets('p95=1s', 'init=9s'), { record: loaded });
    expect(verdicts).toEqual([]);
    expect(findings.map(({ args }) => args)).toMatchObject([{ because: 'failed' }, { because: 'failed' }]);
  });

  test.each(['p95=1s', 'errors=0'])('without many requests, %s is not known', (text) => {
    const { findings } = judgeMeasured(budgets(text), { record });
    expect(findings.map(({ args }) => args)).toMatchObject([{ because: 'not-measured' }]);
  });

  test('how errors are written', () => {
    const { verdicts, findings } = judgeMeasured(budgets('errors=0.5%', 'errors=0'), { record: loaded });
    expect(findings.map((one) => renderFinding(one).sentence)).toEqual([
      '1 % of the requests failed, and the budget is 0.5 %.',
      '9 requests failed, and the budget is 0.',
    ]);
    const text = checkText(checked({ verdicts, findings }), {
      paint: plainPaint,
      width: 120,
      wrapAt: Infinity,
      verbose: false,
    });
    expect(text).toMatch(/errors .*1 % .*0\.5 %/);
  });

  test('what it says', () => {
    const raw = { what: 'init', max: '1.5 s', message: 'Ask the team.' };
    const { findings } = judgeMeasured([parseBudget(raw) as Budget<MeasuredSubject>], { record });
    expect(renderFinding(findings[0]!).sentence).toBe(
      'init took 2.00 s, 500 ms over its budget of 1.50 s. Ask the team.',
    );
  });

  test('what it did not measure is not checked', () => {
    const { verdicts, findings } = judgeMeasured(budgets('warm=1s'), { record });
    expect([verdicts, findings.map((one) => one.code)]).toEqual([[], ['budget-not-checked']]);
  });
});

test.each(['none', 'of-another-build', 'failed'] as const)(
  'without one (%s) no report is green',
  (missing) => {
    const { findings, verdicts } = judgeMeasured(budgets('init=5s', 'memory=1GB'), { missing });
    expect([verdicts, findings.map(({ code }) => code)]).toEqual([
      [],
      ['budget-not-checked', 'budget-not-checked'],
    ]);
    const check = checked({ findings });
    const text = checkText(check, { paint: plainPaint, width: 100, wrapAt: Infinity, verbose: false });
    expect(text).not.toContain('✔');
    expect(text).toContain('2 budgets not checked');
    expect(checkMarkdown(check, 'T')).toContain(
      '⚠️ Within every limit and budget that was checked; 2 budgets not',
    );
    expect(junit(check)).toMatch(
      /skipped="2"[^]*name="init">\s+<skipped message="The budget init was not checked/,
    );
  },
);
