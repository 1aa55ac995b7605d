import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Kafka } from 'kafkajs';
import type pg from 'pg';
import type { ExportTopic } from '../../domain/export-record.ts';
import { startDeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { kafkajsOptions } from '../../infra/kafka/kafkajs-options.ts';
import { openClient } from '../../infra/kafka/open-client.ts';
import { eventually, RecordingMember } from '../../infra/kafka/testing/recording-member.ts';
import { settingsOf } from '../../infra/kafka/testing/settings.ts';
import { postgresPool } from '../../infra/postgres/connection.ts';
import { apiWith } from '../support/api.ts';
import {
  type DistributedDeployment,
  type DistributedHome,
  newDistributedHome,
  startProcess,
} from '../support/distributed.ts';
import { inForce, newId, payment, RULES, SUSPICIOUS_MINOR, WAITING } from '../support/payments.ts';
import { type Ended, SHRIKE, shrike } from '../support/shrike.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';

const engines = await engineOf(startDeploymentEngines);
const MINUTE = 60_000;
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
/** Of a topic that takes a score of an account with a short id, and none of one with a long id. */
const SMALL_BYTES = '640';
const LARGE_BYTES = '1048588';
/** Ids may have 128 characters. */
const longId = () => newId('long').padEnd(128, '-');

interface Told {
  id: string;
  accountId: string;
  transactionId: string;
  revision: number;
  score: number;
  value: string;
  headers: Record<string, string>;
}

describeWith('exports of a distributed deployment', engines, (engine) => {
  let home: DistributedHome;
  let server: DistributedDeployment;
  let pool: pg.Pool;
  const members = new Map<string, RecordingMember>();
  const submitter = () => apiWith(server, server.keys.submit);
  const reader = () => apiWith(server, server.keys.read);
  const command = (...args: string[]): Promise<Ended> => shrike(args, home.environment());
  const topicName = (topic: string) => `${topic}.g${home.environment().SHRIKE_GENERATION}`;
  const processor = () => server.processes.findLast(({ roles }) => roles === 'processor')!;

  beforeAll(async () => {
    home = newDistributedHome(engine(), ['mirror,projector', 'processor', 'api']);
    server = await home.start();
    pool = postgresPool(home.environment().DATABASE_URL!, { max: 3 });
    await inForce(apiWith(server, server.keys.operate), RULES);
    const client = openClient(settingsOf(engine().kafka.url));
    for (const topic of ['risk-scores', 'fraud-suspected', 'facts']) {
      members.set(topic, await new RecordingMember().join(client, topicName(topic), newId('reader')));
    }
  }, MINUTE);
  afterEach(() => setLargest(LARGE_BYTES));
  afterAll(async () => {
    for (const member of members.values()) await member.close();
    await pool.end();
    // Those that were started in place of others are not the home's.
    for (const { child } of server.processes) child.kill('SIGKILL');
    await home.remove();
  });

  async function setLargest(bytes: string): Promise<void> {
    const admin = new Kafka(kafkajsOptions(settingsOf(engine().kafka.url))).admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: bytes }];
    const resources = [{ type: 2, name: topicName('risk-scores'), configEntries }];
    await admin.alterConfigs({ resources, validateOnly: false });
    await admin.disconnect();
  }

  /** Others who need what the statement locks wait meanwhile. */
  async function whileHeld(lock: string, work: () => Promise<void>): Promise<void> {
    const holding = await pool.connect();
    try {
      await holding.query('BEGIN');
      await holding.query(lock);
      await work();
    } finally {
      holding.release(true);
    }
  }

  /** No decision can be recorded meanwhile; checkpoints that pass none can. */
  async function whileNothingIsRecorded(work: () => Promise<void>): Promise<void> {
    await pool.query(`CREATE OR REPLACE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN new; END'`);
    for (const partition of [0, 1, 2, 3]) {
      await pool.query(`CREATE TRIGGER held BEFORE INSERT ON decisions_p${partition}
        FOR EACH ROW EXECUTE FUNCTION held()`);
    }
    await whileHeld('SELECT pg_advisory_xact_lock(4711)', work);
  }

  /** What was told of some accounts, those of a partition in its order. */
  function told(topic: ExportTopic, accountIds: readonly string[]): Told[] {
    const messages = [0, 1, 2, 3].flatMap((partition) => members.get(topic)!.of(partition));
    return messages
      .map(
        ({ value, headers }) => ({ ...JSON.parse(value!.toString()), value: String(value), headers }) as Told,
      )
      .filter(({ accountId }) => accountIds.includes(accountId));
  }

  const revisions = (accountId: string): number[] =>
    told('risk-scores', [accountId]).map(({ revision }) => revision);

  async function pay(accountId: string, amountMinor = 100, headers = {}) {
    const sent = payment({ accountId, amountMinor });
    const { status, body } = await submitter().post('/v1/transactions', sent, headers);
    expect([200, 202]).toContain(status);
    return body;
  }

  test(
    'have everything that was decided, in the order of each account, with the trace of the request',
    async () => {
      const accounts = Array.from({ length: 5 }, () => newId('all'));
      for (let i = 0; i < 40; i++) await pay(accounts[i % 5]!);
      const traced = await pay(accounts[0]!, SUSPICIOUS_MINOR, { ...WAITING, traceparent: TRACE });
      expect(traced).toMatchObject({ revision: 8, decision: 'decline', degraded: false });
      await eventually(() => told('risk-scores', accounts).length >= 41, 'every decision to be told');
      await eventually(() => told('fraud-suspected', [accounts[0]!]).length === 7, 'the suspicions');
      for (const [i, accountId] of accounts.entries()) {
        expect(revisions(accountId)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, ...(i === 0 ? [8] : [])]);
      }
      const [score, suspected] = [told('risk-scores', accounts), told('fraud-suspected', accounts)].map(
        (all) => all.find(({ transactionId }) => transactionId === traced.transactionId)!,
      ) as [Told, Told];
      expect(score).toMatchObject({ score: traced.score, decision: 'decline', reasons: traced.reasons });
      expect(suspected).toMatchObject({ id: score.id, amountMinor: SUSPICIOUS_MINOR, decision: 'decline' });
      const { body: alert } = await reader().get(`/v1/alerts/${suspected.id}?after=${traced.position}`);
      expect(alert).toMatchObject({ alertId: suspected.id, transactionId: traced.transactionId });
      for (const { headers } of [score, suspected]) {
        expect(headers).toEqual({ id: score.id, schema: '1', traceparent: TRACE });
      }
      const mirrored = () =>
        [0, 1, 2, 3]
          .flatMap((partition) => members.get('facts')!.of(partition))
          .filter(({ headers }) => headers.traceparent === TRACE)
          .map(({ value }) => JSON.parse(String(value)).type as string);
      await eventually(() => mirrored().length >= 2, 'the suspicion to be mirrored');
      expect(mirrored().sort()).toEqual(['FraudSuspected', 'TransactionSubmitted']);
    },
    MINUTE,
  );

  test(
    'are told again, the same to the byte, where a processor dies before it has recorded what it told',
    async () => {
      const accounts = Array.from({ length: 6 }, () => newId('twice'));
      for (const accountId of accounts) await pay(accountId, 100, WAITING);
      await whileNothingIsRecorded(async () => {
        for (let i = 0; i < 18; i++) await pay(accounts[i % 6]!);
        await eventually(
          () => told('risk-scores', accounts).length > 6,
          'what cannot be recorded to be told',
        );
        processor().child.kill('SIGKILL');
        await processor().ended;
        // Else the server would carry out what the dead process has asked it for.
        await pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'shrike processor' AND wait_event_type = 'Lock'`,
        );
      });
      server.processes.push(await startProcess('processor', home.environment(), home.folder));
      const all = () => accounts.every((accountId) => new Set(revisions(accountId)).size === 4);
      await eventually(all, 'every decision to be told', 40_000);
      await pay(accounts[0]!, 100, { prefer: 'wait=20' });
      const byId = Map.groupBy(told('risk-scores', accounts), ({ id }) => id);
      expect([...byId.values()].some((repeats) => repeats.length > 1)).toBe(true);
      for (const repeats of byId.values()) expect(new Set(repeats.map(({ value }) => value)).size).toBe(1);
      for (const accountId of accounts) {
        expect([...new Set(revisions(accountId))].slice(0, 4)).toEqual([0, 1, 2, 3]);
      }
    },
    2 * MINUTE,
  );

  test(
    'that the broker refuses become dead letters with those behind them; redriven, they come in order',
    async () => {
      const [large, small] = [longId(), newId('small')];
      await pay(large, 100, WAITING);
      await setLargest(SMALL_BYTES);
      for (let i = 0; i < 3; i++) await Promise.all([pay(large, 100, WAITING), pay(small, 100, WAITING)]);
      // It would be taken by now, but waits behind the others.
      await setLargest(LARGE_BYTES);
      expect(await pay(large, 100, WAITING)).toMatchObject({ degraded: false, revision: 4 });
      await eventually(() => revisions(small).length === 3, 'the other account to be told');
      expect(revisions(large)).toEqual([0]);

      const { body: status } = await reader().get('/v1/status');
      expect(status.stages.at(-1)).toMatchObject({
        name: 'exports',
        state: 'running',
        problem: expect.stringMatching(/^risk-scores: 4 dead letters of 1 accounts/),
      });
      const metrics = (await reader().get('/metrics')).body;
      expect(metrics).toMatch(/^shrike_dead_letters\{topic="risk-scores"\} 4$/m);
      expect(metrics).toMatch(/^shrike_dead_letter_accounts\{topic="risk-scores"\} 1$/m);
      expect(metrics).toMatch(/^shrike_stage_lag_positions\{stage="exports"\} \d+$/m);
      const listed = JSON.parse((await command('dlq', 'list', '--json')).stdout);
      expect(listed.accounts).toMatchObject([{ accountId: large, letters: 4, first: 1, last: 4 }]);
      const shown = JSON.parse((await command('dlq', 'show', '--account', large, '--json')).stdout);
      expect(shown.map(({ problem }: { problem: string }) => problem).slice(0, 2)).toEqual([
        expect.stringContaining('too large'),
        expect.stringContaining('waits behind'),
      ]);
      const nothing = await command('dlq', 'show', '--account', small);
      expect([nothing.code, nothing.stderr]).toEqual([1, 'shrike: there are no such dead letters\n']);

      const preview = await command('dlq', 'redrive');
      expect([preview.code, preview.stdout]).toEqual([
        0,
        expect.stringMatching(/4 dead letters of 1 accounts, the oldest \d+ s old\nnothing was done/),
      ]);
      await setLargest(SMALL_BYTES);
      const refused = await command('dlq', 'redrive', '--yes', '--json');
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stdout).redriven).toMatchObject({
        delivered: 0,
        refused: [{ accountId: large, revision: 1, problem: expect.stringContaining('too large') }],
      });
      await setLargest(LARGE_BYTES);

      // Killed when everything is delivered and nothing is removed.
      await whileHeld('LOCK TABLE dead_letters IN SHARE ROW EXCLUSIVE MODE', async () => {
        const killed = spawn(process.execPath, [SHRIKE, 'dlq', 'redrive', '--yes'], {
          env: { PATH: process.env.PATH, ...home.environment() },
        });
        await eventually(() => revisions(large).length === 5, 'what is redriven to be told');
        killed.kill('SIGKILL');
        await once(killed, 'exit');
      });

      const redriven = await command('dlq', 'redrive', '--yes', '--json');
      expect([redriven.code, JSON.parse(redriven.stdout).redriven]).toEqual([
        0,
        { delivered: 4, refused: [] },
      ]);
      await pay(large, 100, WAITING);
      await eventually(() => revisions(large).length === 10, 'what comes after it to be told directly');
      expect(revisions(large)).toEqual([0, 1, 2, 3, 4, 1, 2, 3, 4, 5]);
      expect((await command('dlq', 'list')).stdout).toBe('no dead letters\n');
    },
    2 * MINUTE,
  );

  test('are switched off by a setting, and the topics are then none of its topology', async () => {
    const on = JSON.parse((await command('topology', '--check', '--json')).stdout);
    const off = JSON.parse((await command('topology', '--check', '--json', '--exports', 'off')).stdout);
    const topics = ({ places }: { places: { name: string }[] }) =>
      places.map(({ name }) => name).filter((name) => name.startsWith('topic '));
    expect(topics(on)).toEqual(
      ['facts', 'risk-scores', 'fraud-suspected'].map((topic) => `topic ${topicName(topic)}`),
    );
    expect(topics(off)).toEqual([`topic ${topicName('facts')}`]);
    const wrong = await command('dlq', 'list', '--topic', 'facts');
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'shrike: --topic is risk-scores or fraud-suspected, not "facts"\n',
    ]);
    const embedded = await shrike(['dlq', 'list']);
    expect([embedded.code, embedded.stderr]).toEqual([2, expect.stringContaining('give EVENTSTORE_URL')]);
  });
});
