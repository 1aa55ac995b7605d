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
  accountId: string;
  transactionId: string;
  occurredAtMs: number;
  amountBaseMinor: number | null;
  /** What stands for the card; null where nothing does. */
  cardKey: string | null;
  label: Label | null;
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
  #occurredAtMs = new Float64Array(FIRST_CAPACITY);
  #amountsMinor = new Float64Array(FIRST_CAPACITY);
  #cards = new Int32Array(FIRST_CAPACITY);
  #labels = new Uint8Array(FIRST_CAPACITY);
  readonly #cardKeys: string[] = [];
  readonly #cardNumbers = new Map<string, number>();

  get count(): number {
    return this.#accountIds.length;
  }

  add({ accountId, transactionId, occurredAtMs, amountBaseMinor, cardKey, label }: Case): void {
    const place = this.count;
    if (place === this.#labels.length) this.#grow();
    this.#accountIds.push(accountId);
    this.#transactionIds.push(transactionId);
    this.#occurredAtMs[place] = occurredAtMs;
    this.#amountsMinor[place] = amountBaseMinor ?? Number.NaN;
    this.#cards[place] = cardKey === null ? -1 : this.#cardNumber(cardKey);
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
      accountIds: this.#accountIds,
      transactionIds: this.#transactionIds,
      occurredAtMs: this.#occurredAtMs.subarray(0, count),
      amountsMinor: this.#amountsMinor.subarray(0, count),
      cards: this.#cards.subarray(0, count),
      cardKeys: this.#cardKeys,
      labels: this.#labels.subarray(0, count),
    };
  }

  #cardNumber(key: string): number {
    const known = this.#cardNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#cardKeys.push(key) - 1;
    this.#cardNumbers.set(key, number);
    return number;
  }

  #grow(): void {
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
