import { hash } from 'node:crypto';

/** Of a multiset of results: equal whatever their order, different if one is missing, doubled or other. */
export class Digest {
  count = 0;
  #sum = 0n;

  add(transactionId: string, score: number | null): void {
    this.count++;
    const bytes = hash('md5', `${transactionId} ${score}`, 'buffer');
    this.#sum = BigInt.asUintN(64, this.#sum + bytes.readBigUInt64LE());
  }

  toString(): string {
    return `${this.count} results, ${this.#sum.toString(16).padStart(16, '0')}`;
  }
}
