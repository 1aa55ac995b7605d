import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../domain/transaction.ts';
import { startDeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { postgresPool } from '../../infra/postgres/connection.ts';
import { postgresDump } from '../../infra/postgres/postgres-dump.ts';
import { tempSchema } from '../../infra/postgres/testing/temp-schema.ts';
import { readModels } from '../faults/read-models.ts';
import { FIRST, RULES } from '../faults/rules.ts';
import { traffic } from '../faults/traffic.ts';
import { apiWith } from '../support/api.ts';
import { type Deployment, type Keys, newHome } from '../support/deployment.ts';
import { type DistributedDeployment, newDistributedHome, startProcess } from '../support/distributed.ts';
import { inForce } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';

const TRANSACTIONS = Number(process.env.SHRIKE_TEST_TRANSACTIONS ?? 3_000);
const A_BATCH = 500;
const MINUTES = 60_000;

const payments = traffic('same answers', Date.now());
const stream: Transaction[] = Array.from({ length: TRANSACTIONS }, (_, i) =>
  payments.next(Math.floor(i / 50)),
);

/** Submits the stream in its order, and waits until all of it shows. */
async function submitted(server: Deployment, between = async (_batch: number) => {}): Promise<void> {
  const submitter = apiWith(server, server.keys.submit);
  await inForce(apiWith(server, server.keys.operate), RULES(FIRST.review, FIRST.decline));
  let newest = '';
  for (let start = 0; start < stream.length; start += A_BATCH) {
    const { status, body } = await submitter.post(
      '/v1/transactions/batch',
      stream.slice(start, start + A_BATCH),
    );
    expect([status, new Set(body.map((answer: { status: number }) => answer.status))]).toEqual([
      200,
      new Set([202]),
    ]);
    newest = body.at(-1).position;
    await between(start / A_BATCH);
  }
  const shown = await apiWith(server, server.keys.read).get(`/v1/alerts?after=${newest}`, {
    prefer: 'wait=30',
  });
  expect(shown.status).toBe(200);
}

async function embeddedDump(): Promise<string[]> {
  const home = newHome();
  try {
    const server = await home.start();
    await submitted(server);
    await server.stop();
    return await readModels(home.folder);
  } finally {
    await home.remove();
  }
}

const engines = await engineOf(startDeploymentEngines);

describeWith('the same input', engines, (engine) => {
  const homes: ReturnType<typeof newDistributedHome>[] = [];
  afterAll(() => Promise.all(homes.map((home) => home.remove())));

  async function distributedDump(
    processes: readonly string[],
    disturb = async (_server: DistributedDeployment, _batch: number) => {},
  ): Promise<string[]> {
    const home = newDistributedHome(engine(), processes);
    homes.push(home);
    const server = await home.start();
    await submitted(server, (batch) => disturb(server, batch));
    await server.stop();
    return dumpOf(home.environment().DATABASE_URL!);
  }

  async function dumpOf(databaseUrl: string): Promise<string[]> {
    const pool = postgresPool(databaseUrl, { max: 1 });
    try {
      return await Array.fromAsync(postgresDump(pool));
    } finally {
      await pool.end();
    }
  }

  let embedded: string[];

  test(
    'gives decisions and alerts that are equal to the byte, embedded and in one process',
    async () => {
      embedded = await embeddedDump();
      expect(embedded.length).toBeGreaterThan(TRANSACTIONS);
      expect(await distributedDump(['api,mirror,processor,projector'])).toEqual(embedded);
    },
    3 * MINUTES,
  );

  test(
    'and in five processes, of which processors are killed and begun anew',
    async () => {
      const killed: Promise<unknown>[] = [];
      const disturb = async (server: DistributedDeployment, batch: number) => {
        if (batch % 2 === 0) return;
        const processors = server.processes.filter(({ roles }) => roles === 'processor');
        const victim = processors[batch % processors.length]!;
        victim.child.kill('SIGKILL');
        await victim.ended;
        const { folder, environment } = homes.at(-1)!;
        killed.push(
          startProcess('processor', environment(), folder).then((begun) => server.processes.push(begun)),
        );
      };
      const processes = ['mirror,projector', 'processor', 'processor', 'processor', 'api'];
      const dump = await distributedDump(processes, disturb);
      expect(killed.length).toBeGreaterThan(1);
      expect(dump).toEqual(embedded);
    },
    4 * MINUTES,
  );

  test(
    'and in another generation with more partitions, filled from the event store beside the first',
    async () => {
      const { environment, folder } = homes.at(-1)!;
      const schema = await tempSchema(engine().postgres.url);
      const grown = {
        ...environment(),
        DATABASE_URL: schema.url,
        SHRIKE_GENERATION: `${environment().SHRIKE_GENERATION}7`,
        SHRIKE_PARTITIONS: '7',
      };
      expect((await shrike(['topology'], grown)).code).toBe(0);
      const begun = await startProcess('api,mirror,processor,projector', grown, folder);
      const keys = JSON.parse(readFileSync(join(folder, 'first-keys.json'), 'utf8')) as Keys;
      const reader = apiWith(begun, keys.read);
      const { body: status } = await reader.get('/v1/status');
      const shown = await reader.get(`/v1/alerts?after=${status.position}`, { prefer: 'wait=30' });
      expect(shown.status).toBe(200);
      begun.child.kill('SIGTERM');
      await begun.ended;
      expect(await dumpOf(schema.url)).toEqual(embedded);
      await schema.drop();
    },
    2 * MINUTES,
  );
});
