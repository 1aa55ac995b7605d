import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { accountStream } from '../../domain/facts.ts';
import type { DeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { startEventStore } from '../../infra/engines/event-store-server.ts';
import { messageOfFact } from '../../infra/eventstoredb/wire-event.ts';
import { openPostgres } from '../../infra/postgres/open-postgres.ts';
import { tempSchema } from '../../infra/postgres/testing/temp-schema.ts';
import { enginesConfigOf } from '../../infra/server/distributed/engines-config.ts';
import { createTopology } from '../../infra/server/distributed/topology.ts';
import { draftOf, type Input, PARTITIONS, prepareInput, startMirror } from '../peers/input.ts';
import { processorEnvironment, startProcessor } from '../peers/shrike-contenders.ts';
import { payInTurn } from '../peers/traffic.ts';
import { report } from '../report.ts';
import { decided } from './decided.ts';

/** Of each account before it is taken over. */
const PAYMENTS = 3;
const APPENDS_IN_FLIGHT = 500;

type Store = ReturnType<typeof startMirror>['store'];

/**
 * A processor decides some payments of every account and is killed; each account then pays once more. How long a new
 * one takes for its first decision, and until it has loaded every account and decided its payment.
 */
export async function takeover({ kafka, postgres }: DeploymentEngines, quick: boolean): Promise<void> {
  const accounts = quick ? 5_000 : 100_000;
  const input = await prepareInput(kafka.url, PAYMENTS * accounts, payInTurn(accounts));
  const eventStore = await startEventStore({ copyOf: input.folder });
  const schema = await tempSchema(postgres.url);
  const environment = processorEnvironment(input, eventStore.url, schema.url, false);
  await createTopology(enginesConfigOf({}, environment)!);
  const pool = await openPostgres(schema.url, { max: 2 });
  const mirroring = startMirror(input, eventStore.url);
  let processor = startProcessor(environment);
  try {
    await decided(pool, PARTITIONS, await mirroring.store.head());
    await processor.kill();
    const before = await mirroring.store.head();
    await payOnceMore(mirroring.store, input, accounts);
    const head = await mirroring.store.head();
    await mirroring.upTo(head);
    const begun = performance.now();
    processor = startProcessor(environment);
    await anyDecidedPast(pool, before);
    const first = performance.now();
    await decided(pool, PARTITIONS, head);
    const last = performance.now();
    const name = `distributed: ${accounts} accounts taken over`;
    report({ name: `${name}, until the first decision`, value: first - begun, unit: 'ms' });
    report({
      name: `${name}, from then until every one is loaded`,
      value: (last - first) / 1_000,
      unit: 's',
    });
  } finally {
    await processor.kill();
    await mirroring.stop();
    await pool.end();
    await schema.drop();
    await eventStore.stop();
    await input.remove();
  }
}

async function payOnceMore(store: Store, { payments, stepMs }: Input, accounts: number): Promise<void> {
  let underWay: Promise<unknown>[] = [];
  let number = 0;
  for (const payment of payInTurn(accounts)(payments + accounts, stepMs)) {
    if (number++ < payments) continue;
    const stream = accountStream(payment.transaction.accountId);
    underWay.push(store.appendMessages(stream, PAYMENTS - 1, [messageOfFact(draftOf(payment))]));
    if (underWay.length < APPENDS_IN_FLIGHT) continue;
    await Promise.all(underWay);
    underWay = [];
  }
  await Promise.all(underWay);
}

async function anyDecidedPast(pool: pg.Pool, position: number): Promise<void> {
  const sql = 'SELECT 1 FROM checkpoints WHERE position > $1 LIMIT 1';
  while ((await pool.query(sql, [position])).rowCount === 0) await delay(5);
}
