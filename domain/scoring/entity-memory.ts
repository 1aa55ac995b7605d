import type { Amendment } from '../amendment.ts';
import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import type { AccountState } from './account-state.ts';
import type { EntityKind, EntityPlan } from './entity-plan.ts';

/** All entities of a plan, each in memory for as long as this is. */
export class EntityMemory {
  private plan: EntityPlan;
  private readonly full: boolean;
  private readonly byField: ReadonlyMap<string, Map<string, Held>>;
  private capture: Capture | null = null;

  /** @param full keeps every event, so that none reaches behind what is held */
  constructor(plan: EntityPlan, full: boolean) {
    this.plan = plan;
    this.full = full;
    this.byField = new Map(plan.kinds.map(({ field }) => [field, new Map()]));
  }

  get planHash(): string {
    return this.plan.hash;
  }

  /** Goes on by another plan, if that finds its way in the same states. @returns whether it does */
  use(plan: EntityPlan): boolean {
    if (plan.hash !== this.plan.hash) return false;
    this.plan = plan;
    return true;
  }

  /** Whether the transaction's windows reach back to events that some entity no longer holds. */
  reachesBack(submitted: TransactionSubmitted): boolean {
    if (this.full) return false;
    return this.plan.kinds.some((kind) => {
      const value = kind.valueOf(submitted);
      return value !== undefined && kind.fold.reachesBack(this.stateOf(kind, value), submitted);
    });
  }

  /** See EntityPlan. */
  stamp(submitted: TransactionSubmitted, position: number): FeatureValue[] {
    return this.plan.stamp(this.stateOf, submitted, position);
  }

  /** See EntityPlan. */
  amend(amendment: Amendment, position: number): void {
    this.plan.amend(this.stateOf, amendment, position);
  }

  /** The entities that a transaction belongs to, in a memory of their own: to try what would become of them. */
  copyOf(submitted: TransactionSubmitted): EntityMemory {
    const copy = new EntityMemory(this.plan, this.full);
    for (const kind of this.plan.kinds) {
      const value = kind.valueOf(submitted);
      const held = value === undefined ? undefined : this.byField.get(kind.field)!.get(value);
      if (held === undefined) continue;
      const isRestored = copy.restore(kind.field, value!, kind.fold.encode(held.state));
      if (!isRestored) throw new Error('a state that was just encoded could not be decoded');
    }
    return copy;
  }

  /** Entities held. */
  get size(): number {
    let size = 0;
    for (const states of this.byField.values()) size += states.size;
    return size;
  }

  /** Events held, over all entities. */
  get eventsHeld(): number {
    let events = 0;
    for (const states of this.byField.values())
      for (const { state } of states.values()) events += state.eventsHeld;
    return events;
  }

  /**
   * Begins to write the entities down as they are now; one that changes before its turn is written down first.
   * @param take hears of each once
   */
  startCapture(take: (entity: CapturedEntity) => void): void {
    const isOpen = new Set<Held>();
    for (const states of this.byField.values()) for (const held of states.values()) isOpen.add(held);
    this.capture = { isOpen, left: this.everyHeld(), take };
  }

  /** Writes down some of those whose turn has not come. @returns whether all are */
  captureSome(most: number): boolean {
    const { capture } = this;
    if (capture === null) return true;
    for (let i = 0; i < most; i++) {
      const next = capture.left.next();
      if (next.done) {
        this.capture = null;
        return true;
      }
      this.writeDown(...next.value);
    }
    return false;
  }

  /** Takes an entity as it was written down. @returns whether the bytes are whole and of this plan */
  restore(field: string, value: string, bytes: Uint8Array): boolean {
    const kind = this.plan.kinds.find((each) => each.field === field);
    const state = kind?.fold.decode(bytes);
    if (state === undefined) return false;
    this.byField.get(field)!.set(value, { state });
    return true;
  }

  private *everyHeld(): Generator<[EntityKind, string, Held]> {
    for (const kind of this.plan.kinds) {
      for (const [value, held] of this.byField.get(kind.field)!) yield [kind, value, held];
    }
  }

  private writeDown(kind: EntityKind, value: string, held: Held): void {
    if (!this.capture!.isOpen.delete(held)) return;
    this.capture!.take({ field: kind.field, value, bytes: kind.fold.encode(held.state) });
  }

  private readonly stateOf = (kind: EntityKind, value: string): AccountState => {
    const states = this.byField.get(kind.field)!;
    let held = states.get(value);
    if (held === undefined) {
      held = { state: kind.fold.open(this.full) };
      states.set(value, held);
    } else if (this.capture !== null) this.writeDown(kind, value, held);
    return held.state;
  };
}

/** An object of its own, so that which are still to be written down is a set of them. */
interface Held {
  readonly state: AccountState;
}

/** An entity as bytes. */
export interface CapturedEntity {
  field: string;
  value: string;
  bytes: Uint8Array;
}

interface Capture {
  isOpen: Set<Held>;
  left: Generator<[EntityKind, string, Held]>;
  take(entity: CapturedEntity): void;
}
