import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RiskStatus } from '../../../processors/risk-status.ts';
import type { StageReport } from '../../postgres/role-reports.ts';
import type { RoleNews, RoleOrder, RoleWorkerData } from './role-messages.ts';

/** A role's thread, as the main thread holds it. */
export interface RoleThread {
  reports(): StageReport[];
  risk(): RiskStatus[];
  /** Resolves, with why, if the thread ends without being asked to. */
  failed: Promise<string>;
  /** Ends it in order. */
  close(): Promise<void>;
}

/** How long a thread that ends in order may take. */
const STOP_LIMIT_MS = 15_000;

/**
 * Resolves once the role works or stands by.
 * @param onTrouble told of what is tried again
 * @throws why it could not start
 */
export async function startRole(
  data: RoleWorkerData,
  onTrouble: (problem: string) => void,
): Promise<RoleThread> {
  const worker = new Worker(new URL(`./role-worker${extname(import.meta.url)}`, import.meta.url), {
    name: data.role,
    workerData: data,
    // A processor's records live until they are folded: with the usual room they are copied about, a tenth of its time.
    ...(data.role === 'processor' && { resourceLimits: { maxYoungGenerationSizeMb: 192 } }),
  });
  let status: { reports: StageReport[]; risk: RiskStatus[] } = { reports: [], risk: [] };
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const started = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<string>();
  let problem = `the ${data.role} thread has ended`;
  let isClosing = false;

  worker.on('message', (news: RoleNews) => {
    if (news.kind === 'started') started.resolve();
    else if (news.kind === 'status') status = news;
    else onTrouble(news.problem);
  });
  worker.on('error', (error) => {
    started.reject(error);
    problem += `: ${(error as Error).message}`;
  });
  worker.on('exit', () => {
    if (isClosing) return;
    failed.resolve(problem);
    status = { reports: [{ stage: data.role, partition: null, state: 'stopped', problem }], risk: [] };
  });
  await started.promise;

  return {
    reports: () => status.reports,
    risk: () => status.risk,
    failed: failed.promise,
    async close() {
      isClosing = true;
      worker.postMessage('stop' satisfies RoleOrder);
      const late = setTimeout(() => void worker.terminate(), STOP_LIMIT_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
