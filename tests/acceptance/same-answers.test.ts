import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../domain/transaction.ts';
import { startDeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { postgresPool } from '../../infra/postgres/connection.ts';
import { postgresDump } from '../../infra/postgres/postgres-dump.ts';
import { tempSchema } from '../../infra/postgres/testing/temp-schema.ts';
import { readModels } from '../faults/read-models.ts';
import { FIRST, RULES } from '../faults/rules.ts';
import { traffic } from '../faults/traffic.ts';
import { type Answer, apiWith } from '../support/api.ts';
import { type Deployment, type Keys, newHome } from '../support/deployment.ts';
import { type DistributedDeployment, newDistributedHome, startProcess } from '../support/distributed.ts';
import { inForce } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';

/** A run of 100,000 takes minutes. */
const TRANSACTIONS = Number(process.env.SHRIKE_TEST_TRANSACTIONS ?? 3_000);
const A_BATCH = 500;
const KILLS = TRANSACTIONS / A_BATCH < 40 ? 3 : 20;
const MINUTES = 60_000;
/** What more of them take longer. */
const PATIENCE_MS = TRANSACTIONS * 12;

const payments = traffic('same answers', Date.now(), 5_000);
const stream: Transaction[] = Array.from({ length: TRANSACTIONS }, (_, i) =>
  payments.next(Math.floor(i / 50)),
);

/** Which alert gathers which suspicion must not hang on who was faster, either. */
const GATHERING = `${RULES(FIRST.review, FIRST.decline)}alerts: { group: 1h }
`.replace('reason: BURST }', 'reason: BURST, family: pace, coolDown: 6h }');

/** Submits the stream in its order, and waits until all of it shows. */
async function submitted(server: Deployment, between = async (_batch: number) => {}): Promise<void> {
  const submitter = apiWith(server, server.keys.submit);
  await inForce(apiWith(server, server.keys.operate), GATHERING);
  let newest = '';
  for (let start = 0; start < stream.length; start += A_BATCH) {
    const { status, body } = await answered(() =>
      submitter.post('/v1/transactions/batch', stream.slice(start, start + A_BATCH)),
    );
    expect([status, body.length]).toEqual([200, A_BATCH]);
    expect(new Set(body.map((answer: { status: number }) => answer.status))).toEqual(new Set([202]));
    newest = body.at(-1).position;
    await between(start / A_BATCH);
  }
  await shown(server, server.keys, newest);
}

/** Asks again where the server says that it may: a busy machine, an engine out of breath. */
async function answered(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    process.stdout.write(`asked again: ${answer.body.detail}\n`);
    await sleep(1_000);
  }
}

/** Waits until everything up to a position shows. */
async function shown(server: { url: string }, keys: Keys, position: string): Promise<void> {
  const reader = apiWith(server, keys.read);
  for (const begun = Date.now(); ; ) {
    const { status, body } = await reader.get(`/v1/alerts?after=${position}`, { prefer: 'wait=30' });
    if (status === 200) return;
    if (Date.now() - begun > PATIENCE_MS)
      throw new Error(`not shown up to ${position}: ${JSON.stringify(body)}`);
  }
}

/** Line for line; of many differences a few are told. */
function expectSame(dump: readonly string[], right: readonly string[]): void {
  const differing = dump
    .map((line, i) => ({ line, right: right[i] }))
    .filter((pair) => pair.line !== pair.right);
  expect(differing.slice(0, 3)).toEqual([]);
  expect(dump.length).toBe(right.length);
}

async function embeddedDump(): Promise<string[]> {
  const home = newHome();
  try {
    const server = await home.start();
    await submitted(server);
    await server.stop();
    const dump = await readModels(home.folder);
    const gathered = dump.filter((line) => /"table":"alerts".*"suspicions":([2-9]|\d\d)/.test(line));
    expect(gathered.length).toBeGreaterThan(0);
    return dump;
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
    disturbed = async () => {},
  ): Promise<string[]> {
    const home = newDistributedHome(engine(), processes);
    homes.push(home);
    const server = await home.start();
    try {
      await submitted(server, (batch) => disturb(server, batch));
      // A process that is still starting would not be stopped with the others.
      await disturbed();
    } catch (error) {
      await server.kill();
      throw error;
    }
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
      expectSame(await distributedDump(['api,mirror,processor,projector']), embedded);
    },
    3 * MINUTES + PATIENCE_MS,
  );

  test(
    'and in five processes, of which processors are killed and begun anew',
    async () => {
      let kills = 0;
      let next: Promise<unknown> = Promise.resolve();
      const killEvery = Math.floor(TRANSACTIONS / A_BATCH / KILLS);
      const disturb = async (server: DistributedDeployment, batch: number) => {
        if (batch % killEvery !== 0) return;
        await next;
        const { processes } = server;
        const processors = [...processes.keys()].filter((i) => processes[i]!.roles === 'processor');
        const struck = processors[kills++ % processors.length]!;
        processes[struck]!.child.kill('SIGKILL');
        await processes[struck]!.ended;
        const { folder, environment } = homes.at(-1)!;
        next = startProcess('processor', environment(), folder).then((begun) => {
          processes[struck] = begun;
        });
      };
      const processes = ['mirror,projector', 'processor', 'processor', 'processor', 'api'];
      const dump = await distributedDump(processes, disturb, async () => void (await next));
      expect(kills).toBeGreaterThanOrEqual(KILLS);
      expectSame(dump, embedded);
    },
    4 * MINUTES + PATIENCE_MS,
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
      await shown(begun, keys, status.position);
      begun.child.kill('SIGTERM');
      await begun.ended;
      expectSame(await dumpOf(schema.url), embedded);
      await schema.drop();
    },
    2 * MINUTES + PATIENCE_MS,
  );
});
