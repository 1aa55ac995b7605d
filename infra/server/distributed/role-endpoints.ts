import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StageReport } from '../../postgres/role-reports.ts';
import { serverMetrics } from '../metrics.ts';
import type { RoleThread } from './role-thread.ts';

/**
 * What operators ask of a process without the API: `/health/live`, `/health/ready` and `/metrics`. They say nothing
 * of any payment, and take no key.
 */
export async function serveRoleEndpoints(
  threads: readonly RoleThread[],
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const metrics = serverMetrics({
    stages: async () => [],
    risk: async () => threads.flatMap((thread) => thread.risk()),
    deadLetters: async () => [],
    withoutRate: () => 0,
  });
  const answers: Record<string, () => Promise<[status: number, type: string, body: string]>> = {
    '/health/live': async () => [200, JSON_TYPE, JSON.stringify({ status: 'live' })],
    '/health/ready': async () => {
      const stopped = threads
        .flatMap((thread) => thread.reports())
        .filter(({ state }) => state === 'stopped');
      return stopped.length === 0
        ? [200, JSON_TYPE, JSON.stringify({ status: 'ready' })]
        : [503, JSON_TYPE, JSON.stringify({ status: 'not ready', reasons: stopped.map(reason) })];
    },
    '/metrics': async () => [200, metrics.contentType, await metrics.metrics()],
  };
  const server = createServer(async (request, response) => {
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined;
    const [status, type, body] = answer === undefined ? [404, JSON_TYPE, '{}'] : await answer();
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';

function reason({ stage, partition, problem }: StageReport): string {
  const where = partition === null ? stage : `${stage} of partition ${partition}`;
  return `${where} has stopped${problem === null ? '' : `: ${problem}`}`;
}
