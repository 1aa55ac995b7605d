import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, newId, payment, RULES, SUSPICIOUS_MINOR, WAITING } from '../../support/payments.ts';
import type { Ended } from '../../support/shrike.ts';

const SETTINGS = ['--seal-decisions', '20', '--seal-ms', '1000'];

/** On any deployment. @param command runs the command line beside it */
export function sealingSuite<H extends Home>(
  newHome: () => H,
  command: (home: H, args: string[]) => Promise<Ended>,
): void {
  let home: H;
  let server: Deployment;
  beforeAll(async () => {
    home = newHome();
    server = await home.start(...SETTINGS);
    await inForce(apiWith(server, server.keys.operate), RULES);
  });
  afterAll(() => home.remove());

  const pay = async (count: number) => {
    const accounts = Array.from({ length: 5 }, () => newId('a'));
    const sent = Array.from({ length: count }, (_, i) =>
      payment({ accountId: accounts[i % 5]!, amountMinor: i % 7 === 0 ? SUSPICIOUS_MINOR : 100 + i }),
    );
    const submitter = apiWith(server, server.keys.submit);
    await submitter.post('/v1/transactions/batch', sent);
    const { body } = await submitter.post('/v1/transactions', payment(), WAITING);
    return Number(body.position);
  };
  /** Once everything up to there is sealed. */
  const sealedPast = async (position: number) => {
    const reader = apiWith(server, server.keys.read);
    for (;;) {
      const { body } = await reader.get('/v1/status');
      if (Number(body.sealed) >= position) return;
      await sleep(100);
    }
  };
  const verified = async () => {
    const { code, stdout } = await command(home, ['verify', '--json']);
    return [code, JSON.parse(stdout)];
  };

  test('everything decided is sealed in time, and the seals hold', async () => {
    await sealedPast(await pay(50));
    const { stdout } = await command(home, ['seals', '--json']);
    const seals = JSON.parse(stdout);
    expect(seals).toMatchObject({ decisions: 51, last: { to: seals.through } });
    expect(seals.seals).toBeGreaterThan(0);
    expect(await verified()).toEqual([
      0,
      expect.objectContaining({
        decisions: 51,
        differ: 0,
        seals: { hold: seals.seals, broken: 0, ahead: 0, through: seals.through, first: null },
      }),
    ]);
    expect((await command(home, ['verify'])).stdout).toMatch(/^51 decisions, 0 differ; \d+ seals? holds? \(/);
    expect((await command(home, ['seals'])).stdout).toMatch(
      /^\d+ seals? of 51 decisions, up to position \d+ of /,
    );
  }, 30_000);

  test('where it died, the next one goes on: each decision is in one seal, and a rebuild leaves the seals true', async () => {
    await pay(50);
    await server.kill();
    server = await home.start(...SETTINGS);
    await sealedPast(await pay(10));
    expect((await command(home, ['replay', '--projection', 'decisions', '--json'])).code).toBe(0);
    await sealedPast(await pay(10));
    const [code, result] = await verified();
    expect([code, result.decisions, result.seals.broken]).toEqual([0, 51 + 51 + 11 + 11, 0]);
    const { stdout } = await command(home, ['seals', '--json']);
    expect(JSON.parse(stdout).decisions).toBe(result.decisions);
  }, 60_000);
}
