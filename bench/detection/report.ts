import type { History } from './history.ts';
import { averagePrecision, cardPrecision, rocAuc } from './measures.ts';
import { dayOf } from './period.ts';

const CARDS_A_DAY = 100;

/** One line: how well these scores of these rows tell frauds from honest payments, by the labels as they are in the end. */
export function detectionLine(
  name: string,
  history: History,
  rows: readonly number[],
  score: readonly number[],
): string {
  const judged = {
    score,
    isFraud: rows.map((row) => history.isFraud[row]!),
    account: rows.map((row) => history.account[row]!),
    day: rows.map((row) => dayOf(history.occurredAt[row]!)),
  };
  const figures = [
    `average precision ${averagePrecision(judged).toFixed(3)}`,
    `ROC AUC ${rocAuc(judged).toFixed(3)}`,
    `card precision@${CARDS_A_DAY} ${cardPrecision(judged, CARDS_A_DAY).toFixed(3)}`,
  ];
  return `${name.padEnd(26)} ${figures.join('   ')}\n`;
}
