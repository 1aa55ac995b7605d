import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { quietNegativeTimeouts } from '../../kafka/quiet-timeouts.ts';
import { roleReports } from '../../postgres/role-reports.ts';
import { startMirrorRole } from './mirror-role.ts';
import { startProcessorRole } from './processor-role.ts';
import { startProjectorRole } from './projector-role.ts';
import { openRoleEngines } from './role-engines.ts';
import type { RoleNews, RoleOrder, RoleWorkerData } from './role-messages.ts';

quietNegativeTimeouts();

/** The thread of one role: nothing it does holds up the thread that answers requests. */
const data = workerData as RoleWorkerData;
const main = parentPort!;
const REPORT_EVERY_MS = 1_000;

const tell = (news: RoleNews) => main.postMessage(news);
const trouble = (error: unknown) =>
  tell({ kind: 'trouble', problem: error instanceof Error ? error.message : String(error) });

const stopping = new AbortController();
main.once('message', (_order: RoleOrder) => stopping.abort());

const engines = await openRoleEngines(data.engines, data.role, trouble);
const START = {
  mirror: async () => startMirrorRole(engines, data, trouble),
  processor: () => startProcessorRole(engines, data, trouble),
  projector: async () => startProjectorRole(engines, data, trouble),
};
const role = await START[data.role]();
const reports = roleReports(engines.pool);
const process = `${data.process} ${data.role}`;
tell({ kind: 'started' });

while (!stopping.signal.aborted) {
  await report().catch(trouble);
  await delay(REPORT_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
}
await role.stop();
await reports.say(process, []).catch(trouble);
await engines.close();
main.close();

async function report(): Promise<void> {
  const said = role.reports();
  const risk = data.role === 'processor' ? role.risk(await engines.store.head()) : [];
  tell({ kind: 'status', reports: said, risk });
  await reports.say(process, said);
}
