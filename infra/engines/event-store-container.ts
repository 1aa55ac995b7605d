import { containerRuntime } from './container-runtime.ts';
import type { Engine } from './engine.ts';

const IMAGE = 'eventstore/eventstore:24.10.0-bookworm-slim';
const PORT = 2113;

/** One node of EventStoreDB in Docker, without security; undefined if there is no container runtime. */
export async function startEventStoreContainer(): Promise<Engine | undefined> {
  const containers = await containerRuntime();
  if (containers === undefined) return undefined;
  const settings = {
    EVENTSTORE_CLUSTER_SIZE: '1',
    EVENTSTORE_INSECURE: 'true',
    EVENTSTORE_RUN_PROJECTIONS: 'None',
    EVENTSTORE_NODE_PORT: String(PORT),
  };
  const started = await new containers.GenericContainer(IMAGE)
    .withExposedPorts(PORT)
    .withEnvironment(settings)
    .withWaitStrategy(containers.Wait.forHttp('/health/live', PORT).forStatusCode(204))
    .start();
  return {
    url: `esdb://${started.getHost()}:${started.getMappedPort(PORT)}?tls=false`,
    stop: async () => {
      await started.stop();
    },
  };
}
