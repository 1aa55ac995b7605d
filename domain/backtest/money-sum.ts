/** Sums up to here can take one more amount up to here and stay exact in a double. */
const ROOM = 2 ** 52;

/** An exact sum of amounts in minor units, past 2^53 too: what little does not fit into a double is carried over. */
export class MoneySum {
  #low = 0;
  #high = 0n;

  /** @param amountMinor whole, 0..2^53-1; NaN (not known) adds nothing */
  add(amountMinor: number): void {
    if (Number.isNaN(amountMinor)) return;
    if (amountMinor >= ROOM) this.#high += BigInt(amountMinor);
    else {
      this.#low += amountMinor;
      if (this.#low >= ROOM) {
        this.#high += BigInt(this.#low);
        this.#low = 0;
      }
    }
  }

  addAll(other: MoneySum): void {
    this.#high += other.total();
  }

  total(): bigint {
    return this.#high + BigInt(this.#low);
  }

  json(): ExactMinor {
    return exactMinor(this.total());
  }
}

/** A whole number of minor units in JSON: a number as far as doubles are exact, beyond that a decimal string. */
export type ExactMinor = number | string;

export const exactMinor = (total: bigint): ExactMinor =>
  total <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(total) : String(total);
