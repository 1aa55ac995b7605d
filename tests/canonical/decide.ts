import type { Decision } from '../../domain/decision.ts';
import type { FeatureValue, RuleHit } from '../../domain/facts.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { PlacedLabels } from '../../infra/files/placed-labels.ts';
import { listsAsked, PlacedLists } from '../../infra/files/placed-lists.ts';
import { FileScorer } from '../../infra/files/score-file.ts';
import type { History } from './history.ts';

/** What a decision says, whatever store it stands in: no positions, no versions, features by name. */
export interface CanonicalDecision {
  accountId: string;
  transactionId: string;
  revision: number;
  score: number | null;
  decision: string;
  reasons: string[];
  hits: RuleHit[];
  features: Record<string, FeatureValue>;
  undefinedRules: string[];
  lateByMs: number;
}

/** Scores a history through the production fold. @throws Error at the first line that is not in order */
export function decide(
  ruleSet: RuleSet,
  { transactions, labels, lists, rates }: History,
): CanonicalDecision[] {
  const placed = new PlacedLabels({
    onProblem: (line, problem) => {
      throw new Error(`label line ${line} ${problem}`);
    },
  });
  placed.take(blockOf(labels));
  placed.sort();
  const changes = new PlacedLists(listsAsked([ruleSet]), (line, problem) => {
    throw new Error(`list line ${line} ${problem}`);
  });
  changes.take(blockOf(lists));
  changes.sort();
  const decisions: CanonicalDecision[] = [];
  const scorer = new FileScorer({
    plan: scoringPlan(ruleSet, { name: ruleSet.name, version: 1 }),
    rates,
    labels: placed,
    lists: changes,
    strict: true,
    onProblem: () => {},
    onDecision: (decision) => decisions.push(canonical(ruleSet, decision)),
  });
  try {
    scorer.rows(blockOf(transactions));
    scorer.finish();
  } finally {
    scorer.close();
  }
  return decisions;
}

const blockOf = (lines: string[]) => ({ firstNumber: 1, lines, bytesRead: 0 });

/** Each key in its place, whatever order the fold writes them in: a digest goes over the bytes. */
function canonical({ features: definitions }: RuleSet, decision: Decision): CanonicalDecision {
  return {
    accountId: decision.accountId,
    transactionId: decision.transactionId,
    revision: decision.revision,
    score: decision.score,
    decision: decision.decision,
    reasons: decision.reasons,
    hits: decision.hits.map(({ rule, points, reason }) => ({ rule, points, reason })),
    features: Object.fromEntries(definitions.map(({ name }, i) => [name, decision.features[i]!])),
    undefinedRules: decision.undefinedRules,
    lateByMs: decision.lateByMs,
  };
}
