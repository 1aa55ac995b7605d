import { setTimeout as delay } from 'node:timers/promises';
import { AlertLabels } from '../../../processors/alert-labels.ts';
import { PROJECTIONS } from '../../../projections/all.ts';
import { startProjections } from '../../../projections/runner.ts';
import { movementTeller } from '../../postgres/movement.ts';
import { postgresLeadership } from '../../postgres/postgres-leadership.ts';
import { postgresRiskStore } from '../../postgres/postgres-risk-store.ts';
import { openPostgresViews } from '../../postgres/postgres-views.ts';
import { type Sealing, startSealing } from '../sealing.ts';
import { viewStage } from '../stage-status.ts';
import type { RoleEngines } from './role-engines.ts';
import type { RoleWorkerData } from './role-messages.ts';
import type { ReportTrouble, RunningRole } from './running-role.ts';
import { sharedFactSource } from './shared-fact-source.ts';

/** Under load the store grows hundreds of times a second; the views look this often, for each look is calls to it. */
const WAKE_EVERY_MS = 50;
const POLL_MS = 250;
const RETRY_MS = 500;
const LABEL_EVERY_MS = 250;

/**
 * Turns facts that are no transactions into rows of the views, while it leads; else stands by. Checkpoints are
 * compared and set, so that two who both believe they lead cost time only.
 */
export function startProjectorRole(
  engines: RoleEngines,
  config: Pick<RoleWorkerData, 'engines' | 'sealEvery'>,
  trouble: ReportTrouble,
): RunningRole {
  const stopping = new AbortController();
  const states = new Map<string, ReturnType<typeof viewStage>>();
  let leads = false;
  let problem: string | null = null;
  const leadership = postgresLeadership(config.engines.databaseUrl, { name: 'projector', report: trouble });

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const lease = await leadership.acquire(stopping.signal);
      leads = true;
      try {
        const views = await startViews(engines, config, trouble, states);
        problem = null;
        await views.followed(AbortSignal.any([stopping.signal, lease.lost]));
      } catch (error) {
        problem = (error as Error).message;
        trouble(error);
        await delay(RETRY_MS);
      } finally {
        await lease.release();
        leads = false;
        states.clear();
      }
    }
  }

  const ended = work().catch((error) => {
    if (!stopping.signal.aborted) trouble(error);
  });
  return {
    risk: () => [],
    reports() {
      // Who leads speaks for the views.
      if (!leads) return [];
      if (problem !== null)
        return PROJECTIONS.map(({ name }) => ({ stage: name, partition: null, state: 'stopped', problem }));
      return [...states.values()].map(({ name, state, problem }) => {
        return { stage: name, partition: null, state, problem };
      });
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** @throws ViewRefused */
async function startViews(
  { store, pool, tables }: RoleEngines,
  { engines: { databaseUrl }, sealEvery }: Pick<RoleWorkerData, 'engines' | 'sealEvery'>,
  trouble: ReportTrouble,
  states: Map<string, ReturnType<typeof viewStage>>,
) {
  const teller = movementTeller(pool, trouble);
  const db = await openPostgresViews(databaseUrl, { applicationName: 'shrike projector', report: trouble });
  const runner = await startProjections({
    db,
    store: sharedFactSource(store),
    projections: PROJECTIONS,
    onState(state) {
      states.set(state.projection, viewStage(state, 0));
      teller.seen(state.projection, state.position);
    },
  }).catch(async (error) => {
    await db.destroy();
    throw error;
  });

  const labels = new AlertLabels(store);
  const sealing = startSealing(
    { store, risk: postgresRiskStore(tables), partitions: tables.partitions, every: sealEvery },
    trouble,
  );

  return {
    /** Wakes the views when the store grows, and has findings become labels, until the signal says that another leads or that it is time to end. */
    async followed(signal: AbortSignal): Promise<void> {
      let labelAtMs = 0;
      try {
        for (let seen = 0; !signal.aborted; ) {
          const head = await store.headPast(seen, POLL_MS);
          if (head > seen) runner.wake();
          seen = head;
          if (labels.position < head && performance.now() >= labelAtMs) {
            labelAtMs = performance.now() + LABEL_EVERY_MS;
            await labels.step(head).catch(trouble);
          }
          tellSealing(sealing, states);
          await delay(WAKE_EVERY_MS);
        }
      } finally {
        // Views that nobody leads any more would go on telling how they fail.
        await runner.stop();
        await sealing.stop();
        await teller.drain();
        await db.destroy();
      }
    },
  };
}

/** Seals lag by design: they are a stage only where something is wrong with them. */
function tellSealing(sealing: Sealing, states: Map<string, ReturnType<typeof viewStage>>): void {
  const problem = sealing.problem();
  if (problem === null) states.delete('seals');
  else
    states.set('seals', { name: 'seals', position: sealing.position(), lag: 0, state: 'retrying', problem });
}
