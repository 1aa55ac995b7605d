import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { AlertLabels } from '../../processors/alert-labels.ts';
import { PROJECTIONS } from '../../projections/all.ts';
import { startProjections } from '../../projections/runner.ts';
import { storeClient } from '../event-store/store-client.ts';
import { openRiskDatabase } from '../read-model/risk-database.ts';
import { sqliteRiskStore } from '../read-model/sqlite-risk-store.ts';
import { openViewsDatabase } from '../read-model/views-database.ts';
import type { ProjectorNews, ProjectorOrder, ProjectorWorkerData } from './projector-messages.ts';
import { startSealing } from './sealing.ts';

/** The projector thread: facts that are no transactions become rows of views.db. */
const { store: address, viewsPath, riskPath, sealEvery } = workerData as ProjectorWorkerData;
const main = parentPort!;
/** Under load the store grows hundreds of times a second; the views look this often. */
const WAKE_EVERY_MS = 5;
const POLL_MS = 250;
const LABEL_EVERY_MS = 250;

const store = storeClient(address);
const db = openViewsDatabase(viewsPath);
const runner = await startProjections({
  db,
  store,
  projections: PROJECTIONS,
  onState: (state: ProjectorNews) => main.postMessage(state),
});

const riskDatabase = openRiskDatabase(riskPath, { readOnly: true });
const sealing = startSealing({
  store,
  risk: sqliteRiskStore(riskDatabase),
  partitions: 1,
  every: sealEvery,
});

const labels = new AlertLabels(store);
let labelAtMs = 0;

let stopping = false;
main.once('message', async (_order: ProjectorOrder) => {
  stopping = true;
  await runner.stop();
  await sealing.stop();
  riskDatabase.close();
  await store.close();
  await db.destroy();
  main.close();
});

/** Not awaited: a look at the head that is under way does not hold up the end. */
async function follow(): Promise<void> {
  for (let seen = 0; !stopping; ) {
    const head = await store.headPast(seen, POLL_MS);
    if (head > seen) runner.wake();
    seen = head;
    await label(head);
    tellSealing();
    await sleep(WAKE_EVERY_MS);
  }
}

/** Now and then, what analysts have found becomes labels. What goes wrong is told, and tried again. */
async function label(head: number): Promise<void> {
  if (labels.position === head || performance.now() < labelAtMs) return;
  labelAtMs = performance.now() + LABEL_EVERY_MS;
  try {
    await labels.step(head);
    main.postMessage(labelsStage(labels.position, null));
  } catch (error) {
    if (!stopping) main.postMessage(labelsStage(labels.position, error));
  }
}

/** What goes wrong with seals is told, and that it is well again. */
let sealingProblem: string | null = null;
function tellSealing(): void {
  if (sealing.problem() === sealingProblem) return;
  sealingProblem = sealing.problem();
  main.postMessage(stageOf('seals', sealing.position(), sealingProblem));
}

const labelsStage = (position: number, error: unknown): ProjectorNews =>
  stageOf('labels', position, error === null ? null : (error as Error).message);

function stageOf(projection: string, position: number, problem: string | null): ProjectorNews {
  const state = problem === null ? 'running' : 'retrying';
  const retryingSinceMs = problem === null ? null : Date.now();
  return { projection, position, state, retryingSinceMs, problem, duplicates: 0, lostRaces: 0 };
}

void follow();
