import { NO_STREAM, type StoredFact } from '../../domain/facts.ts';

/** Transactions remembered of one account, at most. */
const IDS_OF_ACCOUNT = 5_000;

/**
 * A stretch of an account's stream that this process knows: every key in the revisions (from, to], and where it is.
 * What is stored never changes, so a stretch stays true however old it is; whether the stream ends at `to` is for
 * the append to say, which expects it.
 */
export class AccountStretch {
  from: number;
  to: number;
  readonly #revisions = new Map<string, number>();

  /** Nothing known but that the stream reaches `revision`, in all likelihood. */
  constructor(revision: number) {
    this.from = revision;
    this.to = revision;
  }

  get size(): number {
    return this.#revisions.size;
  }

  /** Known from the first fact on: a key that is not here is nowhere up to `to`. */
  get isWhole(): boolean {
    return this.from === NO_STREAM;
  }

  revisionOf(key: string): number | undefined {
    return this.#revisions.get(key);
  }

  /** Facts that follow on `to`. */
  extend(facts: readonly Pick<StoredFact, 'key' | 'revision'>[]): void {
    for (const { key, revision } of facts) {
      if (key !== null) this.#revisions.set(key, revision);
      this.to = revision;
    }
  }

  /** Forgets the eldest, so that it does not grow without end. */
  trim(): void {
    for (const [key, revision] of this.#revisions) {
      if (this.#revisions.size <= IDS_OF_ACCOUNT) return;
      this.#revisions.delete(key);
      this.from = revision;
    }
  }
}
