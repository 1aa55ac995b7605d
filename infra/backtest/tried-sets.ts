import type { Collected, Period, SetName } from '../../domain/backtest/case-collector.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';

/** A rule set of a file that is to be tried. */
export interface TriedSet extends SetName {
  definition: RuleSet;
}

/** The rule sets as they were in force, as a set to compare with. */
export const IN_FORCE: SetName = { name: 'in force', role: 'against' };

export interface TryOptions {
  /** The candidates, and last what they are compared with. */
  sets: readonly (TriedSet | typeof IN_FORCE)[];
  period: Period;
}

/** What came of trying rule sets on a history. */
export interface Tried extends Collected {
  /** When the newest label was known, milliseconds since the epoch; -Infinity without any. */
  newestLabelMs: number;
}

export const definitionOf = (set: TriedSet | SetName): RuleSet | undefined =>
  'definition' in set ? set.definition : undefined;
