import type pg from 'pg';
import { openEventStoreDb } from '../../../infra/eventstoredb/event-store-db.ts';
import { type Comparison, compareHoldings, type FactRow, type Holdings, type Row } from '../comparison.ts';
import type { Ledger } from '../ledger.ts';
import { noted } from './table-watch.ts';
import { PARTITIONS, type Victims } from './victims.ts';

const READ_LIMIT = 2_000;

/** Everything the deployment holds, and what its tables went through, held against its clients and the oracle. */
export async function compareVictims({ environment, pool }: Victims, ledger: Ledger): Promise<Comparison> {
  const found = compareHoldings(await holdings(environment.EVENTSTORE_URL!, pool), ledger);
  found.faults.push(...(await noted(pool)));
  return found;
}

async function holdings(eventStoreUrl: string, pool: pg.Pool): Promise<Holdings> {
  const decisions: Row[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++)
    decisions.push(...(await pool.query(`SELECT * FROM decisions_p${partition}`)).rows);
  const alerts = (await pool.query<Row>('SELECT * FROM alerts')).rows;
  return { facts: await allFacts(eventStoreUrl), decisions, alerts };
}

async function allFacts(url: string): Promise<FactRow[]> {
  const store = openEventStoreDb(url);
  try {
    const facts: FactRow[] = [];
    for (let after = 0; ; after = facts.at(-1)!.position) {
      const read = await store.readAll(after, READ_LIMIT);
      facts.push(...read);
      if (read.length === 0) return facts;
    }
  } finally {
    await store.close();
  }
}
