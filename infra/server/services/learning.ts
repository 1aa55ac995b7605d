import type { LearnAnswer, Learning, TransactionName } from '../../../api/services.ts';
import { parseLabel } from '../../../domain/door/parse-label.ts';
import type { Lesson } from '../../../domain/learning.ts';
import type { EventStore, Submissions } from '../../../domain/ports.ts';
import { inParallel } from '../../../processors/bounded.ts';
import { learn } from '../../../processors/learn.ts';

export interface LearningOptions {
  store: Pick<EventStore, 'append' | 'readStream'> & Pick<Submissions, 'find'>;
  /** Of the accounts that have a decided transaction of this id, some. */
  accountsOf(transactionId: string): Promise<string[]>;
}

const ACCOUNTS_AT_ONCE = 16;

/** Takes in what is learnt of transactions after they were submitted: each a fact in the account's stream. */
export function learning({ store, accountsOf }: LearningOptions): Learning {
  async function take(name: TransactionName, lesson: Lesson, by: string): Promise<LearnAnswer> {
    const { transactionId } = name;
    const accountIds = name.accountId === undefined ? await accountsOf(transactionId) : [name.accountId];
    if (accountIds.length > 1) return { kind: 'ambiguous', transactionId, accountIds };
    const accountId = accountIds[0];
    const about = accountId === undefined ? undefined : await store.find(accountId, transactionId);
    if (about === undefined) return { kind: 'unknown', transactionId };
    const learnt = await learn(store, about, lesson, by);
    if (learnt.kind === 'conflict') return learnt;
    const { revision, position } = learnt.at;
    return { kind: learnt.kind, stored: { transactionId, accountId: accountId!, revision, position } };
  }

  async function label(value: unknown, by: string): Promise<LearnAnswer> {
    const parsed = parseLabel(value);
    if ('problems' in parsed) return { kind: 'refused', problems: parsed.problems };
    const { label: said, source, knownAt, ...name } = parsed.label;
    return take(name, { type: 'TransactionLabelled', label: said, source, knownAt }, by);
  }

  return {
    label,
    async labelAll(values, by) {
      const answers: LearnAnswer[] = [];
      // What is said of one transaction is said in order.
      const lanes = Map.groupBy(values.keys(), (i) => laneOf(values[i]));
      await inParallel([...lanes.values()], ACCOUNTS_AT_ONCE, async (places) => {
        for (const i of places) answers[i] = await label(values[i], by);
      });
      return answers;
    },
    recordOutcome: (name, outcome, by) => take(name, { type: 'TransactionOutcomeRecorded', outcome }, by),
    reverse: (name, reason, by) => take(name, { type: 'TransactionReversed', reason }, by),
  };
}

function laneOf(value: unknown): unknown {
  return (value as { transactionId?: unknown } | null)?.transactionId;
}
