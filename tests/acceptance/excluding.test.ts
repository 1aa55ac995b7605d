import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { accountStream } from '../../domain/facts.ts';
import { startStore } from '../../infra/event-store/store-thread.ts';
import { factDraft } from '../../infra/server/services/fact-draft.ts';
import { type Api, apiWith } from '../support/api.ts';
import { newHome } from '../support/deployment.ts';
import { newId, payment, WAITING } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';
import { excludingSuite } from './suites/excluding.ts';

describe('excluding', () => excludingSuite(newHome));

test('a server stands still at a fact it cannot read, says so, and goes on when it is excluded', async () => {
  const home = newHome();
  try {
    const accountId = newId('a');
    const first = await home.start();
    const before = apiWith(first, first.keys.submit);
    expect((await before.post('/v1/transactions', payment({ accountId }), WAITING)).status).toBe(200);
    await first.stop();
    await appendNewer(join(home.folder, 'facts.db'), accountId);

    const server = await home.start();
    const [submitter, reader] = [apiWith(server, server.keys.submit), apiWith(server, server.keys.read)];
    const waiting = await submitter.post('/v1/transactions', payment({ accountId }));
    expect(waiting.status).toBe(202);
    const blocked = await risk(reader, 'blocked');
    expect(blocked.problem).toContain(`shrike facts exclude --account ${accountId} --revision 1 --reason`);
    expect((await reader.get('/metrics')).body).toMatch(
      new RegExp(
        `^shrike_risk_blocked_position\\{partition="0",account="${accountId}",revision="1"\\} \\d+$`,
        'm',
      ),
    );
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect((await reader.get(`/v1/accounts/${accountId}/transactions`)).status).toBe(200);

    const command = ['--account', accountId, '--revision', '1', '--reason', 'from another version'];
    const exclude = (...more: string[]) =>
      shrike(['facts', 'exclude', ...command, '--url', server.url, '--data', home.folder, ...more]);
    const shown = await exclude();
    expect(shown.stdout).toContain('TransactionReversed, schema version 1');
    expect(shown.stdout).toContain('behind it wait 1 facts of the account');
    expect(await exclude('--yes')).toMatchObject({ code: 0, stderr: '' });
    const decided = await reader.get(
      `/v1/accounts/${accountId}/transactions?after=${waiting.body.position}&order=oldest`,
      { prefer: 'wait=10' },
    );
    expect(decided.body.transactions.map(({ decision }: { decision: string }) => decision)).toEqual([
      'approve',
      'approve',
    ]);
    await risk(reader, 'running');
    await server.stop();
    const verified = await shrike(['verify', '--data', home.folder]);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('2 decisions, 0 differ')]);
  } finally {
    await home.remove();
  }
});

async function appendNewer(path: string, accountId: string): Promise<void> {
  const store = await startStore(path);
  const draft = { ...factDraft('FactExcluded', {}), type: 'TransactionReversed' };
  await store.client.append(accountStream(accountId), 0, [draft]);
  await store.close();
}

/** The risk stage, once it is in that state. */
async function risk(reader: Api, state: string): Promise<{ state: string; problem: string }> {
  for (let tries = 0; ; tries++) {
    const { body } = await reader.get('/v1/status');
    const stage = body.stages.find(({ name }: { name: string }) => name === 'risk');
    if (stage.state === state) return stage;
    if (tries > 100) throw new Error(JSON.stringify(stage));
    await delay(100);
  }
}
