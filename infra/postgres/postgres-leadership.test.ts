import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Lease } from '../../domain/ports.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { startPostgres } from '../engines/postgres-server.ts';
import { postgresLeadership } from './postgres-leadership.ts';
import { tempSchema } from './testing/temp-schema.ts';

const postgres = await engineOf(startPostgres);

describeWith('leadership', postgres, (engine) => {
  let schema: Awaited<ReturnType<typeof tempSchema>>;
  beforeEach(async () => {
    schema = await tempSchema(engine().url);
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) process.kill('SIGKILL');
    await schema.drop();
  });

  const leadership = (name = 'mirror', url = schema.url) => postgresLeadership(url, { name });
  const never = new AbortController().signal;

  test('is of one at a time, and passes on when it is given back', async () => {
    const first = await leadership().acquire(never);
    let taken = false;
    const second = leadership()
      .acquire(never)
      .then((lease) => {
        taken = true;
        return lease;
      });
    await sleep(800);
    expect(taken).toBe(false);
    await first.release();
    expect(first.lost.aborted).toBe(true);
    expect(await msUntilLed(second)).toBeLessThan(1_000);
  });

  test('of other things, or in another schema, is another', async () => {
    const other = await tempSchema(engine().url);
    const leases = [
      await leadership('mirror').acquire(never),
      await leadership('exports').acquire(never),
      await leadership('mirror', other.url).acquire(never),
    ];
    for (const lease of leases) await lease.release();
    await other.drop();
  });

  test('passes on within a second of the leader being killed', async () => {
    for (let i = 0; i < 3; i++) {
      const { process } = await leader(schema.url);
      const waiting = leadership().acquire(never);
      await sleep(300 + 70 * i);
      process.kill('SIGKILL');
      expect(await msUntilLed(waiting)).toBeLessThan(1_000);
    }
  });

  test('passes on when the leader is stopped, who then learns of it', async () => {
    const { process, next } = await leader(schema.url);
    const waiting = leadership().acquire(never);
    process.kill('SIGSTOP');
    expect(await msUntilLed(waiting)).toBeLessThan(5_000);
    process.kill('SIGCONT');
    expect(await next()).toMatch(/^lost/);
    await once(process, 'exit');
  });

  test('is lost with the server, and taken again when that is back', async () => {
    const lease = await leadership().acquire(never);
    const waiting = leadership().acquire(never);
    await engine().kill();
    await sleep(100);
    expect(String(lease.lost.reason)).toContain('leadership of mirror is lost');
    await engine().restart();
    expect(await msUntilLed(waiting)).toBeLessThan(2_000);
  });

  test('is waited for until told otherwise', async () => {
    const lease = await leadership().acquire(never);
    const calledOff = new AbortController();
    const waiting = leadership().acquire(calledOff.signal);
    setTimeout(() => calledOff.abort(new Error('we leave')), 50);
    await expect(waiting).rejects.toThrow('we leave');
    await lease.release();
  });
});

const processes: ChildProcess[] = [];

/** A process that leads; what it says comes line by line. */
async function leader(url: string) {
  const process = spawn('node', [new URL('./leader.fixture.ts', import.meta.url).pathname, url, 'mirror']);
  processes.push(process);
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toMatch(/^leads/);
  return { process, next: async () => (await lines.next()).value as string };
}

async function msUntilLed(waiting: Promise<Lease>): Promise<number> {
  const begun = performance.now();
  const lease = await waiting;
  const tookMs = performance.now() - begun;
  await lease.release();
  return tookMs;
}
