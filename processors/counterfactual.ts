import type { Decision } from '../domain/decision.ts';
import type { Counterfactual } from '../domain/explanation.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import type { KnownTransaction } from '../domain/scoring/feature-window.ts';
import type { Refold } from './refold.ts';
import { eventOf } from './seen-windows.ts';

/** Events taken away, at most. */
export const MOST_CANDIDATES = 200;
/** Facts folded again in all, at most: what that takes is bounded however busy a merchant is. */
const MOST_REFOLDED = 4_000_000;

/**
 * Takes earlier events away, one at a time, and says without which of them it would have been decided otherwise.
 * @param candidates in the order they are tried
 */
export async function counterfactual(
  plan: ScoringPlan,
  decided: Decision,
  candidates: readonly KnownTransaction[],
  refold: Refold,
): Promise<Counterfactual> {
  const most = Math.min(MOST_CANDIDATES, Math.max(1, Math.floor(MOST_REFOLDED / refold.length)));
  const tried = candidates.slice(0, most);
  const changes: Counterfactual['changes'] = [];
  for (const candidate of tried) {
    const { decision, score, reasons } = await refold.decide(plan, candidate.position);
    if (decision === decided.decision) continue;
    changes.push({ event: eventOf(candidate), decision, score, reasons });
  }
  return { candidates: candidates.length, tried: tried.length, changes };
}
