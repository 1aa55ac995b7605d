import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import type { ListMemory } from '../lists/list-memory.ts';
import { occurredAtMs } from '../occurred-at.ts';
import { keptBy, type RuleSet } from '../rules/rule-set.ts';
import { type FieldReader, fieldReader } from './field-readers.ts';
import { fieldType } from './scope-layout.ts';

interface ListedFeature {
  list: string;
  valueIn: FieldReader;
}

/** The features of a rule set that ask whether a value is on a list: what they yield hangs on the store's order. */
export class ListPlan {
  /** The lists asked, each once. */
  readonly names: readonly string[];
  private readonly features: readonly ListedFeature[];

  constructor(ruleSet: RuleSet) {
    const listed = ruleSet.features.filter((feature) => keptBy(feature) === 'list');
    this.features = listed.map(({ list, of }) => {
      return { list: list!, valueIn: fieldReader(of!, fieldType(ruleSet, of!)) };
    });
    this.names = [...new Set(this.features.map(({ list }) => list))];
  }

  /** Whether transactions need to be stamped by lists at all. */
  get isEmpty(): boolean {
    return this.features.length === 0;
  }

  /** @returns what a transaction is stamped with: a value a feature; null where it has no such field */
  stamp(lists: ListMemory, submitted: TransactionSubmitted): FeatureValue[] {
    const occurredMs = occurredAtMs(submitted.transaction.occurredAt);
    return this.features.map(({ list, valueIn }) => {
      const value = valueIn(submitted);
      return value === undefined ? null : lists.isListed(list, value as string, occurredMs);
    });
  }
}
