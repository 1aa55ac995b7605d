import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountStream, type FactDraft } from '../../../domain/facts.ts';
import { factDraft } from '../../../infra/server/services/fact-draft.ts';
import { partitionOfKey } from '../../../processors/key-partitions.ts';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { newId, payment } from '../../support/payments.ts';
import { shrike } from '../../support/shrike.ts';

/** A deployment whose store can be written to past its door. */
export interface StandingStillOptions<H extends Home> {
  newHome(): H;
  partitions: number;
  /** While it is stopped. */
  append(home: H, stream: string, revision: number, fact: FactDraft): Promise<void>;
  /** As a user would, once it is stopped. */
  verify(home: H): ReturnType<typeof shrike>;
  /** Whatever else tells where it stands still. */
  alsoTold?(server: Deployment, accountId: string): Promise<void>;
}

/** A deployment of several processes is started twice, and four commands are run. */
const LONGEST_MS = 120_000;

/** On any deployment. */
export function standingStillSuite<H extends Home>(options: StandingStillOptions<H>): void {
  let home: H;
  beforeAll(() => {
    home = options.newHome();
  });
  afterAll(() => home.remove());

  test(
    'at a fact it cannot read a partition stands still, says so, and goes on when it is excluded',
    async () => {
      const accountId = newId('a');
      const first = await home.start();
      await paid(apiWith(first, first.keys.submit), accountId);
      await first.stop();
      const unknown = { ...factDraft('FactExcluded', {}), type: 'TransactionForgotten' };
      await options.append(home, accountStream(accountId), 0, unknown);

      const server = await home.start();
      const [submitter, reader] = [apiWith(server, server.keys.submit), apiWith(server, server.keys.read)];
      const waiting = await submitter.post('/v1/transactions', payment({ accountId }));
      expect(waiting.status).toBe(202);
      const [{ problem }] = await riskStages(reader, (states) => states.includes('blocked'));
      expect(problem).toContain(`shrike facts exclude --account ${accountId} --revision 1 --reason`);
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
      expect((await reader.get(`/v1/accounts/${accountId}/transactions`)).status).toBe(200);
      expect((await submitter.post('/v1/score', payment({ accountId }))).body).toMatchObject({
        type: 'https://shrike.dev/problems/unreadable-fact',
        status: 503,
        detail: expect.stringContaining('TransactionForgotten at position'),
      });
      await options.alsoTold?.(server, accountId);
      const elsewhere = accountElsewhere(accountId, options.partitions);
      if (elsewhere !== undefined) await paid(submitter, elsewhere);

      await excluded(home, server, accountId);
      const url = `/v1/accounts/${accountId}/transactions?after=${waiting.body.position}&order=oldest`;
      const { body } = await reader.get(url, { prefer: 'wait=20' });
      expect(body.transactions.map(({ decision }: { decision: string }) => decision)).toEqual([
        'approve',
        'approve',
      ]);
      await riskStages(reader, (states) => states.every((state) => state === 'running'));
      await server.stop();
      const verified = await options.verify(home);
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining(' 0 differ')]);
    },
    LONGEST_MS,
  );
}

async function excluded(home: Home, server: Deployment, accountId: string): Promise<void> {
  const command = ['--account', accountId, '--revision', '1', '--reason', 'from another version'];
  const exclude = (...more: string[]) =>
    shrike(['facts', 'exclude', ...command, '--url', server.url, '--data', home.folder, ...more]);
  const shown = await exclude();
  expect(shown.stdout).toContain('TransactionForgotten, schema version 1');
  expect(shown.stdout).toContain('behind it wait 1 facts of the account');
  expect(await exclude('--yes')).toMatchObject({ code: 0, stderr: '' });
}

async function paid(submitter: Api, accountId: string): Promise<void> {
  const { status } = await submitter.post('/v1/transactions', payment({ accountId }), { prefer: 'wait=20' });
  expect(status).toBe(200);
}

/** An account of another partition, where there are several. */
function accountElsewhere(accountId: string, partitions: number): string | undefined {
  if (partitions === 1) return undefined;
  for (;;) {
    const other = newId('a');
    if (partitionOfKey(other, partitions) !== partitionOfKey(accountId, partitions)) return other;
  }
}

interface Stage {
  name: string;
  state: string;
  problem: string;
}

/** The risk stages, those first that have a problem, once their states are as they should be. */
async function riskStages(
  reader: Api,
  isReached: (states: string[]) => boolean,
): Promise<[Stage, ...Stage[]]> {
  for (let tries = 0; ; tries++) {
    const { body } = await reader.get('/v1/status');
    const stages = (body.stages as Stage[]).filter(({ name }) => name === 'risk');
    if (isReached(stages.map(({ state }) => state))) {
      return stages.toSorted((a, b) => Number(b.problem !== null) - Number(a.problem !== null)) as [Stage];
    }
    if (tries > 200) throw new Error(JSON.stringify(stages));
    await delay(100);
  }
}
