import type { BacktestReport } from './backtest-report.ts';

/** What the figures cannot know, in sentences for whoever reads them. */
export function limitsOf(report: Omit<BacktestReport, 'limits'>): string[] {
  return [...labelLimits(report), ...amountLimits(report), ...setLimits(report)];
}

function labelLimits({ labels, transactions, blocked }: Omit<BacktestReport, 'limits'>): string[] {
  const limits: string[] = [];
  const { fraud, genuine, assumedGenuine, notRipe, unknown, ripeAfterDays } = labels;
  if (fraud === 0) {
    limits.push('No transaction is labelled fraud: precision, recall and what is caught cannot be told.');
  }
  if (notRipe > 0) {
    limits.push(
      `${counted(notRipe, 'transaction')} of ${grouped(transactions)} had no label and ${be(notRipe)} younger than ${counted(ripeAfterDays, 'day')} on ${labels.asOf}: labels may still come. They count neither as fraud nor as genuine.`,
    );
  }
  if (unknown > 0) {
    limits.push(
      `${counted(unknown, 'transaction')} of ${grouped(transactions)} had no label though old enough for one. They count neither as fraud nor as genuine; what share of them is fraud nobody knows.`,
    );
  }
  if (assumedGenuine > 0) {
    limits.push(
      `${counted(assumedGenuine, 'transaction')} without a label ${assumedGenuine === 1 ? 'is' : 'are'} counted as genuine: fraud that nobody reported makes precision look worse and recall better than they are.`,
    );
  }
  if (unknown + notRipe > 0 && fraud + genuine > 0) {
    limits.push(
      'Whether a transaction got a label may itself depend on the rules that were in force: what raised an alert was looked at, the rest was mostly not.',
    );
  }
  limits.push(
    blocked > 0
      ? `${counted(blocked, 'transaction')} ${blocked === 1 ? 'was' : 'were'} declined when made: what would have become of them, and what a blocked fraudster did next, is in no history.`
      : 'What was blocked before it reached Shrike is in no history, nor is what fraudsters would have done had they been stopped: each transaction is judged as it happened.',
  );
  return limits;
}

function amountLimits({ withoutAmount }: Omit<BacktestReport, 'limits'>): string[] {
  if (withoutAmount === 0) return [];
  return [
    `${counted(withoutAmount, 'transaction')} had no rate to the base currency: they count in numbers, and not in money.`,
  ];
}

function setLimits({ sets }: Omit<BacktestReport, 'limits'>): string[] {
  return sets.flatMap(({ name, definitions, withoutScore }) => {
    const limits: string[] = [];
    if (withoutScore > 0) {
      limits.push(
        `The score of ${name} was missing for ${counted(withoutScore, 'transaction')}: these went to review, and rank as the threshold of review does.`,
      );
    }
    if (definitions.length > 1) {
      limits.push(
        `${name} changed within the period: ${definitions.map(({ name: of, version, transactions }) => `${version === 0 ? 'no rule set' : `${of} version ${version}`} decided ${grouped(transactions)}`).join(', ')}. Its threshold curve joins scores of different sets.`,
      );
    }
    return limits;
  });
}

const be = (count: number): string => (count === 1 ? 'was' : 'were');
const counted = (count: number, thing: string): string =>
  `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;
/** 1234567 as 1,234,567. */
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
