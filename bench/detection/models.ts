import type { History } from './history.ts';
import type { NaiveFeature } from './naive-features.ts';

/** An input of a logistic regression: as an expression of a rule set, and reckoned here, by code of its own. */
export interface Input {
  expression: string;
  of(feature: (name: string) => number, amountMinor: number): number;
}

const LARGE_MINOR = 22_000;
const DAYS = [1, 7, 30];

const AMOUNT: Input[] = [
  {
    expression: `(amountBaseMinor > ${LARGE_MINOR} ? 1 : 0)`,
    of: (_, amountMinor) => (amountMinor > LARGE_MINOR ? 1 : 0),
  },
  {
    expression: 'coalesce(amountBaseMinor / acc_mean_30d, 1)',
    of: (feature, amountMinor) => orElse(amountMinor / feature('acc_mean_30d'), 1),
  },
];

/** Inputs of account windows only. */
export const ACCOUNT_INPUTS: Input[] = [
  ...AMOUNT,
  ...DAYS.flatMap((days) => [plain(`acc_count_${days}d`), plain(`acc_mean_${days}d`)]),
];

/** Inputs of account and merchant windows: few enough for one expression. */
export const MERCHANT_INPUTS: Input[] = [
  ...AMOUNT,
  ...DAYS.flatMap((days) => [plain(`mer_frauds_${days}d`), share(days)]),
];

/** The inputs the Handbook itself uses: amount, counts and means of the account, counts and risk of the terminal. */
export const HANDBOOK_INPUTS: Input[] = [
  { expression: 'amountBaseMinor', of: (_, amountMinor) => amountMinor },
  ...DAYS.flatMap((days) => [
    plain(`acc_count_${days}d`),
    plain(`acc_mean_${days}d`),
    plain(`mer_count_${days}d`),
    share(days),
  ]),
];

function plain(name: string): Input {
  return { expression: name, of: (feature) => feature(name) };
}

/** Which part of the merchant's payments were frauds; 0 where there were none. */
function share(days: number): Input {
  return {
    expression: `coalesce(mer_frauds_${days}d / mer_count_${days}d, 0)`,
    of: (feature) => orElse(feature(`mer_frauds_${days}d`) / feature(`mer_count_${days}d`), 0),
  };
}

const orElse = (value: number, other: number): number => (Number.isFinite(value) ? value : other);

/** The inputs of these rows of a history. @param features by name, a value for each of the rows */
export function inputRows(
  inputs: readonly Input[],
  history: History,
  rows: readonly number[],
  features: ReadonlyMap<string, readonly number[]>,
): number[][] {
  return rows.map((row, at) =>
    inputs.map((input) => input.of((name) => features.get(name)![at]!, history.amountMinor[row]!)),
  );
}

const DAY_MS = 86_400_000;

/**
 * The windows these inputs read: of the account up to now, of the merchant up to `delayDays` ago, when labels are in.
 */
export function handbookFeatures(delayDays: number): NaiveFeature[] {
  return DAYS.flatMap((days) => {
    const windowMs = days * DAY_MS;
    const delayMs = delayDays * DAY_MS;
    return [
      { name: `acc_count_${days}d`, per: 'account', aggregate: 'count', windowMs, delayMs: 0 },
      { name: `acc_mean_${days}d`, per: 'account', aggregate: 'mean', windowMs, delayMs: 0 },
      { name: `mer_count_${days}d`, per: 'merchant', aggregate: 'count', windowMs, delayMs },
      { name: `mer_frauds_${days}d`, per: 'merchant', aggregate: 'frauds', windowMs, delayMs },
    ] as const;
  });
}
