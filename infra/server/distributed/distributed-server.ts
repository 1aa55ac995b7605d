import { hostname } from 'node:os';
import { buildServer } from '../../../api/server.ts';
import { quietNegativeTimeouts } from '../../kafka/quiet-timeouts.ts';
import { ensureFirstKeysAt } from '../../keys/first-keys.ts';
import { openKeyRing } from '../../keys/key-ring.ts';
import { sealEveryOf } from '../config.ts';
import { listening } from '../listening.ts';
import type { RunningServer, ServerContext } from '../server.ts';
import { openApiRole } from './api-role.ts';
import type { DistributedConfig } from './distributed-config.ts';
import { serveRoleEndpoints } from './role-endpoints.ts';
import { type RoleThread, startRole } from './role-thread.ts';
import type { Role } from './roles.ts';
import { assertTopology } from './topology.ts';

/**
 * Starts roles of a distributed deployment in this process: the API on this thread, each of the others in one of
 * its own. Other processes may run the same roles or others.
 * @throws TopologyRefused, PostgresRefused, AddressRefused, BadKeyFile
 */
export async function startDistributedServer(
  config: DistributedConfig,
  context: ServerContext,
): Promise<RunningServer> {
  quietNegativeTimeouts();
  const opened: (() => unknown)[] = [];
  try {
    await assertTopology(config.engines);
    const threads: RoleThread[] = [];
    for (const role of config.roles) {
      if (role === 'api') continue;
      const thread = await startRole(roleData(role, config), (problem) => context.report(problem, role));
      opened.push(() => thread.close());
      threads.push(thread);
    }
    const front = config.roles.includes('api') ? serveApi : serveEndpoints;
    const served = await front(config, context, threads, opened);
    const failed = Promise.race(threads.map((thread) => thread.failed));
    return { ...served, failed, stop: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

type Front = (
  config: DistributedConfig,
  context: ServerContext,
  threads: readonly RoleThread[],
  opened: (() => unknown)[],
) => Promise<Omit<RunningServer, 'stop'>>;

const serveApi: Front = async ({ server, engines, keys: path }, context, _threads, opened) => {
  const firstKeys = ensureFirstKeysAt(path);
  const keys = openKeyRing(path, (error) => context.report(error, 'keys'));
  const { services, endWaits } = await openApiRole({
    version: context.version,
    config: server,
    engines,
    authenticate: (token) => keys.authenticate(token),
    trouble: (error) => context.report(error, 'api'),
    opened: (close) => opened.push(close),
  });
  const app = buildServer(services, context);
  opened.push(() => {
    endWaits();
    return app.close();
  });
  return { url: await listening(app, server), firstKeys };
};

const serveEndpoints: Front = async ({ server }, _context, threads, opened) => {
  const endpoints = await serveRoleEndpoints(threads, server);
  opened.push(() => endpoints.close());
  return { url: endpoints.url, firstKeys: undefined };
};

function roleData(role: Exclude<Role, 'api'>, { engines, server }: DistributedConfig) {
  const process_ = `${hostname()}:${process.pid}`;
  return {
    role,
    engines,
    process: process_,
    latenessMs: server.latenessMs,
    budgetEvents: server.memoryEvents,
    sealEvery: sealEveryOf(server),
  };
}

/** Last opened, first closed. */
async function closeAll(opened: (() => unknown)[]): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
