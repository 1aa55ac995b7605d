import { setTimeout as delay } from 'node:timers/promises';
import type { Decision } from '../../domain/decision.ts';
import { accountStream, type StoredFact, transactionSubmitted } from '../../domain/facts.ts';
import { type ScoringPlan, scoringPlan } from '../../domain/risk-fold.ts';
import { NO_STAMPS } from '../../domain/scoring/stamps.ts';
import type { DeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { startEventStore } from '../../infra/engines/event-store-server.ts';
import { openEventStoreDb } from '../../infra/eventstoredb/event-store-db.ts';
import { submissionsTo } from '../../infra/eventstoredb/submissions.ts';
import { emptyIndex } from '../../infra/eventstoredb/testing/lagging-index.ts';
import { openPostgres } from '../../infra/postgres/open-postgres.ts';
import { postgresRiskStore } from '../../infra/postgres/postgres-risk-store.ts';
import { openPostgresViews } from '../../infra/postgres/postgres-views.ts';
import { openRiskTables } from '../../infra/postgres/risk-tables.ts';
import { tempSchema } from '../../infra/postgres/testing/temp-schema.ts';
import { applyFact, contentOf } from '../../processors/apply-fact.ts';
import { alertId, fraudSuspected } from '../../processors/fraud-suspected.ts';
import { partitionOfKey } from '../../processors/key-partitions.ts';
import { MemoryEventStore } from '../../processors/test-support/memory-event-store.ts';
import { PROJECTIONS } from '../../projections/all.ts';
import { startProjections } from '../../projections/runner.ts';
import { draftOf, PARTITIONS } from '../peers/input.ts';
import { PEER_RULES } from '../peers/rules.ts';
import { payments, stepOf } from '../peers/traffic.ts';
import { report } from '../report.ts';
import { parsed } from '../rules.ts';

const APPENDS_IN_FLIGHT = 500;
const COMMIT_DECISIONS = 1_000;
const unit = 'a second';

const perSecond = (count: number, begun: number): number => (count / (performance.now() - begun)) * 1_000;

/** What each does with nothing else to do. The mirror is measured where it fills the input of the processors. */
export async function stages(engines: DeploymentEngines, quick: boolean): Promise<void> {
  // No account has more than the door remembers: beyond that it asks the database, which is left out here.
  const count = quick ? 10_000 : 30_000;
  const { url } = engines.postgres;
  const { facts, plan } = history(count);
  await append(count);
  const decisions = fold(facts, plan);
  await commit(url, decisions);
  await project(url, facts, decisions, plan);
}

function history(count: number): { facts: StoredFact[]; plan: ScoringPlan } {
  const store = new MemoryEventStore();
  for (const payment of payments(count, stepOf(count)))
    store.appendAny(accountStream(payment.transaction.accountId), [draftOf(payment)]);
  const ruleSet = parsed(PEER_RULES);
  return { facts: store.facts, plan: scoringPlan(ruleSet, { name: ruleSet.name, version: 1 }) };
}

/** By the door's way in, without the database's look-up: what waits for one account goes into one append. */
async function append(count: number): Promise<void> {
  const server = await startEventStore();
  const store = openEventStoreDb(server.url);
  const submissions = submissionsTo(store, emptyIndex);
  const begun = performance.now();
  let underWay: Promise<unknown>[] = [];
  for (const payment of payments(count, stepOf(count))) {
    const { accountId, transactionId } = payment.transaction;
    const bounds = { notBeforeMs: null, notAfterMs: Number.MAX_SAFE_INTEGER };
    const draft = draftOf(payment);
    underWay.push(submissions.submit({ accountId, transactionId, occurredAtMs: 0, draft, ...bounds }));
    if (underWay.length < APPENDS_IN_FLIGHT) continue;
    await Promise.all(underWay);
    underWay = [];
  }
  await Promise.all(underWay);
  report({ name: 'stage: append, development event store', value: perSecond(count, begun), unit });
  await store.close();
  await server.stop();
}

/** Parsing the facts included. */
function fold(facts: readonly StoredFact[], plan: ScoringPlan): Decision[] {
  const accounts = new Map<string, ReturnType<ScoringPlan['open']>>();
  const decisions: Decision[] = [];
  const begun = performance.now();
  for (const fact of facts) {
    const accountId = fact.stream.slice('account-'.length);
    const state = accounts.get(accountId) ?? plan.open();
    accounts.set(accountId, state);
    const scored = applyFact(plan, state, accountId, fact, contentOf(fact), NO_STAMPS);
    if (scored !== undefined) decisions.push(scored.decision);
  }
  report({ name: 'stage: fold, one core', value: perSecond(facts.length, begun), unit });
  return decisions;
}

/** Decision rows and checkpoints, all partitions at once. */
async function commit(url: string, decisions: readonly Decision[]): Promise<void> {
  const schema = await tempSchema(url);
  const pool = await openPostgres(schema.url);
  const risk = postgresRiskStore(await openRiskTables(pool, PARTITIONS));
  const ofPartition = Map.groupBy(decisions, ({ accountId }) => partitionOfKey(accountId, PARTITIONS));
  const begun = performance.now();
  await Promise.all(
    [...ofPartition].map(async ([partition, own]) => {
      let from = await risk.checkpoint(partition);
      for (let i = 0; i < own.length; i += COMMIT_DECISIONS) {
        const step = own.slice(i, i + COMMIT_DECISIONS);
        const to = { partition, position: step.at(-1)!.position, eventId: null };
        if (!(await risk.commit({ from, to, decisions: step, snapshots: [] })))
          throw new Error(`partition ${partition} was moved by nobody`);
        from = to;
      }
    }),
  );
  report({ name: 'stage: commit, decisions', value: perSecond(decisions.length, begun), unit });
  await pool.end();
  await schema.drop();
}

/** As if every tenth payment had been suspicious. */
async function project(
  url: string,
  facts: readonly StoredFact[],
  decisions: readonly Decision[],
  plan: ScoringPlan,
): Promise<void> {
  const alerts = decisions.length / 10;
  const store = new MemoryEventStore();
  for (let i = 0; i < alerts; i++) {
    const opening = fraudSuspected(decisions[i]!, transactionSubmitted(facts[i]!), plan.definition);
    store.appendAny(`alert-${alertId(decisions[i]!)}`, [opening]);
  }
  const schema = await tempSchema(url);
  await (await openPostgres(schema.url)).end();
  const db = await openPostgresViews(schema.url);
  const begun = performance.now();
  const runner = await startProjections({ db, store, projections: PROJECTIONS });
  while (runner.states().some(({ position }) => position < alerts)) await delay(1);
  report({ name: 'stage: project, alerts', value: perSecond(alerts, begun), unit });
  await runner.stop();
  await db.destroy();
  await schema.drop();
}
