import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { decisionQueriesContract } from '../read-model/queries/decision-queries.contract.ts';
import { riskRebuildContract } from '../read-model/risk-rebuild.contract.ts';
import { riskStoreContract } from '../read-model/risk-store.contract.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { postgresRisk } from './testing/postgres-risk.ts';

const postgres = await engineOf(postgresOfTests);

describeWith('the risk store of PostgreSQL', postgres, (engine) => {
  riskStoreContract(() => postgresRisk(engine().url));
  riskRebuildContract(() => postgresRisk(engine().url));
  decisionQueriesContract(() => postgresRisk(engine().url));
});
