import { type BacktestReport, backtestReport } from '../../domain/backtest/backtest-report.ts';
import type { Period } from '../../domain/backtest/case-collector.ts';
import type { LabelPolicy } from '../../domain/backtest/label-counting.ts';
import type { Tried } from './tried-sets.ts';

/** How a report counts. */
export interface Counting {
  period: Period;
  labelsUsed: 'as-known' | 'final';
  unlabelled: 'genuine' | 'unknown';
  ripeAfterMs: number;
  cardsADay: number;
  mostExamples: number;
  /** Where the transactions came from. */
  kind: 'files' | 'store';
  sourceText: string;
}

/** No transaction occurred in the period. */
export class NothingTried extends Error {}

/** @throws NothingTried */
export function reportOf(counting: Counting, tried: Tried & { through: number | null }): BacktestReport {
  const { newestMs, newestLabelMs, through, ...collected } = tried;
  if (collected.cases.count === 0) throw new NothingTried(nothingFound(counting));
  const { period, labelsUsed } = counting;
  const everythingMs = Math.max(newestMs, newestLabelMs);
  const policy: LabelPolicy = {
    unlabelled: counting.unlabelled,
    ripeAfterMs: counting.ripeAfterMs,
    asOfMs: labelsUsed === 'as-known' && period.toMs !== null ? period.toMs : everythingMs,
  };
  return backtestReport({
    source: { kind: counting.kind, text: counting.sourceText, through },
    ...period,
    ...collected,
    labelsUsed,
    policy,
    cardsADay: counting.cardsADay,
    mostExamples: counting.mostExamples,
  });
}

/** Up to when labels count that windows and figures of a store are given, ms since the epoch. */
export const labelsKnownByMs = ({ labelsUsed, period }: Pick<Counting, 'labelsUsed' | 'period'>): number =>
  labelsUsed === 'as-known' ? (period.toMs ?? Infinity) : Infinity;

function nothingFound({ sourceText, period: { fromMs, toMs } }: Counting): string {
  const bound = (word: string, ms: number | null) =>
    ms === null ? '' : ` ${word} ${new Date(ms).toISOString()}`;
  return `${sourceText} has no transaction${bound('from', fromMs)}${bound('to before', toMs)}: nothing can be tried on it`;
}
