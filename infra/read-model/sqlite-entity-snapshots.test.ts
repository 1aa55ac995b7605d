import { describe } from '@jest/globals';
import { entitySnapshotsContract } from './entity-snapshots.contract.ts';
import { sqliteEntitySnapshots } from './sqlite-entity-snapshots.ts';
import { sqliteRisk } from './testing/sqlite-risk.ts';

describe('entity snapshots of SQLite', () =>
  entitySnapshotsContract(async () => {
    const { database, close } = await sqliteRisk();
    return { snapshots: sqliteEntitySnapshots(database), close };
  }));
