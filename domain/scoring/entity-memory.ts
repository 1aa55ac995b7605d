import type { Amendment } from '../amendment.ts';
import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import type { AccountState } from './account-state.ts';
import type { EntityKind, EntityPlan } from './entity-plan.ts';

/** All entities of a plan, each in memory for as long as this is. */
export class EntityMemory {
  private plan: EntityPlan;
  private readonly full: boolean;
  private readonly byField: ReadonlyMap<string, Map<string, AccountState>>;

  /** @param full keeps every event, so that none reaches behind what is held */
  constructor(plan: EntityPlan, full: boolean) {
    this.plan = plan;
    this.full = full;
    this.byField = new Map(plan.kinds.map(({ field }) => [field, new Map()]));
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
      const state = value === undefined ? undefined : this.byField.get(kind.field)!.get(value);
      if (state === undefined) continue;
      const copied = kind.fold.decode(kind.fold.encode(state));
      if (copied === undefined) throw new Error('a state that was just encoded could not be decoded');
      copy.byField.get(kind.field)!.set(value!, copied);
    }
    return copy;
  }

  private readonly stateOf = (kind: EntityKind, value: string): AccountState => {
    const states = this.byField.get(kind.field)!;
    let state = states.get(value);
    if (state === undefined) {
      state = kind.fold.open(this.full);
      states.set(value, state);
    }
    return state;
  };
}
