import type { RuleSet } from '../domain/rules/rule-set.ts';
import { parseRuleSet } from '../domain/rules/rule-set-parse.ts';

/** 12 features over five window lengths and 10 rules: as the benchmark of the scoring core has them. */
export const TEN_RULES = `
name: ten-rules
semantics: 1
features:
  count_1m: { aggregate: count, window: 1m }
  count_1h: { aggregate: count, window: 1h }
  count_24h: { aggregate: count, window: 24h }
  spend_1h: { aggregate: sum, of: amountBaseMinor, window: 1h }
  spend_24h: { aggregate: sum, of: amountBaseMinor, window: 24h }
  spend_7d: { aggregate: sum, of: amountBaseMinor, window: 7d }
  mean_30d: { aggregate: mean, of: amountBaseMinor, window: 30d, prior: true }
  sd_30d: { aggregate: stddev, of: amountBaseMinor, window: 30d, prior: true }
  max_7d: { aggregate: max, of: amountBaseMinor, window: 7d, prior: true }
  merchants_24h: { aggregate: distinct, of: merchantId, window: 24h }
  declines_24h: { aggregate: count, window: 24h, where: 'outcome == "declined"' }
  since_last: { aggregate: sinceLast }
rules:
  - { id: r1, when: count_1m >= 5, points: 40, reason: R1 }
  - { id: r2, when: count_1h >= 10, points: 30, reason: R2 }
  - { id: r3, when: count_24h >= 30, points: 20, reason: R3 }
  - { id: r4, when: spend_1h > 100000, points: 20, reason: R4 }
  - { id: r5, when: spend_24h > 300000 and spend_7d > 500000, points: 30, reason: R5 }
  - { id: r6, when: amountBaseMinor > mean_30d + 4 * sd_30d, points: 40, reason: R6 }
  - { id: r7, when: amountBaseMinor > 3 * max_7d, points: 20, reason: R7 }
  - { id: r8, when: merchants_24h >= 8, points: 25, reason: R8 }
  - { id: r9, when: declines_24h >= 4 and count_24h < 12, points: 35, reason: R9 }
  - { id: r10, when: 'since_last < 10 and channel == "card_not_present"', points: 15, reason: R10 }
thresholds: { review: 50, decline: 80 }
`;

const WINDOWS = ['1m', '10m', '1h', '24h', '7d'] as const;

/** 30 rules over 25 features: per window the number of payments, what was spent, declines, merchants, and a mean. */
export const THIRTY_RULES = `
name: thirty-rules
semantics: 1
features:${WINDOWS.map(
  (window) => `
  count_${window}: { aggregate: count, window: ${window} }
  spend_${window}: { aggregate: sum, of: amountBaseMinor, window: ${window} }
  declines_${window}: { aggregate: count, window: ${window}, where: 'outcome == "declined"' }
  merchants_${window}: { aggregate: distinct, of: merchantId, window: ${window} }
  mean_${window}: { aggregate: mean, of: amountBaseMinor, window: ${window}, prior: true }`,
).join('')}
rules:${WINDOWS.map((window, i) => {
  const many = 5 * 2 ** i;
  return `
  - { id: count_${window}, when: count_${window} > ${many}, points: 40, reason: COUNT_${window.toUpperCase()} }
  - { id: spend_${window}, when: spend_${window} > ${many * 100_000}, points: 40, reason: SPEND_${window.toUpperCase()} }
  - { id: declines_${window}, when: declines_${window} > ${many / 2}, points: 40, reason: DECLINES_${window.toUpperCase()} }
  - { id: merchants_${window}, when: merchants_${window} > ${many}, points: 40, reason: MERCHANTS_${window.toUpperCase()} }
  - { id: amount_${window}, when: 'count_${window} > 3 and amountBaseMinor > 5 * mean_${window}', points: 30, reason: AMOUNT_${window.toUpperCase()} }
  - { id: remote_${window}, when: 'channel == "card_not_present" and declines_${window} > 2', points: 30, reason: REMOTE_${window.toUpperCase()} }`;
}).join('')}
thresholds: { review: 40, decline: 80 }
`;

export function parsed(source: string): RuleSet {
  const result = parseRuleSet(source);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}
