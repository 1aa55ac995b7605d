import type { LearntField } from '../amendment.ts';
import type { CalendarPeriod } from '../local-time/calendar.ts';
import type { Zones } from '../local-time/zone-offsets.ts';
import type { FieldType, Transaction } from '../transaction.ts';

/**
 * A checked expression: what is stored in the fact and lowered to closures. `type` is what it yields;
 * any of them may also be missing.
 */
export type Expression =
  | { kind: 'number'; value: number; type: 'number' }
  | { kind: 'string'; value: string; type: 'string' }
  | { kind: 'boolean'; value: boolean; type: 'boolean' }
  | { kind: 'symbol'; name: string; type: FieldType }
  | { kind: 'call'; name: FunctionName; args: Expression[]; type: FieldType };

/** Operators and functions alike; `if` is the conditional. */
export type FunctionName =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'mod'
  | 'pow'
  | 'negate'
  | 'equal'
  | 'unequal'
  | 'smaller'
  | 'smallerEq'
  | 'larger'
  | 'largerEq'
  | 'and'
  | 'or'
  | 'not'
  | 'if'
  | 'abs'
  | 'min'
  | 'max'
  | 'round'
  | 'floor'
  | 'ceil'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'log10'
  | 'log2'
  | 'has'
  | 'coalesce'
  | 'oneOf'
  | 'distanceKm';

export interface SourcedExpression {
  source: string;
  tree: Expression;
}

export type Aggregate =
  | 'count'
  | 'sum'
  | 'mean'
  | 'stddev'
  | 'min'
  | 'max'
  | 'distinct'
  | 'first'
  | 'last'
  | 'sinceLast'
  | 'firstSeen'
  | 'speed'
  | 'sequence'
  | 'listed';

/** These look at what came before the scored transaction, and never at itself. */
export const LOOKS_BACK: ReadonlySet<Aggregate> = new Set(['sinceLast', 'firstSeen', 'speed']);

/** One feature: an aggregate of an account's, or of another entity's, events in a window of event time. See DESIGN of windows in docs/rules.md. */
export interface FeatureDefinition {
  name: string;
  aggregate: Aggregate;
  /** The field aggregated, or looked up in a list; null for count, sinceLast, speed and sequence. */
  of: string | null;
  /**
   * Length W of (t - d - W, t - d]; null is lifetime, (-∞, t - d]. Of a calendar window, the longest it may be; of one
   * of the last N, how far back these are looked for.
   */
  windowMs: number | null;
  /** The window begins with the day, week or month of that zone which holds t - d. */
  calendar?: CalendarWindow;
  /** Of these, only the newest. */
  last?: LastWindow;
  /** Of a sequence, in their order; the last one is the scored transaction. */
  steps?: SequenceStep[];
  /** The delay d, 0 where none. */
  delayMs: number;
  /** Leaves the scored transaction out. */
  prior: boolean;
  /** Only events for which this is true count. Over the event's own fields. Of speed, it asks for a place, too. */
  where: SourcedExpression | null;
  /** The field by whose value events are gathered; `account` for the account's own. */
  per: string;
  /** The list that is asked; only of `listed`, which has neither window nor events. */
  list?: string;
  /** What it yields: seconds for sinceLast, km/h for speed, boolean for firstSeen, sequence and listed, the field's type for first and last, else number. */
  type: FieldType;
}

export interface CalendarWindow {
  period: CalendarPeriod;
  zone: string;
}

/** What one transaction of a sequence must be: at least one of the two is asked. */
export interface SequenceStep {
  /** The first to have its value of this field. */
  firstSeen: string | null;
  where: SourcedExpression | null;
}

/** By whose events a feature is made: the account's, those of a merchant, device, …; or it is no feature of events. */
export const keptBy = ({
  aggregate,
  per,
}: Pick<FeatureDefinition, 'aggregate' | 'per'>): 'account' | 'entity' | 'list' =>
  aggregate === 'listed' ? 'list' : per === 'account' ? 'account' : 'entity';

/** The newest by (occurredAt, revision). */
export interface LastWindow {
  /** 1 to 1,000. */
  most: number;
  /** Only these are taken; null for all. Every `where` of such a feature includes it. */
  among: SourcedExpression | null;
}

export interface RuleDefinition {
  id: string;
  when: SourcedExpression;
  points: number;
  /** The code an analyst reads, e.g. VELOCITY_COUNT_1H. */
  reason: string;
  description: string | null;
  /** It is tried and recorded, and decides nothing; absent: it decides. */
  shadow?: true;
  /** Reasons of one family are gathered in one alert; absent: the reason is its own. */
  family?: string;
  /** How long after a suspicion of it the rule opens no further alert, in ms of event time; absent: not at all. */
  coolDownMs?: number;
}

export interface NamedScore {
  name: string;
  value: SourcedExpression;
}

/** A transaction of an example: as it is submitted, and its amount in the base currency (null: no rate was known). */
export type ExampleTransaction = Transaction & { amountBaseMinor: number | null };

/** What is learnt, at this place among the transactions of an example, of an earlier one of them. */
export interface ExampleLesson {
  /** transactionId of the earlier one. */
  learn: string;
  accountId: string;
  field: LearntField;
  value: string | boolean;
}

/** What changes, at this place among the transactions of an example, on a list. */
export interface ExampleListing {
  list: string;
  /** Values put on it, each to expire then; null where it does not. */
  add: string[];
  expiresAt: string | null;
  remove: string[];
}

/** An example kept with the rules: given these transactions, then this of the last one. */
export interface RuleExample {
  name: string;
  /** In the order of their submission; transactions without an id are t1, t2, …, those without an account "acct"'s. */
  given: (ExampleTransaction | ExampleLesson | ExampleListing)[];
  then: { decision: string | null; reasons: string[] | null; score: number | null };
}

export const isExampleLesson = (entry: RuleExample['given'][number]): entry is ExampleLesson =>
  'learn' in entry;

export const isExampleListing = (entry: RuleExample['given'][number]): entry is ExampleListing =>
  'list' in entry;

/** The reason given where a rule set's score expression has no value: a person must look. No rule may have it. */
export const SCORE_UNDEFINED = 'SCORE_UNDEFINED';

/** A rule set that was checked. JSON all through: it is stored in its fact. */
export interface RuleSet {
  name: string;
  description: string | null;
  /** The meaning of expressions and windows it was checked under; code keeps it or refuses it. */
  semantics: 1;
  /** Attributes it reads, by name. */
  fields: Record<string, FieldType>;
  /** The time zones it reads, as they were when it was checked; absent where it reads none. */
  zones?: Zones;
  features: FeatureDefinition[];
  rules: RuleDefinition[];
  /** Replaces the sum of points where present. */
  score: SourcedExpression | null;
  thresholds: { review: number; decline: number };
  /** What is reckoned and recorded beside the deciding score, in document order; absent: nothing. */
  scores?: NamedScore[];
  /** An open alert gathers what is suspected within that many ms of event time; absent: each is an alert of its own. */
  alerts?: { groupMs: number };
  examples: RuleExample[];
}

/** Something wrong in a rule set: where, what, and what would be right. */
export interface RuleSetProblem {
  line: number;
  column: number;
  /** e.g. `rules[2].when`. */
  path: string;
  problem: string;
  suggestion: string | null;
}
