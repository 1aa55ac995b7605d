import type { Services } from '../../../api/services.ts';
import type { DataFolder } from '../../data-folder/data-folder.ts';
import type { StoreClient } from '../../event-store/store-client.ts';
import { openKeyRing } from '../../keys/key-ring.ts';
import { alertQueries } from '../../read-model/queries/alerts.ts';
import { ratesQueries } from '../../read-model/queries/rates.ts';
import { ruleSetQueries } from '../../read-model/queries/rule-sets.ts';
import { sqliteDecisionQueries } from '../../read-model/queries/sqlite-decisions.ts';
import { openRiskDatabase } from '../../read-model/risk-database.ts';
import { openViewsDatabase } from '../../read-model/views-database.ts';
import type { ProjectorThread } from '../projector-thread.ts';
import type { RiskThread } from '../risk-thread.ts';
import { viewWaits } from '../view-waits.ts';
import { commandAlert } from './alerts.ts';
import { ruleSetDefinitions } from './definitions.ts';
import { live } from './live.ts';
import { operating } from './operating.ts';
import { openRatesDesk } from './rates.ts';
import { reading } from './reading.ts';
import { activateRuleSet, publishRuleSet } from './rule-set-publishing.ts';
import { submitting } from './submitting.ts';

export interface ServicesOptions {
  version: string;
  folder: DataFolder;
  store: StoreClient;
  risk: RiskThread;
  projector: ProjectorThread;
  baseCurrency: string;
  latenessMs: number;
  cardNumberFields: ReadonlySet<string>;
  report(error: unknown): void;
}

/** What the API is handed, over the threads and the read models of the embedded deployment. */
export async function openServices(options: ServicesOptions): Promise<Services & { close(): Promise<void> }> {
  const { folder, store, risk, projector } = options;
  const { reader } = store;
  const riskDatabase = openRiskDatabase(folder.risk, { readOnly: true });
  const views = openViewsDatabase(folder.views, { readOnly: true });
  const decisions = sqliteDecisionQueries(riskDatabase);
  const { definitionOf, inForce } = ruleSetDefinitions(reader);
  const rates = await openRatesDesk(store, options.baseCurrency);
  const keys = openKeyRing(folder.keys, options.report);
  let withoutRate = 0;
  const onAlerts = (wake: () => void) =>
    projector.onMoved((projection) => {
      if (projection === 'alerts') wake();
    });

  return {
    authenticate: (token) => keys.authenticate(token),
    ...submitting({
      store,
      risk,
      decisions,
      definitionOf,
      rates: rates.current,
      latenessMs: options.latenessMs,
      cardNumberFields: options.cardNumberFields,
      onWithoutRate: () => withoutRate++,
    }),
    ...reading({ reader, decisions, definitionOf, waitFor: viewWaits(store, risk, projector) }),
    ...alertQueries(views),
    alertCommand: (alertId, command, expected) => commandAlert(store, alertId, command, expected),
    ...ruleSetQueries(views),
    rates: ratesQueries(views).rates,
    publishRuleSet: (source, by) => publishRuleSet(store, source, by),
    activateRuleSet: (version, by) => activateRuleSet(store, version, by),
    publishRates: (table, by) => rates.publish(table, by),
    ...live({ reader, alertsSeen: () => projector.seen('alerts'), onAlerts }),
    ...operating({
      version: options.version,
      store,
      risk,
      projector,
      inForce,
      withoutRate: () => withoutRate,
    }),
    async close() {
      riskDatabase.close();
      await views.destroy();
    },
  };
}
