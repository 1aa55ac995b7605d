import { type Cases, FRAUD } from './cases.ts';
import { dayOf, dayText } from './days.ts';
import type { Judgements } from './judgements.ts';
import { share } from './shares.ts';

/** How well a team that looks at k cards a day is served. */
export interface CardPrecision {
  k: number;
  /** Mean over the days; null without a day. */
  mean: number | null;
  /** What the mean would be had every day found as many compromised cards as it had, up to k. */
  best: number | null;
  days: CardPrecisionDay[];
}

export interface CardPrecisionDay {
  /** UTC, as 2026-03-01. */
  day: string;
  /** Compromised cards among the k most suspicious, over k. */
  precision: number;
  found: number;
  /** Compromised cards of the day that no earlier day had found. */
  compromised: number;
}

/**
 * Card precision@k as the public Fraud Detection Handbook defines it: for each UTC day that has transactions, cards
 * are ranked by the highest score of their transactions of that day; of the first k, those with a fraud that day are
 * found; their number is divided by k, also where fewer cards paid. Cards found on an earlier day are left out from
 * then on. Equal scores are ranked by the card's key. A transaction without a card is left out; one without a label
 * counts as no fraud, so that where labels are missing this is the least it can be.
 */
export function cardPrecision(cases: Cases, judgements: Judgements, k: number): CardPrecision {
  const found = new Set<number>();
  const days = [...cardsByDay(cases, judgements)]
    .sort(([a], [b]) => a - b)
    .map(([day, cards]): CardPrecisionDay => {
      const left = [...cards].filter(([card]) => !found.has(card));
      const compromised = left.filter(([, { isFraud }]) => isFraud).length;
      const hits = mostSuspicious(left, k, cases.cardKeys).filter(([, { isFraud }]) => isFraud);
      for (const [card] of hits) found.add(card);
      return { day: dayText(day), precision: hits.length / k, found: hits.length, compromised };
    });
  return {
    k,
    mean: meanOf(days, ({ precision }) => precision),
    best: meanOf(days, ({ compromised }) => Math.min(compromised, k) / k),
    days,
  };
}

const meanOf = (days: readonly CardPrecisionDay[], value: (day: CardPrecisionDay) => number): number | null =>
  share(
    days.reduce((sum, day) => sum + value(day), 0),
    days.length,
  );

interface CardOfDay {
  rank: number;
  isFraud: boolean;
}

function cardsByDay(cases: Cases, { ranks }: Judgements): Map<number, Map<number, CardOfDay>> {
  const days = new Map<number, Map<number, CardOfDay>>();
  for (let i = 0; i < cases.count; i++) {
    const card = cases.cards[i]!;
    if (card === -1) continue;
    const day = dayOf(cases.occurredAtMs[i]!);
    let cards = days.get(day);
    if (cards === undefined) {
      cards = new Map();
      days.set(day, cards);
    }
    const known = cards.get(card);
    const isFraud = cases.labels[i] === FRAUD;
    if (known === undefined) cards.set(card, { rank: ranks[i]!, isFraud });
    else {
      known.rank = Math.max(known.rank, ranks[i]!);
      known.isFraud ||= isFraud;
    }
  }
  return days;
}

function mostSuspicious(
  cards: [number, CardOfDay][],
  k: number,
  keys: readonly string[],
): [number, CardOfDay][] {
  return cards
    .sort(([a, of], [b, other]) => other.rank - of.rank || (keys[a]! < keys[b]! ? -1 : 1))
    .slice(0, k);
}
