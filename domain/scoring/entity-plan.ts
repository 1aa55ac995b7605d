import type { Amendment } from '../amendment.ts';
import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import { keptBy, type RuleSet } from '../rules/rule-set.ts';
import type { AccountState } from './account-state.ts';
import { FeatureFold, type PlacedFeature } from './feature-fold.ts';
import { type FieldReader, fieldReader } from './field-readers.ts';
import { fieldType, scopeLayout } from './scope-layout.ts';

/** Memory of entities: gives the state of one, an open one where it is new. */
export type EntityStateOf = (kind: EntityKind, value: string) => AccountState;

/** The features of a rule set that are kept by one field, as by merchant: one fold over the events of each value. */
export class EntityKind {
  readonly field: string;
  readonly fold: FeatureFold;
  private readonly valueIn: FieldReader;

  constructor(ruleSet: RuleSet, field: string, features: readonly PlacedFeature[], latenessMs: number) {
    this.field = field;
    const scoped = scopeLayout(ruleSet, {
      features: features.map(({ definition }) => definition),
      expressions: [],
    });
    this.fold = new FeatureFold(ruleSet, features, scoped, scoped.open(), latenessMs);
    this.valueIn = fieldReader(field, fieldType(ruleSet, field));
  }

  /** Which entity of the kind a transaction belongs to, if it has the field. */
  valueOf(submitted: TransactionSubmitted): string | undefined {
    return this.valueIn(submitted) as string | undefined;
  }
}

/**
 * The features of a rule set that are kept by merchant, device, … Events are folded in the order of their positions in the
 * store, over all accounts; an entity's state is as of the position of the last one, in `revision`.
 */
export class EntityPlan {
  readonly kinds: readonly EntityKind[];
  /** Of all kinds; states of plans with equal hashes are interchangeable. */
  readonly hash: string;
  private readonly noStamps: FeatureValue[];

  constructor(ruleSet: RuleSet, latenessMs: number) {
    const features = ruleSet.features.filter((feature) => keptBy(feature) === 'entity');
    const placed = features.map((definition, place) => ({ definition, place }));
    const byField = Map.groupBy(placed, ({ definition }) => definition.per);
    this.kinds = [...byField].map(([field, own]) => new EntityKind(ruleSet, field, own, latenessMs));
    this.hash = this.kinds.map(({ field, fold }) => `${field} ${fold.hash}`).join(', ');
    this.noStamps = features.map(() => null);
  }

  /** Whether transactions need stamps at all. */
  get isEmpty(): boolean {
    return this.kinds.length === 0;
  }

  /**
   * Folds the store's next transaction into the entities it belongs to.
   * @returns what it is stamped with: a value a feature; null for those of an entity it has none of
   */
  stamp(stateOf: EntityStateOf, submitted: TransactionSubmitted, position: number): FeatureValue[] {
    const stamps = this.noStamps.slice();
    for (const kind of this.kinds) {
      const value = kind.valueOf(submitted);
      if (value === undefined) continue;
      const state = stateOf(kind, value);
      kind.fold.fold(state, kind.fold.read(submitted, position), stamps);
      state.revision = position;
    }
    return stamps;
  }

  /** Folds in what was learnt of an earlier transaction. */
  amend(stateOf: EntityStateOf, amendment: Amendment, position: number): void {
    for (const kind of this.kinds) {
      const value = kind.valueOf(amendment.submitted);
      if (value === undefined) continue;
      const state = stateOf(kind, value);
      kind.fold.amend(state, amendment, amendment.position);
      state.revision = position;
    }
  }
}
