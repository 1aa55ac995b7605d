import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Decision } from '../../domain/decision.ts';
import { partitionOfKey } from '../../processors/key-partitions.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { snapshotOf } from '../read-model/risk-store.contract.ts';
import { decisionAt } from '../read-model/testing/decisions.ts';
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

async function commit(
  { store }: PostgresRisk,
  partition: number,
  decisions: readonly Decision[],
  offset?: number,
): Promise<boolean> {
  const from = await store.checkpoint(partition);
  const position = decisions.at(-1)!.position;
  const to = { partition, position, eventId: `event-${position}`, ...(offset !== undefined && { offset }) };
  return store.commit({ from, to, decisions, snapshots: [snapshotOf(decisions[0]!.accountId)] });
}

const commitAll = (risk: PostgresRisk, rounds: number) =>
  Promise.all([0, 1, 2].map((partition) => commit(risk, partition, decisionsOf(partition, rounds))));

describeWith('decisions in several partitions', postgres, (engine) => {
  let risk: PostgresRisk;
  beforeEach(async () => {
    risk = await postgresRisk(engine().url, PARTITIONS);
  });
  afterEach(() => risk.close());

  test('have checkpoints of their own, with offsets, and are found wherever they lie', async () => {
    expect(await risk.queries.reflected()).toBe(0);
    expect(await commitAll(risk, 2)).toEqual([true, true, true]);
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
    await commit(risk, 1, next, 77);
    expect(await risk.store.checkpoint(1)).toMatchObject({ offset: 77, position: next[0]!.position });
  });

  test('do not count as reflected while a partition has not begun', async () => {
    await commit(risk, 0, decisionsOf(0, 1));
    await commit(risk, 2, decisionsOf(2, 1));
    expect(await risk.queries.reflected()).toBe(0);
  });
});

describeWith('decisions in several partitions', postgres, (engine) => {
  let risk: PostgresRisk;
  beforeEach(async () => {
    risk = await postgresRisk(engine().url, PARTITIONS);
  });
  afterEach(() => risk.close());

  test('are refused in another partition than their account is of', async () => {
    const [stray] = decisionsOf(1, 1);
    await expect(commit(risk, 0, [stray!])).rejects.toThrow(
      `account ${stray!.accountId} is of partition 1, not of 0`,
    );
    await expect(commit(risk, 3, [stray!])).rejects.toThrow('the database holds partitions 0 to 2, not 3');
  });

  test('are refused to a log of another number of partitions', async () => {
    await openRiskTables(risk.riskTables.pool, PARTITIONS);
    await expect(openRiskTables(risk.riskTables.pool, 4)).rejects.toThrow(
      'the decisions in this database lie in 3 partitions, the log has 4',
    );
  });

  test('are swapped for rebuilt ones without touching another partition', async () => {
    await commitAll(risk, 3);
    const before = await risk.dump();
    await risk.riskTables.pool.query(`UPDATE ${decisionsTable(1)} SET score = 1`);
    const rebuild = risk.rebuild();
    await rebuild.begin(1);
    await rebuild.append({ decisions: decisionsOf(1, 3), snapshots: [] });
    const to = await risk.store.checkpoint(1);
    expect(await commit(risk, 2, decisionsOf(2, 4).slice(-1))).toBe(true);
    expect(await rebuild.swap(to, false)).toBe(true);
    expect((await risk.dump()).filter((line) => !line.includes('"t-3"'))).toEqual(before);
  });

  test('are swapped once nobody reads them any more; until then commits and look-ups go on', async () => {
    await commitAll(risk, 3);
    const reader = await risk.riskTables.pool.connect();
    await reader.query('BEGIN');
    await reader.query(`SELECT FROM ${decisionsTable(1)}`);
    const rebuild = risk.rebuild();
    await rebuild.begin(1);
    await rebuild.append({ decisions: decisionsOf(1, 4), snapshots: [] });
    const to = { partition: 1, position: 4 * ACCOUNTS.length, eventId: null };
    const swapping = rebuild.swap(to, false);
    await sleep(100);
    const begun = performance.now();
    expect(await commit(risk, 1, decisionsOf(1, 4).slice(-1))).toBe(true);
    expect(performance.now() - begun).toBeLessThan(900);
    await reader.query('COMMIT');
    reader.release();
    expect(await swapping).toBe(true);
    expect(await risk.store.readDecisions(1, 0, 100)).toEqual(decisionsOf(1, 4));
  });

  test('would be written by a zombie if the checkpoint were not compared', async () => {
    const [first, ...later] = decisionsOf(0, 4);
    await commit(risk, 0, later);
    const from = { partition: 0, position: 1, eventId: null };
    const to = { partition: 0, position: first!.position, eventId: null };
    const zombie = { from, to, decisions: [first!], snapshots: [] };
    expect(await risk.store.commit(zombie)).toBe(false);
    expect(await postgresRiskStore(withoutComparing(risk.riskTables)).commit(zombie)).toBe(true);
  });
});

/** The same tables with the comparison taken out of the statement. */
function withoutComparing({ pool, partitions }: RiskTables): RiskTables {
  const query = ({ text, values }: { text: string; values: unknown[] }) =>
    pool.query(text.replace('WHERE present.position = $5', 'WHERE $5 = $5'), values);
  return { pool: { query } as unknown as typeof pool, partitions };
}
