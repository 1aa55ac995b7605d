import type { Random } from './random.ts';

/**
 * An amount around a median, skewed as prices are: many a little below, few far above (a quarter to five times
 * the median).
 */
export function around(medianMinor: number, random: Random): number {
  const step = random.below(QUANTILES_PER_MILLE.length - 1);
  const from = QUANTILES_PER_MILLE[step]!;
  const to = QUANTILES_PER_MILLE[step + 1]!;
  return Math.max(1, Math.floor((medianMinor * random.between(from, to)) / 1_000));
}

/** Twentieths of a distribution whose logarithm is about normal. */
const QUANTILES_PER_MILLE = [
  250, 410, 510, 580, 640, 700, 760, 820, 880, 940, 1_000, 1_070, 1_140, 1_220, 1_320, 1_430, 1_570, 1_750,
  2_000, 2_450, 5_000,
];

/** As shops price: often to .00, .50, .95 or .99, else as the scale or basket gives. */
export function asPrice(amountMinor: number, random: Random): number {
  if (amountMinor < 200 || random.perMille(450)) return amountMinor;
  return Math.floor(amountMinor / 100) * 100 + random.pick([0, 50, 95, 99]);
}

/** Up to a whole multiple, at least one. */
export function roundedTo(stepMinor: number, amountMinor: number): number {
  return Math.max(stepMinor, Math.round(amountMinor / stepMinor) * stepMinor);
}
