import { type Cases, FRAUD } from './cases.ts';
import { dayOf, dayText } from './days.ts';
import type { Judgements } from './judgements.ts';
import { share } from './shares.ts';

/** How well a team that looks at k cards a day is served. */
export interface CardPrecision {
  k: number;
  /** Mean over the days; null without a day. */
  mean: number | null;
  /** What the mean would be for scores that knew the frauds: the same for every rule set. */
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
  const cards = [...cardsByDay(cases, judgements)].sort(([a], [b]) => a - b);
  const days = lookedAt(cards, k, cases.cardKeys, ({ rank }) => rank);
  const best = lookedAt(cards, k, cases.cardKeys, ({ isFraud }) => Number(isFraud));
  return { k, mean: meanPrecision(days), best: meanPrecision(best), days };
}

const meanPrecision = (days: readonly CardPrecisionDay[]): number | null =>
  share(
    days.reduce((sum, { precision }) => sum + precision, 0),
    days.length,
  );

/** The days as they go when the first k cards of each are looked at, in the order of `rankOf`, the highest first. */
function lookedAt(
  days: readonly (readonly [day: number, cards: ReadonlyMap<number, CardOfDay>])[],
  k: number,
  keys: readonly string[],
  rankOf: (card: CardOfDay) => number,
): CardPrecisionDay[] {
  const found = new Set<number>();
  return days.map(([day, cards]) => {
    const left = [...cards].filter(([card]) => !found.has(card));
    const compromised = left.filter(([, { isFraud }]) => isFraud).length;
    const hits = left
      .sort(([a, of], [b, other]) => rankOf(other) - rankOf(of) || (keys[a]! < keys[b]! ? -1 : 1))
      .slice(0, k)
      .filter(([, { isFraud }]) => isFraud);
    for (const [card] of hits) found.add(card);
    return { day: dayText(day), precision: hits.length / k, found: hits.length, compromised };
  });
}

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
