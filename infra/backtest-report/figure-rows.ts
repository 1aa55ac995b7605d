import type { BacktestReport, SetFigures } from '../../domain/backtest/backtest-report.ts';
import type { Confusion } from '../../domain/backtest/confusion.ts';
import { countText, moneyText, percentText, rateText, ratioText } from './figures-text.ts';

/** One figure of every rule set, as the terminal and the page show it. */
export interface FigureRow {
  group: string;
  name: string;
  /** What it means, in a sentence. */
  meaning: string;
  text(set: SetFigures): string;
}

export function figureRows({ baseCurrency, sets }: BacktestReport): FigureRow[] {
  return [
    {
      group: 'ranking',
      name: 'average precision',
      meaning: 'Precision averaged over all recalls; 1 is perfect, the share of fraud is what chance gets.',
      text: ({ averagePrecision }) => ratioText(averagePrecision),
    },
    {
      group: 'ranking',
      name: 'ROC AUC',
      meaning: 'The chance that a fraud scores higher than a genuine transaction; 0.5 is chance.',
      text: ({ rocAuc }) => ratioText(rocAuc),
    },
    {
      group: 'ranking',
      name: `card precision@${sets[0]!.cardPrecision.k}`,
      meaning:
        'Of the most suspicious cards of a day, the share that was compromised; and what it could be at best.',
      text: ({ cardPrecision: { mean, best } }) => `${ratioText(mean)} of ${ratioText(best)}`,
    },
    {
      group: 'work',
      name: 'alerts',
      meaning: 'Transactions sent to review or declined.',
      text: ({ alerts }) => countText(alerts),
    },
    {
      group: 'work',
      name: 'alerts a day',
      meaning: 'Over all days of the period.',
      text: ({ alertsADay }) => rateText(alertsADay),
    },
    ...confusionRows('review or decline', ({ review }) => review, baseCurrency),
    ...confusionRows('decline', ({ decline }) => decline, baseCurrency),
  ];
}

function confusionRows(
  group: string,
  of: (set: SetFigures) => Confusion,
  currency: string | null,
): FigureRow[] {
  const row = (name: string, meaning: string, text: (figures: Confusion) => string): FigureRow => ({
    group,
    name,
    meaning,
    text: (set) => text(of(set)),
  });
  return [
    row('precision', 'Of what was named and has a label, the share that was fraud.', ({ precision }) =>
      percentText(precision),
    ),
    row('recall', 'Of all fraud, the share that was named.', ({ recall }) => percentText(recall)),
    row('recall by value', 'Of all money lost to fraud, the share that was named.', ({ recallByValue }) =>
      percentText(recallByValue),
    ),
    row('frauds caught', 'In number.', ({ truePositives, falseNegatives }) => {
      return `${countText(truePositives)} of ${countText(truePositives + falseNegatives)}`;
    }),
    row('genuine stopped', 'Genuine transactions that were named.', ({ falsePositives }) =>
      countText(falsePositives),
    ),
    row('money caught', 'Amounts of the frauds that were named.', ({ caughtMinor }) =>
      moneyText(caughtMinor, currency),
    ),
    row('money missed', 'Amounts of the frauds that were not.', ({ missedMinor }) =>
      moneyText(missedMinor, currency),
    ),
    row('good money stopped', 'Amounts of genuine transactions that were named.', ({ stoppedGoodMinor }) =>
      moneyText(stoppedGoodMinor, currency),
    ),
  ];
}
