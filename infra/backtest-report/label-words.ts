import type { BacktestReport } from '../../domain/backtest/backtest-report.ts';
import { countText, timeText } from './figures-text.ts';

/** Which labels were used and how many transactions count as what, in one sentence. */
export function labelWords({ labels }: BacktestReport): string {
  const { used, asOf, fraud, genuine, assumedGenuine, notRipe, unknown } = labels;
  const parts = [
    `${countText(fraud)} fraud`,
    `${countText(genuine)} genuine`,
    ...(assumedGenuine > 0 ? [`${countText(assumedGenuine)} without a label counted as genuine`] : []),
    ...(notRipe > 0 ? [`${countText(notRipe)} not ripe`] : []),
    ...(unknown > 0 ? [`${countText(unknown)} unknown`] : []),
  ];
  const which = used === 'final' ? 'all that are there' : `as known on ${timeText(asOf)}`;
  return `${which}: ${parts.join(', ')}`;
}

/** What was tried on what, in one sentence. */
export function historyWords({ transactions, accounts, period }: BacktestReport): string {
  const span =
    period.first === null
      ? ''
      : `, ${period.first.slice(0, 10)} to ${period.last!.slice(0, 10)} (${countText(period.days)} day${period.days === 1 ? '' : 's'})`;
  return `${countText(transactions)} transactions of ${countText(accounts)} accounts${span}`;
}
