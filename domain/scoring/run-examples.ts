import type { Amendment } from '../amendment.ts';
import type { Decision } from '../decision.ts';
import type { TransactionSubmitted } from '../facts.ts';
import { ListMemory } from '../lists/list-memory.ts';
import { type AccountState, type ScoringPlan, scoringPlan } from '../risk-fold.ts';
import { exampleMismatches, exampleSubmission } from '../rules/rule-example.ts';
import {
  type ExampleLesson,
  type ExampleListing,
  isExampleLesson,
  isExampleListing,
  type RuleExample,
  type RuleSet,
  type RuleSetProblem,
} from '../rules/rule-set.ts';
import { EntityMemory } from './entity-memory.ts';

export interface ExampleRun {
  example: RuleExample;
  /** The decision on its last transaction. */
  decision: Decision;
  /** What the decision lacks of what the example expects; empty where it holds. */
  mismatches: string[];
}

/** Runs the examples kept in a rule set through the production fold. */
export function runExamples(ruleSet: RuleSet): ExampleRun[] {
  const plan = scoringPlan(ruleSet, { name: ruleSet.name, version: 1 });
  return ruleSet.examples.map((example) => {
    const decision = decisionOf(plan, example);
    return { example, decision, mismatches: exampleMismatches(example, decision) };
  });
}

/** The decision on an example's last transaction. */
export function decisionOf(plan: ScoringPlan, example: RuleExample): Decision {
  const history = new ExampleHistory(plan);
  for (const entry of example.given) {
    if (isExampleListing(entry)) history.list(entry);
    else if (isExampleLesson(entry)) history.learn(entry);
    else history.submit(exampleSubmission(entry));
  }
  return history.last!;
}

/** The facts of one example, folded as those of a store. Few: every event is kept, so none reaches behind what is held. */
class ExampleHistory {
  last: Decision | undefined;
  private readonly plan: ScoringPlan;
  private readonly accounts = new Map<string, AccountState>();
  private readonly entities: EntityMemory;
  private readonly lists = new ListMemory();
  private readonly submitted = new Map<string, Omit<Amendment, 'field' | 'value'>>();
  private position = 0;

  constructor(plan: ScoringPlan) {
    this.plan = plan;
    this.entities = new EntityMemory(plan.entities, true);
  }

  submit(submitted: TransactionSubmitted): void {
    const { accountId, transactionId } = submitted.transaction;
    const state = this.accounts.get(accountId) ?? this.plan.openFull();
    this.accounts.set(accountId, state);
    const position = ++this.position;
    const about = state.revision + 1;
    const stamps = [
      ...this.entities.stamp(submitted, position),
      ...this.plan.lists.stamp(this.lists, submitted),
    ];
    this.last = this.plan.apply(state, submitted, about, position, stamps);
    this.submitted.set(keyOf(accountId, transactionId), { about, position, submitted });
  }

  list({ list, add, expiresAt, remove }: ExampleListing): void {
    const added = add.map((value) => ({ value, expiresAt, note: null }));
    this.lists.open(list).change({ added, removed: remove }, EXAMPLE_VERSION);
  }

  learn({ learn, accountId, field, value }: ExampleLesson): void {
    const amendment: Amendment = { ...this.submitted.get(keyOf(accountId, learn))!, field, value };
    const state = this.accounts.get(accountId)!;
    this.plan.amend(state, accountId, state.revision + 1, amendment);
    this.entities.amend(amendment, ++this.position);
  }
}

const EXAMPLE_VERSION = { version: 0, position: 0, by: 'example', at: '' };

/** Identifiers hold no spaces. */
const keyOf = (accountId: string, transactionId: string): string => `${accountId} ${transactionId}`;

/** The feature values an example's last transaction saw, one `name = value` each: which windows held what. */
export function windowsOf(ruleSet: RuleSet, decision: Decision): string[] {
  return ruleSet.features.map(({ name }, i) => `${name} = ${decision.features[i] ?? 'missing'}`);
}

/** Failing examples as faults of the rule set. */
export function failedExamples(ruleSet: RuleSet): RuleSetProblem[] {
  return runExamples(ruleSet).flatMap(({ example, decision, mismatches }, i) => {
    if (mismatches.length === 0) return [];
    const problem = `example "${example.name}" fails: ${mismatches.join('; ')}`;
    const suggestion = `its windows held ${windowsOf(ruleSet, decision).join(', ')}`;
    return [{ line: 0, column: 0, path: `tests[${i}]`, problem, suggestion }];
  });
}
