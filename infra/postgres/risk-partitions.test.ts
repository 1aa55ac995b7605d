import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Decision } from '../../domain/decision.ts';
import { NO_STREAM } from '../../domain/facts.ts';
import type { TransactionIndex } from '../../domain/ports.ts';
import { partitionOfKey } from '../../processors/key-partitions.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { snapshotOf } from '../read-model/risk-store.contract.ts';
import { decisionAt } from '../read-model/testing/decisions.ts';
import { postgresMirrorCheckpoints } from './postgres-mirror-checkpoints.ts';
import { postgresRiskStore } from './postgres-risk-store.ts';
import { decisionsTable, openRiskTables, type RiskTables } from './risk-tables.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { type PostgresRisk, postgresRisk } from './testing/postgres-risk.ts';

const postgres = await engineOf(postgresOfTests);
const PARTITIONS = 3;
const ACCOUNTS = Array.from({ length: 12 }, (_, i) => `acct-${i}`);
const partitionOf = (accountId: string) => partitionOfKey(accountId, PARTITIONS);

/** Decisions of every account of a partition, `rounds` revisions each; positions are the whole log's. */
function decisionsOf(partition: number, rounds: number): Decision[] {
  return Array.from({ length: rounds }, (_, revision) =>
    ACCOUNTS.map((accountId, i) =>
      decisionAt(1 + revision * ACCOUNTS.length + i, {
        accountId,
        revision,
        transactionId: `t-${revision}`,
      }),
    ),
  )
    .flat()
    .filter(({ accountId }) => partitionOf(accountId) === partition);
}

describeWith('decisions in several partitions', postgres, (engine) => {
  let risk: PostgresRisk;
  beforeEach(async () => {
    risk = await postgresRisk(engine().url, PARTITIONS);
  });
  afterEach(() => risk.close());

  async function commit(
    partition: number,
    decisions: readonly Decision[],
    offset?: number,
  ): Promise<boolean> {
    const from = await risk.store.checkpoint(partition);
    const position = decisions.at(-1)!.position;
    const to = { partition, position, eventId: `event-${position}`, ...(offset !== undefined && { offset }) };
    return risk.store.commit({ from, to, decisions, snapshots: [snapshotOf(decisions[0]!.accountId)] });
  }
  const commitAll = (rounds: number) =>
    Promise.all([0, 1, 2].map((partition) => commit(partition, decisionsOf(partition, rounds))));

  test('have checkpoints of their own, with offsets, and are found wherever they lie', async () => {
    expect(await risk.queries.reflected()).toBe(0);
    expect(await commitAll(2)).toEqual([true, true, true]);
    for (const accountId of ACCOUNTS) {
      const all = decisionsOf(partitionOf(accountId), 2).filter(
        (decision) => decision.accountId === accountId,
      );
      expect(await risk.queries.ofAccount(accountId, null, 10)).toEqual(all.toReversed());
      expect(await risk.queries.at(accountId, all[0]!.position)).toEqual(all[0]);
    }
    const named = await risk.queries.ofTransactionId('t-1', 100);
    expect(named.map(({ accountId }) => accountId)).toEqual(ACCOUNTS.toReversed());
    expect((await risk.queries.ofTransactionId('t-1', 5)).length).toBe(5);
    expect((await risk.store.snapshots(ACCOUNTS, 'plan-1')).length).toBe(PARTITIONS);
    const positions = await Promise.all([0, 1, 2].map((partition) => risk.store.checkpoint(partition)));
    expect(await risk.queries.reflected()).toBe(Math.min(...positions.map(({ position }) => position)));
    expect((await risk.dump()).length).toBe(2 * ACCOUNTS.length);

    const next = decisionsOf(1, 3).slice(-1);
    await commit(1, next, 77);
    expect(await risk.store.checkpoint(1)).toMatchObject({ offset: 77, position: next[0]!.position });
  });

  test('do not count as reflected while a partition has not begun', async () => {
    await commit(0, decisionsOf(0, 1));
    await commit(2, decisionsOf(2, 1));
    expect(await risk.queries.reflected()).toBe(0);
  });

  test('are refused in another partition than their account is of', async () => {
    const [stray] = decisionsOf(1, 1);
    await expect(commit(0, [stray!])).rejects.toThrow(
      `account ${stray!.accountId} is of partition 1, not of 0`,
    );
    await expect(commit(3, [stray!])).rejects.toThrow('the database holds partitions 0 to 2, not 3');
  });

  test('are refused to a log of another number of partitions', async () => {
    await openRiskTables(risk.riskTables.pool, PARTITIONS);
    await expect(openRiskTables(risk.riskTables.pool, 4)).rejects.toThrow(
      'the decisions in this database lie in 3 partitions, the log has 4',
    );
  });

  test('are swapped for rebuilt ones without touching another partition', async () => {
    await commitAll(3);
    const before = await risk.dump();
    await risk.riskTables.pool.query(`UPDATE ${decisionsTable(1)} SET score = 1`);
    const rebuild = risk.rebuild();
    await rebuild.begin(1);
    await rebuild.append({ decisions: decisionsOf(1, 3), snapshots: [] });
    const to = await risk.store.checkpoint(1);
    expect(await commit(2, decisionsOf(2, 4).slice(-1))).toBe(true);
    expect(await rebuild.swap(to, false)).toBe(true);
    expect((await risk.dump()).filter((line) => !line.includes('"t-3"'))).toEqual(before);
  });

  test('would be written by a zombie if the checkpoint were not compared', async () => {
    const [first, ...later] = decisionsOf(0, 4);
    await commit(0, later);
    const from = { partition: 0, position: 1, eventId: null };
    const to = { partition: 0, position: first!.position, eventId: null };
    const zombie = { from, to, decisions: [first!], snapshots: [] };
    expect(await risk.store.commit(zombie)).toBe(false);
    expect(await postgresRiskStore(withoutComparing(risk.riskTables)).commit(zombie)).toBe(true);
  });

  test('answer what is known of a transaction without holes, while they are written and swapped', async () => {
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

  test('are mirrored up to a position that never sinks', async () => {
    const mirror = postgresMirrorCheckpoints(risk.riskTables.pool, 'facts.g1');
    expect(await mirror.read()).toBe(0);
    await Promise.all([5, 9, 3].map((position) => mirror.raise(position)));
    expect(await mirror.read()).toBe(9);
    expect(await postgresMirrorCheckpoints(risk.riskTables.pool, 'facts.g2').read()).toBe(0);
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
  const accountId = ACCOUNTS[0]!;
  const partition = partitionOf(accountId);
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

/** The same tables with the comparison taken out of the statement. */
function withoutComparing({ pool, partitions }: RiskTables): RiskTables {
  const query = ({ text, values }: { text: string; values: unknown[] }) =>
    pool.query(text.replace('WHERE present.position = $5', 'WHERE $5 = $5'), values);
  return { pool: { query } as unknown as typeof pool, partitions };
}
