import { containerRuntime } from './container-runtime.ts';
import { freePorts } from './free-port.ts';
import type { PostgresEngine } from './postgres-server.ts';

const IMAGE = 'postgres:17-alpine';
const PASSWORD = 'shrike';

/** A server in Docker; undefined if there is no container runtime. */
export async function startPostgresContainer(): Promise<PostgresEngine | undefined> {
  const containers = await containerRuntime();
  if (containers === undefined) return undefined;
  const [port] = await freePorts(1);
  const started = await new containers.GenericContainer(IMAGE)
    .withExposedPorts({ container: 5432, host: port! })
    .withEnvironment({ POSTGRES_PASSWORD: PASSWORD, POSTGRES_DB: 'shrike' })
    // The first start is that of initialisation.
    .withWaitStrategy(containers.Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start();
  const { container: docker } = await containers.getContainerRuntimeClient();
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/shrike`,
    kill: async () => {
      await docker.getById(started.getId()).kill();
    },
    restart: () => started.restart({ timeout: 0 }),
    stop: async () => {
      await started.stop();
    },
  };
}
