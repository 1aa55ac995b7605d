import type { Decision } from '../../../domain/decision.ts';
import type { Checkpoint, RiskStore } from '../../../domain/ports.ts';

/** A decision at a position, of whatever matters to the test. */
export function decisionAt(position: number, its: Partial<Decision> = {}): Decision {
  return {
    accountId: 'acct-1',
    transactionId: `t-${position}`,
    revision: position - 1,
    position,
    occurredAtMs: 1_772_366_400_000 + position,
    score: 12.5,
    decision: 'review',
    reasons: ['VELOCITY'],
    hits: [{ rule: 'velocity', points: 12.5, reason: 'VELOCITY' }],
    features: [1, '9007199254740993', null, true, 'DE', 0.1],
    undefinedRules: ['far_away'],
    ruleSet: { name: 'cards', version: 3 },
    lateByMs: 250,
    origin: 'live',
    ...its,
  };
}

export const START: Checkpoint = { partition: 0, position: 0, eventId: null };

export const checkpointAt = (position: number): Checkpoint =>
  position === 0 ? START : { partition: 0, position, eventId: `event-${position}` };

/** Commits decisions that follow one another from where the store stands. */
export async function commitAll(
  store: RiskStore,
  decisions: readonly Decision[],
  batch = 500,
): Promise<void> {
  for (let i = 0; i < decisions.length; i += batch) {
    const step = decisions.slice(i, i + batch);
    const to = checkpointAt(step.at(-1)!.position);
    const from = await store.checkpoint(0);
    if (!(await store.commit({ from, to, decisions: step, snapshots: [] })))
      throw new Error('lost the checkpoint');
  }
}
