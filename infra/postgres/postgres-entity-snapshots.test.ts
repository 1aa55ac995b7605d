import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { entitySnapshotsContract } from '../read-model/entity-snapshots.contract.ts';
import { postgresEntitySnapshots } from './postgres-entity-snapshots.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { postgresRisk } from './testing/postgres-risk.ts';

const engine = await engineOf(postgresOfTests);

describeWith('entity snapshots of PostgreSQL', engine, (server) =>
  entitySnapshotsContract(async () => {
    const { riskTables, close } = await postgresRisk(server().url);
    return { snapshots: postgresEntitySnapshots(riskTables.pool), close };
  }),
);
