import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { accountStream, NO_STREAM } from '../../domain/facts.ts';
import { startEventStore } from '../../infra/engines/event-store-server.ts';
import { openEventStoreDb } from '../../infra/eventstoredb/event-store-db.ts';
import { activateRuleSet, publishRuleSet } from '../../infra/server/services/rule-set-publishing.ts';
import { payment, RULES, SUSPICIOUS_MINOR } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';

const eventStore = await engineOf(startEventStore);

describeWith('a backtest of the distributed deployment', eventStore, (engine) => {
  test('needs the event store alone, and reads it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shrike-backtest-distributed-'));
    const store = openEventStoreDb(engine().url);
    try {
      const published = await publishRuleSet(store, RULES, 'x');
      if (published.kind === 'refused') throw new Error('refused');
      await activateRuleSet(store, published.summary, 'x');
      for (const amountMinor of [100, SUSPICIOUS_MINOR]) {
        const transaction = payment({ amountMinor });
        const data = {
          transaction,
          amountBaseMinor: amountMinor,
          ratesVersion: null,
          receivedAtMs: 0,
          origin: 'live',
        };
        await store.append(accountStream(transaction.accountId), NO_STREAM, [
          {
            eventId: randomUUID(),
            type: 'TransactionSubmitted',
            schemaVersion: 1,
            key: transaction.transactionId,
            data: JSON.stringify(data),
            personal: null,
            metadata: null,
          },
        ]);
      }
      const rules = join(folder, 'rules.yaml');
      writeFileSync(rules, RULES);
      const { code, stdout, stderr } = await shrike(
        ['backtest', '--rules', rules, '--against', 'active', '--json'],
        {
          EVENTSTORE_URL: engine().url,
          KAFKA_BROKERS: '127.0.0.1:1',
          DATABASE_URL: 'postgres://127.0.0.1:1/none',
        },
      );
      expect([code, stderr]).toEqual([0, expect.stringContaining('100%')]);
      expect(JSON.parse(stdout)).toMatchObject({
        transactions: 2,
        source: { kind: 'store' },
        sets: [{ alerts: 1 }, { name: 'in force', alerts: 1 }],
        changes: [{ ways: [] }],
      });
    } finally {
      await store.close();
      rmSync(folder, { recursive: true });
    }
  });
});
