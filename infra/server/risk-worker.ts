import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Decision } from '../../domain/decision.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { RiskProcessor } from '../../processors/risk-processor.ts';
import { RuleSetTimeline } from '../../processors/rule-set-timeline.ts';
import { type Compile, ScoringPlans } from '../../processors/scoring-plans.ts';
import { Stamper } from '../../processors/stamper.ts';
import { StoreLog } from '../../processors/store-log.ts';
import { storeClient } from '../event-store/store-client.ts';
import { openRiskDatabase } from '../read-model/risk-database.ts';
import { sqliteEntitySnapshots } from '../read-model/sqlite-entity-snapshots.ts';
import { sqliteRiskStore } from '../read-model/sqlite-risk-store.ts';
import { refusalOf } from './refusal.ts';
import type { RiskNews, RiskOrder, RiskWorkerData } from './risk-messages.ts';
import { tellUnkept } from './tell-unkept.ts';

/** The risk thread: reads the store as its log, scores, and writes risk.db. */
const { store: address, riskPath, latenessMs, budgetEvents, interest } = workerData as RiskWorkerData;
const main = parentPort!;
const tell = (news: RiskNews) => main.postMessage(news);

const interestUntil = new Int32Array(interest);
const store = storeClient(address);
// Merged by the log merger; a decision waits for it only where that falls behind.
const database = openRiskDatabase(riskPath, { walPages: 8_000 });
const compile: Compile = (definition, version) => scoringPlan(definition, version, { latenessMs });
const timeline = new RuleSetTimeline();
const plans = new ScoringPlans(timeline, store, compile);
const stamper = new Stamper({
  store,
  timeline,
  plans,
  breathe: setImmediate,
  keep: { snapshots: sqliteEntitySnapshots(database), onTrouble: tellUnkept },
});
const log = new StoreLog(store, stamper, async (after, timeoutMs) => {
  await store.headPast(after, timeoutMs);
});

let decided: Decision[] = [];

const processor = new RiskProcessor({
  log,
  store,
  risk: sqliteRiskStore(database),
  stamper,
  budgetEvents,
  compile,
  onDecision(decision) {
    if (Atomics.load(interestUntil, 0) * 1_000 < Date.now()) return;
    if (decided.push(decision) === 1) globalThis.setImmediate(tellDecided);
  },
  onCommitted({ position }) {
    // Else who waits for one of them hears only that it can be read.
    tellDecided();
    tell({ kind: 'committed', position });
  },
});

function tellDecided(): void {
  if (decided.length === 0) return;
  const decisions = decided;
  decided = [];
  tell({ kind: 'decided', decisions });
}

main.on('message', (order: RiskOrder) => {
  if (order.kind === 'stop') {
    processor.stop();
  } else if (order.kind === 'status') {
    tell({ kind: 'status', id: order.id, status: processor.status(order.head) });
  } else {
    processor.score(order.submitted).then(
      (decision) => tell({ kind: 'scored', id: order.id, decision }),
      (error) => tell({ kind: 'refused', id: order.id, ...refusalOf(error) }),
    );
  }
});

// A thread that has stopped for good still answers for its state, until it is told to end.
let problem: string | null = null;
try {
  await processor.run();
} catch (error) {
  problem = error instanceof Error ? error.message : String(error);
}
tell({ kind: 'stopped', problem });
if (problem === null) {
  await store.close();
  database.close();
  main.close();
}
