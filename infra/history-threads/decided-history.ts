import type { EventStore, RiskStore } from '../../domain/ports.ts';
import { partitionOfKey } from '../../processors/key-partitions.ts';
import { readingStore } from '../event-store/reading-store.ts';
import { postgresRiskStore } from '../postgres/postgres-risk-store.ts';
import { openRiskDatabase } from '../read-model/risk-database.ts';
import { sqliteRiskStore } from '../read-model/sqlite-risk-store.ts';
import type { EnginesConfig } from '../server/distributed/engines-config.ts';
import { openRoleEngines } from '../server/distributed/role-engines.ts';

/** Where a history and what was decided of it are; one thread can tell another. */
export type DecidedAddress =
  | { kind: 'folder'; factsPath: string; riskPath: string }
  | { kind: 'engines'; engines: EnginesConfig };

/** A history and what was decided of it, to be read. */
export interface DecidedHistory {
  store: EventStore;
  risk: Pick<RiskStore, 'checkpoint' | 'readDecisions'>;
  partitions: number;
  partitionOf(accountId: string): number;
  close(): Promise<void>;
}

export async function openDecided(address: DecidedAddress): Promise<DecidedHistory> {
  return address.kind === 'folder' ? openFolder(address) : openEngines(address.engines);
}

function openFolder({ factsPath, riskPath }: DecidedAddress & { kind: 'folder' }): DecidedHistory {
  const store = readingStore(factsPath);
  const database = openRiskDatabase(riskPath, { readOnly: true });
  return {
    store,
    risk: sqliteRiskStore(database),
    partitions: 1,
    partitionOf: () => 0,
    async close() {
      database.close();
      store.close();
    },
  };
}

async function openEngines(engines: EnginesConfig): Promise<DecidedHistory> {
  // What fails here fails the work, and so is told once.
  const { store, tables, close } = await openRoleEngines(engines, 'verify', () => undefined);
  const { partitions } = tables;
  return {
    store,
    risk: postgresRiskStore(tables),
    partitions,
    partitionOf: (accountId) => partitionOfKey(accountId, partitions),
    close,
  };
}
