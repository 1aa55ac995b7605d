/**
 * The development event store as a process of its own, for development and tests only:
 * `node infra/eventstoredb/dev-server/main.ts --folder data/event-store [--port 2113] [--system-event-every 50]
 * [--leader host:port]`. Prints one line when it listens. A process that started it with a channel can send it fault
 * plans, and takes it along when it ends.
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startDevServer } from './dev-server.ts';
import type { FaultPlan } from './faults.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    port: { type: 'string', default: '2113' },
    'system-event-every': { type: 'string', default: '50' },
    leader: { type: 'string' },
  },
});
if (values.folder === undefined) throw new Error('--folder is missing: where the events are to be kept');
mkdirSync(values.folder, { recursive: true });
const [leaderHost, leaderPort] = values.leader?.split(':') ?? [];

const server = await startDevServer({
  folder: values.folder,
  port: Number(values.port),
  systemEventEvery: Number(values['system-event-every']),
  leader: leaderHost === undefined ? null : { host: leaderHost, port: Number(leaderPort) },
});
process.on('message', (plan: FaultPlan) => {
  server.plan(plan);
  process.send!('planned');
});
process.on('disconnect', () => process.exit());
process.stdout.write(`listening on 127.0.0.1:${server.port}, for development and tests only\n`);
