import { Kysely, PostgresDialect } from 'kysely';
import type { Services } from '../../../api/services.ts';
import type { ViewTables } from '../../../projections/projection.ts';
import { BacktestJobs } from '../../backtest/backtest-jobs.ts';
import { submissionsTo } from '../../eventstoredb/submissions.ts';
import { decisionsAt } from '../../postgres/decisions-at.ts';
import { listenToMovement } from '../../postgres/movement.ts';
import { postgresDeadLetters } from '../../postgres/postgres-dead-letters.ts';
import { postgresDecisionQueries } from '../../postgres/postgres-decision-queries.ts';
import { postgresMirrorCheckpoints } from '../../postgres/postgres-mirror-checkpoints.ts';
import { postgresTransactionIndex } from '../../postgres/postgres-transaction-index.ts';
import { partitionOfAccount } from '../../postgres/risk-tables.ts';
import { roleReports } from '../../postgres/role-reports.ts';
import { type Config, cardNumberFieldsOf } from '../config.ts';
import { firstRuleSet } from '../services/first-rule-set.ts';
import { openRatesDesk, type RatesDesk } from '../services/rates.ts';
import { servicesOver } from '../services/services.ts';
import { distributedStages } from './distributed-stages.ts';
import type { EnginesConfig } from './engines-config.ts';
import { HeardProgress } from './heard-progress.ts';
import { tellingOutages } from './outages.ts';
import { RecordedWaits } from './recorded-waits.ts';
import { openRoleEngines } from './role-engines.ts';
import type { ReportTrouble } from './running-role.ts';
import { startScoring } from './scoring-thread.ts';
import { factsTopicOf } from './topology.ts';

export interface ApiRoleOptions {
  version: string;
  config: Config;
  engines: EnginesConfig;
  authenticate: Services['authenticate'];
  trouble: ReportTrouble;
  /** Told how to close what was opened, last opened first closed. */
  opened(close: () => unknown): void;
}

export interface ApiRole {
  services: Services;
  /** Lets those who wait for decisions go. */
  endWaits(): void;
}

/** How late a rate table that another process published comes into force at this door. */
const RATES_EVERY_MS = 1_000;

/** The services of the API over the engines. What they read was made in other threads or processes. */
export async function openApiRole(options: ApiRoleOptions): Promise<ApiRole> {
  const { config, engines, trouble, opened } = options;
  const { layout, databaseUrl } = engines;
  const { store, pool, tables, close } = await openRoleEngines(engines, 'api', trouble);
  opened(close);
  await firstRuleSet(store);
  const rates = await openRatesDesk(store, config.baseCurrency);
  opened(refreshedAgainAndAgain(rates, trouble));
  const scoring = await startScoring({ engines, latenessMs: config.latenessMs });
  opened(() => scoring.close());
  const progress = new HeardProgress(layout.partitions);
  const waits = new RecordedWaits(
    progress,
    (accountId) => partitionOfAccount(tables, accountId),
    (partition, positions) => decisionsAt(tables, partition, positions),
  );
  const listener = await listenToMovement({
    url: databaseUrl,
    applicationName: 'shrike api listening',
    onTold: (movement) => progress.told(movement),
    onLooked: (movement) => progress.looked(movement),
    report: trouble,
  });
  opened(() => listener.close());
  const submissions = submissionsTo(store, postgresTransactionIndex(tables), { waitingLimit: config.queue });
  const mirrorCheckpoints = postgresMirrorCheckpoints(pool, factsTopicOf(layout).name);
  const backtests = new BacktestJobs({ kind: 'eventstore', url: engines.eventStoreUrl });
  opened(() => backtests.close());
  const services = servicesOver({
    version: options.version,
    store: { ...store, ...submissions, newestOf: (stream) => newestOf(store, stream) },
    decisions: postgresDecisionQueries(tables),
    // Its pool is closed with the engines.
    views: new Kysely<ViewTables>({ dialect: new PostgresDialect({ pool }) }),
    deciding: {
      decisionAt: (stored, timeoutMs) => waits.at(stored, timeoutMs),
      score: (submitted) => scoring.score(submitted),
    },
    progress,
    backtests,
    stages: distributedStages({
      pool,
      reports: roleReports(pool),
      partitions: layout.partitions,
      mirrored: () => mirrorCheckpoints.read(),
      deadLetters: engines.exports ? postgresDeadLetters(pool) : null,
    }),
    rates,
    authenticate: options.authenticate,
    latenessMs: config.latenessMs,
    cardNumberFields: cardNumberFieldsOf(config),
  });
  return { services: tellingOutages(services), endWaits: () => waits.end() };
}

/** One after the other: while the store does not answer, no more than one waits for it. @returns how to end it */
function refreshedAgainAndAgain(rates: Pick<RatesDesk, 'refresh'>, trouble: ReportTrouble): () => void {
  let timer: NodeJS.Timeout;
  let isOver = false;
  const next = () => {
    timer = setTimeout(async () => {
      await rates.refresh().catch((error) => isOver || trouble(error));
      if (!isOver) next();
    }, RATES_EVERY_MS);
  };
  next();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

type Streams = Pick<Awaited<ReturnType<typeof openRoleEngines>>['store'], 'tail' | 'readStream'>;

async function newestOf(store: Streams, stream: string) {
  const revision = await store.tail(stream);
  return revision < 0 ? undefined : (await store.readStream(stream, revision, 1))[0];
}
