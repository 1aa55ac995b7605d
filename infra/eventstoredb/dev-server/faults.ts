/** What may happen to an append on its way, to see that a client bears it. */
export type FaultKind =
  /** Committed, and never answered. */
  | 'swallow-ack'
  /** Committed, then the call breaks off. */
  | 'drop-after-commit'
  /** Committed, and answered late. */
  | 'delay-ack'
  /** The call breaks off before anything is committed. */
  | 'unavailable'
  /** Refused, naming this server itself as the leader. */
  | 'not-leader';

export interface FaultPlan {
  /** Faults of the next appends, in this order, one each. */
  next?: FaultKind[];
  /** Then this part of the appends fails, 0 to 1. */
  rate?: number;
  /** In one of these ways, at random. */
  kinds?: FaultKind[];
  /** How late an answer is that comes late. */
  delayMs?: number;
}

export interface Faults {
  plan(plan: FaultPlan): void;
  /** What is to happen to the append that just arrived. */
  draw(): FaultKind | undefined;
  delayMs(): number;
}

export function faultsOf(initial: FaultPlan = {}): Faults {
  let current = initial;
  return {
    plan(plan) {
      current = plan;
    },
    draw() {
      const due = current.next?.shift();
      if (due !== undefined) return due;
      const { rate = 0, kinds = [] } = current;
      return Math.random() < rate ? kinds[Math.floor(Math.random() * kinds.length)] : undefined;
    },
    delayMs: () => current.delayMs ?? 500,
  };
}
