import type { Label } from '../facts.ts';

/** How a case's label stands in its column. */
export const UNLABELLED = 0;
export const GENUINE = 1;
export const FRAUD = 2;

/**
 * The transactions of a backtest, column by column, in the order they were decided in: history is long, and every
 * rule set is judged on the same.
 */
export interface Cases {
  readonly count: number;
  /** In the history, rising: a place in the store, or in the file. */
  readonly positions: Float64Array;
  readonly accountIds: readonly string[];
  readonly transactionIds: readonly string[];
  /** Milliseconds since the epoch. */
  readonly occurredAtMs: Float64Array;
  /** Whole numbers of the base currency's minor unit, 0..2^53-1; NaN where there was no rate. */
  readonly amountsMinor: Float64Array;
  /** What card each was paid by, as a number of its own for each card; -1 where that is not known. */
  readonly cards: Int32Array;
  /** Of each number in `cards`. */
  readonly cardKeys: readonly string[];
  /** UNLABELLED, GENUINE or FRAUD. */
  readonly labels: Uint8Array;
}

/** One transaction as it enters. */
export interface Case {
  position: number;
  accountId: string;
  transactionId: string;
  occurredAtMs: number;
  amountBaseMinor: number | null;
  /** The card's token, or else what stands for the card; null where nothing does. */
  card: Card | null;
  label: Label | null;
}

/** Cards by their token, and accounts that stand for a card of their own, are two kinds: equal names are not the same. */
export interface Card {
  kind: 'card' | 'account';
  id: string;
}

export const labelCode = (label: Label | null): number =>
  label === null ? UNLABELLED : label === 'fraud' ? FRAUD : GENUINE;

export const labelOf = (code: number): Label | null =>
  code === UNLABELLED ? null : code === FRAUD ? 'fraud' : 'genuine';

const FIRST_CAPACITY = 1_024;

/** Takes cases in, one after the other. */
export class CaseColumns {
  readonly #accountIds: string[] = [];
  readonly #transactionIds: string[] = [];
  #positions = new Float64Array(FIRST_CAPACITY);
  #occurredAtMs = new Float64Array(FIRST_CAPACITY);
  #amountsMinor = new Float64Array(FIRST_CAPACITY);
  #cards = new Int32Array(FIRST_CAPACITY);
  #labels = new Uint8Array(FIRST_CAPACITY);
  readonly #cardKeys: string[] = [];
  readonly #cardNumbers = { card: new Map<string, number>(), account: new Map<string, number>() };

  get count(): number {
    return this.#accountIds.length;
  }

  add({ position, accountId, transactionId, occurredAtMs, amountBaseMinor, card, label }: Case): void {
    const place = this.count;
    if (place === this.#labels.length) this.#grow();
    this.#accountIds.push(accountId);
    this.#transactionIds.push(transactionId);
    this.#positions[place] = position;
    this.#occurredAtMs[place] = occurredAtMs;
    this.#amountsMinor[place] = amountBaseMinor ?? Number.NaN;
    this.#cards[place] = card === null ? -1 : this.#cardNumber(card);
    this.#labels[place] = labelCode(label);
  }

  /** Whether that is the transaction at `place`. */
  isAt(place: number, accountId: string, transactionId: string): boolean {
    return this.#accountIds[place] === accountId && this.#transactionIds[place] === transactionId;
  }

  /** What was taken in so far; a view, not a copy. */
  cases(): Cases {
    const { count } = this;
    return {
      count,
      positions: this.#positions.subarray(0, count),
      accountIds: this.#accountIds,
      transactionIds: this.#transactionIds,
      occurredAtMs: this.#occurredAtMs.subarray(0, count),
      amountsMinor: this.#amountsMinor.subarray(0, count),
      cards: this.#cards.subarray(0, count),
      cardKeys: this.#cardKeys,
      labels: this.#labels.subarray(0, count),
    };
  }

  #cardNumber({ kind, id }: Card): number {
    const numbers = this.#cardNumbers[kind];
    const known = numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#cardKeys.push(`${kind} ${id}`) - 1;
    numbers.set(id, number);
    return number;
  }

  #grow(): void {
    this.#positions = grown(this.#positions, (length) => new Float64Array(length));
    this.#occurredAtMs = grown(this.#occurredAtMs, (length) => new Float64Array(length));
    this.#amountsMinor = grown(this.#amountsMinor, (length) => new Float64Array(length));
    this.#cards = grown(this.#cards, (length) => new Int32Array(length));
    this.#labels = grown(this.#labels, (length) => new Uint8Array(length));
  }
}

/** The same values in a column of twice the length. */
export function grown<T extends { length: number; set(values: T): void }>(
  column: T,
  create: (length: number) => T,
): T {
  const longer = create(column.length * 2);
  longer.set(column);
  return longer;
}
