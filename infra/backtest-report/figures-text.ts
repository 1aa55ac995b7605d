import type { ExactMinor } from '../../domain/backtest/money-sum.ts';
import { currencyExponent } from '../../domain/codes/currencies.ts';

/** What stands where there is no figure. */
export const NO_FIGURE = '–';

/** 1234567 as 1,234,567. */
export const countText = (count: number | bigint | string): string =>
  String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** 0.41234 as 41.2 %. */
export const percentText = (share: number | null): string =>
  share === null ? NO_FIGURE : `${(share * 100).toFixed(1)} %`;

/** 0.571234 as 0.5712. */
export const ratioText = (ratio: number | null): string => (ratio === null ? NO_FIGURE : ratio.toFixed(4));

/** To a sensible number of digits: 1234.5 as 1,235, 12.34 as 12.3. */
export const rateText = (rate: number | null): string =>
  rate === null ? NO_FIGURE : rate >= 100 ? countText(Math.round(rate)) : String(Number(rate.toFixed(1)));

export const scoreText = (score: number | null): string =>
  score === null ? NO_FIGURE : String(Number(score.toFixed(2)));

/** Whole money is enough in a table: 1,234 EUR for 123,400 cents, 0.56 EUR for 56. Minor units where no currency is known. */
export function moneyText(amountMinor: ExactMinor | null, currency: string | null): string {
  if (amountMinor === null) return NO_FIGURE;
  const exponent = currency === null ? undefined : currencyExponent(currency);
  if (exponent === undefined) return countText(amountMinor);
  const minor = BigInt(amountMinor);
  const unit = 10n ** BigInt(exponent);
  if (minor >= 1_000n * unit) return `${countText((minor + unit / 2n) / unit)} ${currency}`;
  const fraction = exponent === 0 ? '' : `.${String(minor % unit).padStart(exponent, '0')}`;
  return `${minor / unit}${fraction} ${currency}`;
}

/** 2026-03-01T12:30:00.000Z as 2026-03-01 12:30 UTC. */
export const timeText = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** The version of a definition in words; 0 is what decides where no rule set was active yet. */
export const versionText = (name: string, version: number | null): string =>
  version === null ? name : version === 0 ? 'no rule set yet' : `${name} version ${version}`;
