/** Publishable as version 1 and, stricter, as version 2; `oracle.ts` says the same in other words. */
export const RULES = (review: number, decline: number): string => `name: faults
features:
  count_10m: { aggregate: count, window: 10m }
  sum_1d: { aggregate: sum, window: 1d }
  mean_before: { aggregate: mean, window: 2d, prior: true }
  max_before: { aggregate: max, window: 2d, prior: true }
  merchants_1h: { aggregate: distinct, of: merchantId, window: 1h }
  declined_6h: { aggregate: count, window: 6h, where: 'outcome == "declined"' }
  since: { aggregate: sinceLast }
  last_country: { aggregate: last, of: country, prior: true }
  new_device: { aggregate: firstSeen, of: deviceId }
rules:
  - { id: burst, when: count_10m >= 30, points: 30, reason: BURST }
  - { id: jump, when: amountBaseMinor > 4 * mean_before, points: 35, reason: UNUSUAL }
  - { id: record, when: amountBaseMinor > max_before, points: 15, reason: UNUSUAL }
  - { id: device, when: new_device and has(since), points: 25, reason: DEVICE }
  - { id: declined, when: declined_6h >= 2, points: 20, reason: DECLINED }
  - { id: moved, when: country != last_country and since < 3600, points: 20, reason: MOVED }
  - { id: spread, when: merchants_1h >= 4 and sum_1d > 50000, points: 10, reason: SPREAD }
thresholds: { review: ${review}, decline: ${decline} }
`;

/** Kept over all accounts, in the order in which the store has them: two stores that differ in it differ in these. */
const ENTITY_FEATURES = `
  at_merchant_1h: { aggregate: count, window: 1h, per: merchant }
  merchant_before_6h: { aggregate: sum, window: 6h, prior: true, per: merchant }
  device_accounts_1d: { aggregate: distinct, of: accountId, window: 1d, per: device }
  is_watched: { aggregate: listed, list: watched, of: merchantId }
`;

/** A list of merchants that changes all the while. */
export const WATCHED = 'watched';

/** RULES, features of merchants and devices, and one that is looked up in a list. */
export const ENTITY_RULES = (review: number, decline: number): string =>
  RULES(review, decline).replace('\nrules:', `${ENTITY_FEATURES}rules:`);

export interface Thresholds {
  review: number;
  decline: number;
}

export const FIRST: Thresholds = { review: 65, decline: 85 };
export const STRICTER: Thresholds = { review: 50, decline: 75 };
