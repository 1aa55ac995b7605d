import { buildServer } from '../../api/server.ts';
import { PROJECTIONS } from '../../projections/all.ts';
import { assertViewsOf } from '../../projections/runner.ts';
import { ViewRefused } from '../../projections/view-problem.ts';
import { BacktestJobs } from '../backtest/backtest-jobs.ts';
import { assertCheckpoint } from '../data-folder/checkpoint-check.ts';
import { type DataFolder, openDataFolder } from '../data-folder/data-folder.ts';
import { dataOption } from '../data-folder/data-folder-refused.ts';
import type { StoreClient } from '../event-store/store-client.ts';
import { startStore } from '../event-store/store-thread.ts';
import { ensureFirstKeys } from '../keys/first-keys.ts';
import { openKeyRing } from '../keys/key-ring.ts';
import { startLogMerger } from '../log-merger/log-merger.ts';
import { sqliteDecisionQueries } from '../read-model/queries/sqlite-decisions.ts';
import { openRiskDatabase } from '../read-model/risk-database.ts';
import { sqliteRiskStore } from '../read-model/sqlite-risk-store.ts';
import { openViewsDatabase } from '../read-model/views-database.ts';
import { type Config, cardNumberFieldsOf, sealEveryOf } from './config.ts';
import { embeddedStages } from './embedded-stages.ts';
import { listening } from './listening.ts';
import { startProjector } from './projector-thread.ts';
import { RiskThread } from './risk-thread.ts';
import { firstRuleSet } from './services/first-rule-set.ts';
import { openRatesDesk } from './services/rates.ts';
import { servicesOver } from './services/services.ts';

export interface RunningServer {
  url: string;
  /** Where the tokens of the first keys are, while that file is there. */
  firstKeys: string | undefined;
  /** Resolves, with why, when it cannot go on and had better be started anew; never where it mends itself. */
  failed?: Promise<string>;
  /** Answers what is under way, records what was decided, and leaves the data folder. */
  stop(): Promise<void>;
}

export interface ServerContext {
  version: string;
  report(error: unknown, correlationId: string): void;
}

/**
 * Starts everything in one process on one data folder: the store, the risk and the projector threads, the API.
 * @throws DataFolderRefused, DatabaseRefused: why the folder cannot be served, and the command that mends it
 */
export async function startServer(config: Config, context: ServerContext): Promise<RunningServer> {
  const folder = openDataFolder(config.data);
  const opened: (() => unknown)[] = [() => folder.close()];
  try {
    const firstKeys = ensureFirstKeys(config.data);
    const store = await startStore(folder.facts, { waitingLimit: config.queue });
    opened.push(() => store.close());
    const decidedUpTo = await assertSameHistory(folder, store.client);
    await firstRuleSet(store.client);
    const risk = new RiskThread(
      {
        store: store.address(),
        riskPath: folder.risk,
        latenessMs: config.latenessMs,
        budgetEvents: config.memoryEvents,
      },
      decidedUpTo,
    );
    opened.push(() => risk.close());
    const projector = startProjector({
      store: store.address(),
      viewsPath: folder.views,
      riskPath: folder.risk,
      sealEvery: sealEveryOf(config),
    });
    opened.push(() => projector.close());
    const merger = startLogMerger([folder.facts, folder.risk]);
    opened.push(() => merger.close());
    await projector.heard;
    const riskDatabase = openRiskDatabase(folder.risk, { readOnly: true });
    opened.push(() => riskDatabase.close());
    const views = openViewsDatabase(folder.views, { readOnly: true });
    opened.push(() => views.destroy());
    const keys = openKeyRing(folder.keys, (error) => context.report(error, 'keys'));
    const backtests = new BacktestJobs({ kind: 'file', path: folder.facts });
    opened.push(() => backtests.close());
    const services = servicesOver({
      version: context.version,
      store: store.client,
      decisions: sqliteDecisionQueries(riskDatabase),
      views,
      backtests,
      ...embeddedStages(risk, projector),
      rates: await openRatesDesk(store.client, config.baseCurrency),
      authenticate: (token) => keys.authenticate(token),
      latenessMs: config.latenessMs,
      cardNumberFields: cardNumberFieldsOf(config),
    });
    const app = buildServer(services, context);
    opened.push(() => {
      risk.endWaits();
      return app.close();
    });
    const url = await listening(app, config);
    return { url, firstKeys, stop: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/**
 * Read models that stand on another history than the store are refused before anything works on them.
 * @returns up to where transactions are decided
 */
async function assertSameHistory(folder: DataFolder, store: StoreClient): Promise<number> {
  const riskDatabase = openRiskDatabase(folder.risk);
  const checkpoint = await sqliteRiskStore(riskDatabase).checkpoint(0);
  riskDatabase.close();
  assertCheckpoint(folder.dir, store.reader, 'the decisions', checkpoint);
  const views = openViewsDatabase(folder.views);
  await assertViewsOf(views, store, PROJECTIONS).catch((error: Error) => {
    // Its message ends with the command, which lacks what only this knows.
    throw error instanceof ViewRefused
      ? new ViewRefused(`${error.message} ${dataOption(folder.dir)}`)
      : error;
  });
  await views.destroy();
  return checkpoint.position;
}

/** Last opened, first closed. */
async function closeAll(opened: (() => unknown)[]): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
