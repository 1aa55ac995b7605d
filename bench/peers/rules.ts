/** The windows and rules of the comparison. The peers have the rules in bench/peers/java/common/, Rules.java. */
export const PEER_RULES = `
name: peers
semantics: 1
features:${['1h', '24h', '30d']
  .map(
    (window) => `
  count_${window}: { aggregate: count, window: ${window} }
  sum_${window}: { aggregate: sum, of: amountBaseMinor, window: ${window} }
  max_${window}: { aggregate: max, of: amountBaseMinor, window: ${window} }
  mean_${window}: { aggregate: mean, of: amountBaseMinor, window: ${window} }
  merchants_${window}: { aggregate: distinct, of: merchantId, window: ${window} }`,
  )
  .join('')}
rules:
  - { id: velocity, when: count_1h > 6 + count_24h / 4, points: 40, reason: VELOCITY }
  - { id: spend, when: sum_1h > 50000 and sum_24h > 100000 + sum_30d / 8, points: 30, reason: SPEND }
  - { id: amount, when: amountBaseMinor > 4 * mean_30d and count_30d >= 5, points: 40, reason: AMOUNT }
  - { id: merchants, when: merchants_1h > 3 + merchants_24h / 3, points: 25, reason: MERCHANTS }
  - id: largest
    when: amountBaseMinor >= max_30d and max_1h > 2 * mean_24h and max_24h > mean_1h and merchants_30d >= 5
    points: 20
    reason: LARGEST
thresholds: { review: 60, decline: 80 }
`;
