import { type Cases, FRAUD, GENUINE } from './cases.ts';
import { dayOf, dayText } from './days.ts';
import { DECLINE, type Judgements, REVIEW } from './judgements.ts';
import { type ExactMinor, MoneySum } from './money-sum.ts';

/** One UTC day that has transactions. */
export interface DayFigures {
  /** As 2026-03-01. */
  day: string;
  transactions: number;
  /** Review or decline. */
  alerts: number;
  declines: number;
  frauds: number;
  /** Frauds with an alert. */
  fraudsCaught: number;
  /** Genuine transactions with an alert. */
  genuineStopped: number;
  caughtMinor: ExactMinor;
  missedMinor: ExactMinor;
}

export function daySeries(cases: Cases, { decisions }: Judgements): DayFigures[] {
  const days = new Map<number, Tally>();
  for (let i = 0; i < cases.count; i++) {
    const day = dayOf(cases.occurredAtMs[i]!);
    let tally = days.get(day);
    if (tally === undefined) {
      tally = emptyTally();
      days.set(day, tally);
    }
    const isAlert = decisions[i]! >= REVIEW;
    tally.transactions++;
    if (isAlert) tally.alerts++;
    if (decisions[i] === DECLINE) tally.declines++;
    if (cases.labels[i] === FRAUD) {
      tally.frauds++;
      if (isAlert) tally.fraudsCaught++;
      (isAlert ? tally.caught : tally.missed).add(cases.amountsMinor[i]!);
    } else if (cases.labels[i] === GENUINE && isAlert) tally.genuineStopped++;
  }
  return [...days]
    .sort(([a], [b]) => a - b)
    .map(([day, { caught, missed, ...counts }]) => ({
      day: dayText(day),
      ...counts,
      caughtMinor: caught.json(),
      missedMinor: missed.json(),
    }));
}

const emptyTally = () => ({
  transactions: 0,
  alerts: 0,
  declines: 0,
  frauds: 0,
  fraudsCaught: 0,
  genuineStopped: 0,
  caught: new MoneySum(),
  missed: new MoneySum(),
});
type Tally = ReturnType<typeof emptyTally>;
