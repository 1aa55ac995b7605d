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
export function cardPrecision(cases: Cases, { ranks }: Judgements, k: number): CardPrecision {
  const places = placesByKey(cases.cardKeys);
  const today = new CardsOfDay(cases, ranks);
  const looking = new CardWatch(k, (a, b) => today.ranks[b]! - today.ranks[a]! || places[a]! - places[b]!);
  const knowing = new CardWatch(
    k,
    (a, b) => today.isFraud[b]! - today.isFraud[a]! || places[a]! - places[b]!,
  );
  for (const [day, rows] of rowsByDay(cases)) {
    const cards = today.take(rows);
    const compromised = cards.filter((card) => today.isFraud[card] === 1);
    looking.lookAt(day, cards, compromised);
    // Who knows the frauds looks at no other card.
    knowing.lookAt(day, compromised, compromised);
  }
  return { k, mean: meanPrecision(looking.days), best: meanPrecision(knowing.days), days: looking.days };
}

const meanPrecision = (days: readonly CardPrecisionDay[]): number | null =>
  share(
    days.reduce((sum, { precision }) => sum + precision, 0),
    days.length,
  );

/** The cases with a card, day by day. */
function rowsByDay({ count, cards, occurredAtMs }: Cases): [day: number, rows: number[]][] {
  const days = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    if (cards[i] === -1) continue;
    const day = dayOf(occurredAtMs[i]!);
    const rows = days.get(day);
    if (rows === undefined) days.set(day, [i]);
    else rows.push(i);
  }
  return [...days].sort(([a], [b]) => a - b);
}

/** What the cards that paid on a day come to; by the card's number, and for that day only. */
class CardsOfDay {
  readonly ranks: Float64Array;
  readonly isFraud: Uint8Array;
  readonly #taken: Uint32Array;
  #day = 0;
  readonly #cases: Cases;
  readonly #rowRanks: Float64Array;

  constructor(cases: Cases, rowRanks: Float64Array) {
    this.#cases = cases;
    this.#rowRanks = rowRanks;
    this.ranks = new Float64Array(cases.cardKeys.length);
    this.isFraud = new Uint8Array(cases.cardKeys.length);
    this.#taken = new Uint32Array(cases.cardKeys.length);
  }

  /** @returns the cards of these rows, each once */
  take(rows: readonly number[]): number[] {
    const { ranks, isFraud } = this;
    const cards: number[] = [];
    const day = ++this.#day;
    for (const row of rows) {
      const card = this.#cases.cards[row]!;
      const rank = this.#rowRanks[row]!;
      if (this.#taken[card] !== day) {
        this.#taken[card] = day;
        cards.push(card);
        ranks[card] = rank;
        isFraud[card] = 0;
      } else if (rank > ranks[card]!) ranks[card] = rank;
      if (this.#cases.labels[row] === FRAUD) isFraud[card] = 1;
    }
    return cards;
  }
}

/** Looks at the first k cards of each day, and at none again that it found compromised. */
class CardWatch {
  readonly days: CardPrecisionDay[] = [];
  readonly #found = new Set<number>();
  readonly #k: number;
  readonly #order: (a: number, b: number) => number;

  constructor(k: number, order: (a: number, b: number) => number) {
    this.#k = k;
    this.#order = order;
  }

  lookAt(day: number, cards: readonly number[], compromised: readonly number[]): void {
    const isNew = (card: number): boolean => !this.#found.has(card);
    const left = new Set(compromised.filter(isNew));
    const looked = cards.filter(isNew).sort(this.#order).slice(0, this.#k);
    const hits = looked.filter((card) => left.has(card));
    for (const card of hits) this.#found.add(card);
    this.days.push({
      day: dayText(day),
      precision: hits.length / this.#k,
      found: hits.length,
      compromised: left.size,
    });
  }
}

/** Of each card among all, ordered by their keys. */
function placesByKey(keys: readonly string[]): Uint32Array {
  const order = keys.map((_, card) => card).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  const places = new Uint32Array(keys.length);
  order.forEach((card, place) => {
    places[card] = place;
  });
  return places;
}
