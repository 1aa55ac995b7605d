import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Decision } from '../../domain/decision.ts';
import { NO_STREAM } from '../../domain/facts.ts';
import type { TransactionIndex } from '../../domain/ports.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { decisionAt } from '../read-model/testing/decisions.ts';
import { partitionOfAccount } from './risk-tables.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { type PostgresRisk, postgresRisk } from './testing/postgres-risk.ts';

const postgres = await engineOf(postgresOfTests);

describeWith('the index of transactions', postgres, (engine) => {
  let risk: PostgresRisk;
  beforeEach(async () => {
    risk = await postgresRisk(engine().url, 3);
  });
  afterEach(() => risk.close());

  test('knows nothing of an account that nothing was decided of', async () => {
    expect(await risk.index.lookUp('acct-1', 't-1')).toEqual({ seenRevision: NO_STREAM, revision: null });
  });

  test('knows a transaction that was passed unread, below the decisions that came after it', async () => {
    const partition = partitionOfAccount(risk.riskTables, 'acct-1');
    const checkpoint = (position: number) => ({ partition, position, eventId: null });
    const first = decisionAt(3, { accountId: 'acct-1', revision: 1, transactionId: 't-1' });
    const passed = [{ accountId: 'acct-1', revision: 0, transactionId: 't-0' }];
    const commit = { from: checkpoint(0), to: checkpoint(3), decisions: [first], snapshots: [], passed };
    expect(await risk.store.commit(commit)).toBe(true);
    expect(await risk.index.lookUp('acct-1', 't-0')).toEqual({ seenRevision: 1, revision: 0 });
    await rebuilt(risk, [first], checkpoint(3));
    expect(await risk.index.lookUp('acct-1', 't-0')).toEqual({ seenRevision: 1, revision: 0 });
    expect(await risk.store.commit(commit)).toBe(false);
  });

  test('answers without holes while decisions are written and rebuilt ones swapped in', async () => {
    const outcome = await wrongAnswers(risk, risk.index);
    expect(outcome.wrong).toEqual([]);
    expect(outcome.answers).toBeGreaterThan(100);
  });

  test('would have holes if what is seen were asked after the transaction', async () => {
    const twoQuestions: TransactionIndex = {
      async lookUp(accountId, transactionId) {
        const { revision } = await risk.index.lookUp(accountId, transactionId);
        const { seenRevision } = await risk.index.lookUp(accountId, transactionId);
        return { seenRevision, revision };
      },
    };
    expect((await wrongAnswers(risk, twoQuestions)).wrong.length).toBeGreaterThan(0);
  });
});

/**
 * Writes one account's decisions, each transaction a commit, with rebuilds swapped in between; meanwhile asks for
 * the newest transactions, and collects the answers that would let a submitter store a transaction twice.
 */
async function wrongAnswers(
  risk: PostgresRisk,
  index: TransactionIndex,
): Promise<{ wrong: object[]; answers: number }> {
  const accountId = 'acct-0';
  const partition = partitionOfAccount(risk.riskTables, accountId);
  const decisions = Array.from({ length: 150 }, (_, revision) =>
    decisionAt(revision + 1, { accountId, revision, transactionId: `t-${revision}` }),
  );
  let written = NO_STREAM;
  const writing = (async () => {
    for (const decision of decisions) {
      const from = await risk.store.checkpoint(partition);
      const to = { partition, position: decision.position, eventId: null };
      expect(await risk.store.commit({ from, to, decisions: [decision], snapshots: [] })).toBe(true);
      written = decision.revision;
      if (written % 25 === 24) await rebuilt(risk, decisions.slice(0, written + 1), to);
    }
  })();
  const wrong: object[] = [];
  let answers = 0;
  const asking = Array.from({ length: 3 }, async () => {
    for (; written < decisions.length - 1; answers++) {
      const revision = written + 1 + (answers % 2);
      const least = written;
      const seen = await index.lookUp(accountId, `t-${revision}`);
      const isRight =
        seen.seenRevision >= least && seen.revision === (revision <= seen.seenRevision ? revision : null);
      if (!isRight) wrong.push({ asked: revision, least, ...seen });
    }
  });
  await Promise.all([writing, ...asking]);
  return { wrong, answers };
}

async function rebuilt(
  risk: PostgresRisk,
  decisions: readonly Decision[],
  to: { partition: number; position: number; eventId: null },
): Promise<void> {
  const rebuild = risk.rebuild();
  await rebuild.begin(to.partition);
  await rebuild.append({ decisions, snapshots: [] });
  expect(await rebuild.swap(to, false)).toBe(true);
}
