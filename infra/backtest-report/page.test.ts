import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BacktestReport, backtestReport } from '../../domain/backtest/backtest-report.ts';
import { casesOf, judgementsOf, ruleSetOf, type ScoredRow } from '../../domain/backtest/test-support/rows.ts';
import { moneyText } from './figures-text.ts';
import { backtestPage } from './page.ts';
import { linearScale, logScale } from './plots/scale.ts';
import { terminalReport } from './terminal-report.ts';

const DAY_MS = 86_400_000;

function row(i: number, changes: Partial<ScoredRow> = {}): ScoredRow {
  return {
    accountId: 'a',
    transactionId: `t${i}`,
    occurredAtMs: i * DAY_MS,
    amountBaseMinor: 1_000 * i,
    cardKey: 'k',
    label: i % 3 === 0 ? 'fraud' : null,
    score: 0,
    decision: 'approve',
    hits: [],
    ...changes,
  };
}

/** Every text of the report that comes from data is `text`, or holds it. */
function reportWith(text: string, rows: readonly ScoredRow[] = [row(0), row(1), row(200)]): BacktestReport {
  const named = rows.map((each) => ({ ...each, accountId: text, transactionId: text, cardKey: text }));
  const alarmed = named.map((each): ScoredRow => ({ ...each, score: 100, decision: 'decline', hits: ['e'] }));
  const definition = ruleSetOf(true);
  const hostile = {
    ...definition,
    name: text,
    rules: definition.rules.map((rule) => ({ ...rule, id: text })),
  };
  const set = (role: 'candidate' | 'against', judged: readonly ScoredRow[]) => ({
    name: text,
    role,
    judgements: { ...judgementsOf(judged), hitSets: [{ rules: [text], decisive: [text] }] },
    definitions: [
      { definition: hostile, version: 1, transactions: 1, lastPosition: 1 },
      { definition: hostile, version: 2, transactions: 2, lastPosition: 3 },
    ],
  });
  return backtestReport({
    source: { kind: 'store', text, through: 12 },
    fromMs: 0,
    toMs: 500 * DAY_MS,
    cases: casesOf(named),
    labelsUsed: 'as-known',
    policy: { unlabelled: 'unknown', ripeAfterMs: 90 * DAY_MS, asOfMs: 210 * DAY_MS },
    sets: [set('candidate', alarmed), set('against', named)],
    blocked: 1,
    baseCurrency: 'EUR',
    cardsADay: 100,
    mostExamples: 5,
  });
}

describe('the page', () => {
  test('shows no text of the data as markup, whatever it is', () => {
    const nasty = fc.oneof(
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onload='x",
        '</style><b>',
        '&lt;b&gt;',
      ),
      fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
    );
    const bare = tagsOf(backtestPage(reportWith('plain')));
    fc.assert(
      fc.property(nasty, (text) => {
        expect(tagsOf(backtestPage(reportWith(text)))).toEqual(bare);
      }),
      { numRuns: 60 },
    );
  });

  test('that control holds: unescaped, the same text would be seen', () => {
    const page = backtestPage(reportWith('plain')).replaceAll('plain', '<script>alert(1)</script>');
    expect(tagsOf(page)).not.toEqual(tagsOf(backtestPage(reportWith('plain'))));
  });

  test('needs nothing but itself, and forbids itself to load anything', () => {
    const page = backtestPage(reportWith('plain'));
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<iframe|<img|\bsrc=|\bhref=|url\(|@import|https?:/);
  });

  test('holds no figure that is none', () => {
    for (const page of [
      backtestPage(reportWith('plain')),
      backtestPage(reportWith('plain', [row(1, { label: null, amountBaseMinor: null })])),
      backtestPage(reportWith('plain', [row(3), row(3, { label: 'genuine', amountBaseMinor: 2 ** 53 - 1 })])),
    ]) {
      expect(page).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
    }
  });

  test('draws a line for each set and a bar for each stretch of days', () => {
    const page = backtestPage(reportWith('plain'));
    expect(page.match(/<svg /g)).toHaveLength(7);
    // 201 days in stretches of three; two bars each.
    expect(page.match(/caught, \d+ missed/g)).toHaveLength(67 * 2);
    expect(page.match(/class="line set0"/g)).toHaveLength(4);
    expect(page.match(/class="line against"/g)).toHaveLength(4);
  });

  /** Tags with their attributes' names and all that is no text: what escaping must keep as it is. */
  function tagsOf(page: string): string[] {
    return [...page.matchAll(/<(\/?[a-z0-9]+)((?:\s+[\w-]+="[^"]*")*)\s*\/?>|</gi)].map(
      ([, tag = '(bare <)', attributes = '']) =>
        [tag, ...[...attributes.matchAll(/\s([\w-]+)=/g)].map(([, name]) => name)].join(' '),
    );
  }
});

test('the text of the terminal keeps to its width and says the same figures', () => {
  const text = terminalReport(reportWith('plain'));
  expect(text).toContain('frauds caught');
  expect(text).toContain('what this cannot know');
  expect(text).not.toMatch(/NaN|undefined|null/);
});

describe('texts and scales', () => {
  test('money is exact, whole where it is much', () => {
    expect(moneyText(0, 'EUR')).toBe('0.00 EUR');
    expect(moneyText(99_999, 'EUR')).toBe('999.99 EUR');
    expect(moneyText(123_450, 'EUR')).toBe('1,235 EUR');
    expect(moneyText('9007199254740993', 'EUR')).toBe('90,071,992,547,410 EUR');
    expect(moneyText(1_500, 'JPY')).toBe('1,500 JPY');
    expect(moneyText(7, null)).toBe('7');
  });

  test('linear ticks are round, and span what is shown', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (most) => {
        const { ticks, at } = linearScale(0, most, 0, 100);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-9));
        expect(ticks.length).toBeLessThanOrEqual(8);
        expect(at(0)).toBe(0);
        expect(at(ticks.at(-1)!)).toBeCloseTo(100, 6);
      }),
    );
  });

  test('powers of ten lie equally far apart, and what is less than shown lies at the edge', () => {
    const { ticks, at } = logScale(0.1, 950, 0, 100);
    expect(ticks).toEqual([0.1, 1, 10, 100, 1_000]);
    expect(ticks.map((tick) => Math.round(at(tick)))).toEqual([0, 25, 50, 75, 100]);
    expect(at(0)).toBe(0);
  });
});
