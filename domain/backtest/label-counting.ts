import { type Cases, FRAUD, GENUINE, UNLABELLED } from './cases.ts';

/** What a transaction without a label counts as. */
export interface LabelPolicy {
  /** `genuine` as in published data, where only frauds are marked; `unknown` leaves it out of what needs a label. */
  unlabelled: 'genuine' | 'unknown';
  /** One that is younger than this cannot have its label yet: it never counts as genuine. */
  ripeAfterMs: number;
  /** As of when labels are known, milliseconds since the epoch. */
  asOfMs: number;
}

export interface LabelCounts {
  /** As labelled. */
  fraud: number;
  genuine: number;
  /** Without a label, ripe, and counted as genuine. */
  assumedGenuine: number;
  /** Without a label, and too young for one: counted as nothing. */
  notRipe: number;
  /** Without a label though old enough for one, and counted as nothing. */
  unknown: number;
}

/** The cases with the labels they count by, and how many count as what. */
export function countLabels(
  cases: Cases,
  { unlabelled, ripeAfterMs, asOfMs }: LabelPolicy,
): { cases: Cases; counts: LabelCounts } {
  const counts: LabelCounts = { fraud: 0, genuine: 0, assumedGenuine: 0, notRipe: 0, unknown: 0 };
  const labels = Uint8Array.from(cases.labels, (label, i) => {
    if (label === FRAUD) counts.fraud++;
    else if (label === GENUINE) counts.genuine++;
    else if (asOfMs - cases.occurredAtMs[i]! < ripeAfterMs) counts.notRipe++;
    else if (unlabelled === 'unknown') counts.unknown++;
    else {
      counts.assumedGenuine++;
      return GENUINE;
    }
    return label ?? UNLABELLED;
  });
  return { cases: { ...cases, labels }, counts };
}
