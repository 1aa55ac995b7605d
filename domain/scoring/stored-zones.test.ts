import { describe, expect, test } from '@jest/globals';
import type { TransactionSubmitted } from '../facts.ts';
import { scoringPlan } from '../risk-fold.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { parseRuleSet } from '../rules/rule-set-parse.ts';
import { ruleSetFromJson } from '../rules/rule-set-stored.ts';

const SOURCE = `
name: zoned
features:
  today: { aggregate: count, window: { calendar: day, zone: Europe/Berlin } }
  at_night: { aggregate: count, window: 48h, where: 'hourOfDay("Europe/Berlin") < 6' }
rules:
  - { id: night, when: 'hourOfDay("Asia/Tokyo") < 6', points: 10, reason: NIGHT }
  - { id: weekend, when: 'dayOfWeek("Asia/Tokyo") >= 6', points: 20, reason: WEEKEND }
score: '40 + hourOfDay("America/New_York")'
thresholds: { review: 50, decline: 80 }
`;

/** As it comes back from its fact. */
function stored(): RuleSet {
  const parsed = parseRuleSet(SOURCE);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return ruleSetFromJson(JSON.parse(JSON.stringify(parsed.ruleSet)));
}

function decisionsOf(ruleSet: RuleSet, times: readonly string[]) {
  const plan = scoringPlan(ruleSet, { name: 'zoned', version: 1 });
  const state = plan.open();
  return times.map((occurredAt, i) => {
    const submitted: TransactionSubmitted = {
      transaction: { transactionId: `t${i}`, accountId: 'a', amountMinor: 1, currency: 'EUR', occurredAt },
      amountBaseMinor: 1,
      ratesVersion: null,
      receivedAtMs: 0,
      origin: 'live',
    };
    const { features, reasons, score } = plan.apply(state, submitted, i, i + 1);
    return [...features, ...reasons, score];
  });
}

/** A Friday evening in Berlin in summer, in Tokyo the morning of Saturday. */
const TIMES = ['2026-07-03T21:59:59.999Z', '2026-07-03T22:00:00Z', '2026-07-04T04:00:00Z'];

describe('a stored rule set', () => {
  test('reads local clocks by the offsets that it carries', () => {
    expect(decisionsOf(stored(), TIMES)).toEqual([
      [1, 0, 'WEEKEND', 57],
      [1, 1, 'WEEKEND', 58],
      [2, 1, 'WEEKEND', 40],
    ]);
    expect(Object.keys(stored().zones!)).toEqual(['Europe/Berlin', 'Asia/Tokyo', 'America/New_York']);
  });

  test('goes on by them, whatever the time zone database says by now', () => {
    const zones = { ...stored().zones!, 'Europe/Berlin': [[0, 0]], 'Asia/Tokyo': [[0, -2 * 3_600_000]] };
    const other = ruleSetFromJson({ ...stored(), zones });
    expect(decisionsOf(other, TIMES)).toEqual([
      [1, 0, 57],
      [2, 0, 58],
      [1, 1, 'NIGHT', 'WEEKEND', 40],
    ]);
  });

  test('has state of its own for windows by other offsets', () => {
    const hashOf = (zones: RuleSet['zones']) =>
      scoringPlan({ ...stored(), zones: zones! }, { name: 'zoned', version: 1 }).hash;
    const { zones } = stored();
    expect(hashOf({ ...zones, 'Europe/Berlin': [[0, 0]] })).not.toBe(hashOf(zones));
    // Tokyo is read by rules only, which nothing is kept for.
    expect(hashOf({ ...zones, 'Asia/Tokyo': [[0, 0]] })).toBe(hashOf(zones));
  });

  test('that lacks offsets it needs is refused', () => {
    const { zones: _zones, ...without } = stored();
    expect(() => scoringPlan(without, { name: 'zoned', version: 1 })).toThrow(
      'carries no offsets of the time zone',
    );
    expect(() => ruleSetFromJson({ ...stored(), zones: { UTC: [] } })).toThrow('damaged at zones.UTC');
  });
});
