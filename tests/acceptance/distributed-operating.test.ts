import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startDeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { postgresPool } from '../../infra/postgres/connection.ts';
import { apiWith } from '../support/api.ts';
import {
  type DistributedDeployment,
  type DistributedHome,
  newDistributedHome,
  startProcess,
} from '../support/distributed.ts';
import { inForce, payment, RULES, SUSPICIOUS_MINOR, WAITING } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';

const engines = await engineOf(startDeploymentEngines);
const MINUTE = 60_000;

describeWith('operating a distributed deployment', engines, (engine) => {
  let home: DistributedHome;
  let server: DistributedDeployment;
  const reader = () => apiWith(server, server.keys.read);
  const submitter = () => apiWith(server, server.keys.submit);
  const command = (args: string[], environment: Record<string, string> = {}) =>
    shrike(args, { ...home.environment(), ...environment });

  beforeAll(async () => {
    home = newDistributedHome(engine(), ['mirror,projector', 'processor', 'api']);
    server = await home.start();
    await inForce(apiWith(server, server.keys.operate), RULES);
  }, MINUTE);
  afterAll(async () => {
    // Those that were started in place of others are not the home's.
    for (const { child } of server.processes) child.kill('SIGKILL');
    await home.remove();
  });

  test('status tells each stage, of each partition; a process without the API tells its own health', async () => {
    const { body } = await submitter().post('/v1/transactions', payment(), WAITING);
    await reader().get(`/v1/alerts?after=${body.position}`);
    const { body: status } = await reader().get('/v1/status');
    const names = status.stages.map(({ name, partition }: { name: string; partition?: number }) =>
      partition === undefined ? name : `${name} ${partition}`,
    );
    expect(names).toEqual([
      'store',
      'mirror',
      ...[0, 1, 2, 3].map((partition) => `risk ${partition}`),
      'alerts',
      'rule-sets',
      'rates',
      'lists',
      'exports',
    ]);
    const processor = server.processes.find(({ roles }) => roles === 'processor')!;
    const asked = async (path: string) => (await fetch(processor.url + path)).text();
    expect(await asked('/health/live')).toBe('{"status":"live"}');
    expect(await asked('/health/ready')).toBe('{"status":"ready"}');
    expect(await asked('/metrics')).toMatch(/^process_cpu_seconds_total/m);
    const metrics = await reader().get('/metrics');
    expect(metrics.body).toMatch(/^shrike_stage_lag_positions\{stage="risk",partition="3"\} \d+$/m);
  });

  test(
    'a stage that nobody works is told, and submissions are taken all the same',
    async () => {
      const processor = server.processes.find(({ roles }) => roles === 'processor')!;
      processor.child.kill('SIGTERM');
      await processor.ended;
      const { body: status } = await reader().get('/v1/status');
      const risk = status.stages.filter(({ name }: { name: string }) => name === 'risk');
      expect(risk).toHaveLength(4);
      for (const { state, problem } of risk)
        expect([state, problem]).toEqual(['stopped', 'no process works it']);
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
      const sent = payment({ amountMinor: SUSPICIOUS_MINOR });
      const { body } = await submitter().post('/v1/transactions', sent, { prefer: 'wait=0.2' });
      expect(body).toMatchObject({ degraded: true, decision: 'review', revision: 0 });

      const begun = await startProcess('processor', home.environment(), home.folder);
      server.processes.push(begun);
      const again = await submitter().post('/v1/transactions', sent, { prefer: 'wait=30' });
      expect(again.body).toMatchObject({ degraded: false, score: 60, decision: 'review' });
    },
    MINUTE,
  );

  test(
    'views that cannot be kept are told with the reason, and are well again once they can be',
    async () => {
      const views = async (): Promise<{ name: string; state: string; problem: string | null }[]> =>
        (await reader().get('/v1/status')).body.stages.filter(({ name }: { name: string }) =>
          ['alerts', 'rule-sets', 'rates'].includes(name),
        );
      const comesTo = async (expected: object) => {
        for (const begun = Date.now(); Date.now() - begun < 20_000; await sleep(100)) {
          if ((await views()).every((view) => view.state === Object(expected).state)) break;
        }
        for (const view of await views()) expect(view).toMatchObject(expected);
      };
      const pool = postgresPool(home.environment().DATABASE_URL!, { max: 1 });
      const raised = (by: number) =>
        pool.query('UPDATE projection_checkpoints SET version = version + $1 WHERE projection = $2', [
          by,
          'rates',
        ]);
      await comesTo({ state: 'running', problem: null });
      await raised(1);
      const projector = server.processes.find(({ roles }) => roles === 'mirror,projector')!;
      projector.child.kill('SIGKILL');
      await projector.ended;
      server.processes.push(await startProcess('mirror,projector', home.environment(), home.folder));
      await comesTo({ state: 'stopped', problem: expect.stringContaining('newer') });
      await raised(-1);
      await pool.end();
      await comesTo({ state: 'running', problem: null });
    },
    MINUTE,
  );

  test('the database and the event store are killed and come back: nothing is lost, and work goes on', async () => {
    const eventStore = await home.eventStore();
    const sent = Array.from({ length: 12 }, () => payment({ amountMinor: SUSPICIOUS_MINOR }));
    const accepted = async (transaction: (typeof sent)[number]) => {
      for (;;) {
        const { status, body } = await submitter().post('/v1/transactions', transaction);
        if (status === 202) return Number(body.position);
        expect(status).toBe(503);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    const positions = [await accepted(sent[0]!)];
    await engine().postgres.kill();
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    await engine().postgres.restart();
    for (const each of sent.slice(1, 6)) positions.push(await accepted(each));
    await eventStore.kill();
    const late = sent.slice(6).map(accepted);
    await eventStore.restart();
    positions.push(...(await Promise.all(late)));
    const path = `/v1/alerts?limit=500&after=${Math.max(...positions)}`;
    const shown = await reader().get(path, { prefer: 'wait=30' });
    expect(shown.status).toBe(200);
    const alerts = shown.body.alerts.map(({ transactionId }: { transactionId: string }) => transactionId);
    for (const { transactionId } of sent)
      expect(alerts.filter((id: string) => id === transactionId)).toEqual([transactionId]);
  }, 120_000);

  test(
    'what was decided is verified beside the running processes, and a difference is found',
    async () => {
      for (let i = 0; i < 8; i++) await submitter().post('/v1/transactions', payment(), WAITING);
      const { body } = await submitter().post('/v1/transactions', payment(), WAITING);
      await reader().get(`/v1/alerts?after=${body.position}`);
      const verified = await command(['verify', '--json']);
      expect([verified.code, verified.stderr.match(/Error/)]).toEqual([0, null]);
      expect(JSON.parse(verified.stdout)).toMatchObject({ differ: 0, first: null, alerts: 13 });
      expect(JSON.parse(verified.stdout).decisions).toBeGreaterThanOrEqual(11);

      const pool = postgresPool(home.environment().DATABASE_URL!, { max: 1 });
      for (const partition of [0, 1, 2, 3])
        await pool.query(`UPDATE decisions_p${partition} SET score = 1 WHERE account_id = $1`, [
          body.accountId,
        ]);
      await pool.end();
      const found = await command(['verify', '--json']);
      expect(found.code).toBe(1);
      expect(JSON.parse(found.stdout)).toMatchObject({
        differ: 1,
        first: { transactionId: body.transactionId, differences: [expect.stringContaining('score')] },
      });

      const replayed = await command(['replay', '--json']);
      expect(replayed.code).toBe(0);
      expect(
        JSON.parse(replayed.stdout).map(({ projection, partition }: Record<string, unknown>) =>
          [projection, partition].join(' ').trim(),
        ),
      ).toEqual([
        ...[0, 1, 2, 3].map((partition) => `decisions ${partition}`),
        'alerts',
        'rule-sets',
        'rates',
        'lists',
      ]);
      expect((await command(['verify'])).code).toBe(0);
      const next = await submitter().post('/v1/transactions', payment(), WAITING);
      expect(next.body).toMatchObject({ degraded: false });
    },
    2 * MINUTE,
  );

  test(
    'a topology that does not fit is refused with the difference, and what works on folders says so',
    async () => {
      const serve = (environment: Record<string, string>) =>
        command(['serve', '--roles', 'mirror', '--port', '0'], environment);
      const grown = await serve({ SHRIKE_PARTITIONS: '5' });
      expect(grown.code).toBe(3);
      expect(grown.stderr).toMatch(/topology does not fit: facts\.g\d+: partitions should be 5, is 4/);
      const missing = await serve({ SHRIKE_GENERATION: '999999' });
      expect(missing.stderr).toMatch(
        /facts\.g999999: topic should be 4 partitions, is no such topic; .*shrike topology/,
      );
      const { DATABASE_URL: _, ...two } = home.environment();
      const incomplete = await shrike(['serve'], two);
      expect([incomplete.code, incomplete.stderr]).toEqual([
        2,
        expect.stringContaining('DATABASE_URL not: give all three'),
      ]);
      const backup = await command(['backup', '/tmp/nowhere']);
      expect([backup.code, backup.stderr]).toEqual([3, expect.stringContaining('docs/running.md')]);
      const topology = await command(['topology', '--check', '--json']);
      const { made, places } = JSON.parse(topology.stdout);
      expect(made).toEqual([]);
      expect(new Set(places.map(({ engine }: { engine: string }) => engine))).toEqual(
        new Set(['event store', 'Kafka', 'PostgreSQL']),
      );
    },
    MINUTE,
  );
});
