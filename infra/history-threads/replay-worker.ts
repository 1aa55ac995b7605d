import { parentPort, workerData } from 'node:worker_threads';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { DEFAULT_BUDGET_EVENTS } from '../../processors/batch-fold.ts';
import type { HistoryProgress } from '../../processors/history-fold.ts';
import { partitionOfKey } from '../../processors/key-partitions.ts';
import { replay } from '../../processors/replay.ts';
import { postgresRiskRebuild } from '../postgres/postgres-risk-rebuild.ts';
import { postgresRiskStore } from '../postgres/postgres-risk-store.ts';
import { openRoleEngines } from '../server/distributed/role-engines.ts';
import type { ThreadMessage } from '../threads/in-threads.ts';
import type { RebuiltPartition, ReplayWorkerData } from './replay-partitions.ts';

/** Rebuilds some partitions, one after the other. */
const { engines, partitions, threads } = workerData as ReplayWorkerData;
const tell = (message: ThreadMessage<HistoryProgress, RebuiltPartition[]>) =>
  parentPort!.postMessage(message);

const { store, tables, close } = await openRoleEngines(engines, 'replay', () => undefined);
try {
  const rebuilt: RebuiltPartition[] = [];
  let before = 0;
  for (const [done, partition] of partitions.entries()) {
    const { decisions, position } = await replay({
      store,
      risk: postgresRiskStore(tables),
      rebuild: postgresRiskRebuild(tables),
      compile: scoringPlan,
      partition,
      owns: (accountId) => partitionOfKey(accountId, tables.partitions) === partition,
      budgetEvents: Math.ceil(DEFAULT_BUDGET_EVENTS / threads),
      onProgress: ({ position: at, through, decisions: made }) =>
        tell({
          progress: {
            position: done * through + at,
            through: partitions.length * through,
            decisions: before + made,
          },
        }),
    });
    before += decisions;
    rebuilt.push({ partition, position });
  }
  tell({ result: rebuilt });
} finally {
  await close();
}
