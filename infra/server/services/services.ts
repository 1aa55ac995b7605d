import type { Services } from '../../../api/services.ts';
import type { EventStore, StreamTails, Submissions } from '../../../domain/ports.ts';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import type { Compile } from '../../../processors/scoring-plans.ts';
import { alertsProjection } from '../../../projections/alerts.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { ruleSetsProjection } from '../../../projections/rule-sets.ts';
import type { BacktestJobs } from '../../backtest/backtest-jobs.ts';
import { alertQueries } from '../../read-model/queries/alerts.ts';
import type { DecisionQueries } from '../../read-model/queries/decision-queries.ts';
import { listQueries } from '../../read-model/queries/lists.ts';
import { ratesQueries } from '../../read-model/queries/rates.ts';
import { ruleSetQueries } from '../../read-model/queries/rule-sets.ts';
import type { Deciding, Progress, Stages } from '../behind.ts';
import { viewWaits, waitUntilSeen } from '../view-waits.ts';
import { commandAlert } from './alerts.ts';
import { backtesting } from './backtesting.ts';
import { ruleSetDefinitions } from './definitions.ts';
import { excluding } from './excluding.ts';
import { explaining } from './explaining.ts';
import { learning } from './learning.ts';
import { listing } from './lists.ts';
import { live } from './live.ts';
import { operating } from './operating.ts';
import type { RatesDesk } from './rates.ts';
import { accountsOf, reading } from './reading.ts';
import { ruleSetLife } from './rule-set-life.ts';
import { publishRuleSet } from './rule-set-publishing.ts';
import { submitting } from './submitting.ts';

export interface ServicesOptions {
  version: string;
  store: EventStore & StreamTails & Submissions;
  decisions: DecisionQueries;
  views: ViewDatabase;
  deciding: Deciding;
  progress: Progress;
  stages: Stages;
  backtests: BacktestJobs;
  authenticate: Services['authenticate'];
  rates: RatesDesk;
  latenessMs: number;
  cardNumberFields: ReadonlySet<string>;
}

/** What the API is handed, over ports: the same for both deployments. */
export function servicesOver(options: ServicesOptions): Services {
  const { version, store, decisions, views, deciding, progress, stages, rates } = options;
  const definitionOf = ruleSetDefinitions(store);
  const ruleSets = ruleSetQueries(views);
  const lists = listQueries(views);
  const compile: Compile = (definition, ruleSet) =>
    scoringPlan(definition, ruleSet, { latenessMs: options.latenessMs });
  const alerts = alertQueries(views);
  const desk = { store, queries: alerts, waitUntilSeen: waitUntilSeen(progress, alertsProjection.name) };
  let withoutRate = 0;

  return {
    authenticate: options.authenticate,
    ...submitting({
      store,
      deciding,
      decisions,
      definitionOf,
      rates: rates.current,
      latenessMs: options.latenessMs,
      cardNumberFields: options.cardNumberFields,
      onWithoutRate: () => withoutRate++,
    }),
    ...learning({ store, accountsOf: (transactionId) => accountsOf(decisions, transactionId) }),
    ...reading({ store, decisions, definitionOf, waitFor: viewWaits(store, progress) }),
    alerts: alerts.alerts,
    alert: alerts.alert,
    alertCommand: (alertId, command, seen) => commandAlert(desk, alertId, command, seen),
    ...excluding({ store, decisions, progress, compile }),
    ...explaining({ store, decisions, compile }),
    ...backtesting({ jobs: options.backtests, definitionOf, store }),
    ...ruleSets,
    ...lists,
    ...listing({
      store,
      countLists: async () => (await lists.lists()).value.length,
      cardNumberFields: options.cardNumberFields,
    }),
    rates: ratesQueries(views).rates,
    publishRuleSet: (source, by) => publishRuleSet(store, source, by),
    ...ruleSetLife({
      store,
      queries: ruleSets,
      definitionOf,
      waitUntilSeen: waitUntilSeen(progress, ruleSetsProjection.name),
    }),
    publishRates: (table, by) => rates.publish(table, by),
    ...live({ store, progress, alerts }),
    ...operating({ version, store, stages, ruleSets, withoutRate: () => withoutRate }),
  };
}
