import type { Decision } from '../../domain/decision.ts';

/** How long decisions are told one by one after someone has waited for one. */
const INTEREST_SECONDS = 10;
/** Decisions remembered at most for those who begin to wait just after they were made. */
const MOST_RECENT = 8_192;

type Waiter = (decision: Decision | undefined) => void;

/** Requests that wait for decisions of the risk thread, by the store position of their transaction. */
export class DecisionWaits {
  /** One Int32: until which second since the epoch someone wants to hear of each decision at once. */
  readonly interest = new SharedArrayBuffer(4);
  readonly #interestUntil = new Int32Array(this.interest);
  readonly #waiters = new Map<number, Set<Waiter>>();
  readonly #recent = new Map<number, Decision>();
  #committed: number;
  #ended = false;

  constructor(committed: number) {
    this.#committed = committed;
  }

  /** Everything up to here is decided and recorded. */
  get committed(): number {
    return this.#committed;
  }

  decided(decision: Decision): void {
    this.#recent.set(decision.position, decision);
    if (this.#recent.size > MOST_RECENT) this.#recent.delete(this.#recent.keys().next().value!);
    this.#give(decision.position, decision);
  }

  /** Whoever still waits for a decision up to here came too late to be told: it can be read. */
  recorded(position: number): void {
    // Who begins to wait now was mostly stored since the commit before: what is older is let go while it is young.
    for (const known of this.#recent.keys()) {
      if (known > this.#committed) break;
      this.#recent.delete(known);
    }
    this.#committed = Math.max(this.#committed, position);
    for (const waited of this.#waiters.keys()) if (waited <= this.#committed) this.#give(waited, undefined);
  }

  /**
   * The decision on the transaction at a position as soon as it is made. Undefined after `timeoutMs`, or when it
   * was recorded before anyone asked.
   */
  at(position: number, timeoutMs: number): Promise<Decision | undefined> {
    Atomics.store(this.#interestUntil, 0, Math.ceil(Date.now() / 1_000) + INTEREST_SECONDS);
    const known = this.#recent.get(position);
    if (known !== undefined || position <= this.#committed || this.#ended) return Promise.resolve(known);
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(position) ?? new Set();
      const waiter: Waiter = (decision) => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(position);
        resolve(decision);
      };
      const timer = setTimeout(waiter, timeoutMs, undefined);
      this.#waiters.set(position, waiters.add(waiter));
    });
  }

  /** Nobody waits any longer: the server is about to stop. Decisions that were not there are read later. */
  end(): void {
    this.#ended = true;
    for (const position of [...this.#waiters.keys()]) this.#give(position, undefined);
  }

  #give(position: number, decision: Decision | undefined): void {
    for (const waiter of this.#waiters.get(position) ?? []) waiter(decision);
  }
}
