import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../domain/transaction.ts';
import { type Random, randomFrom } from '../../infra/simulator/random.ts';
import { apiWith } from '../support/api.ts';
import { shrike } from '../support/shrike.ts';
import { begunCampaign, caughtUp, type Server, served } from './campaign.ts';
import { compare } from './comparison.ts';
import { remove, withCopy } from './folders.ts';
import { enter, type Ledger, noteAnswer } from './ledger.ts';

const PAYMENTS = 300;
const MORE = 8;

interface SnapshotRow {
  account_id: string;
  plan_hash: string;
  revision: number;
  event_id: string;
  bytes: Uint8Array;
  checksum: number;
}

/** Each account's snapshot is damaged in another way. */
const DAMAGES: Record<string, (row: SnapshotRow, random: Random) => Partial<SnapshotRow>> = {
  'a bit flipped': ({ bytes }, random) => ({ bytes: flipped(bytes, 1, random) }),
  'many bits flipped': ({ bytes }, random) => ({ bytes: flipped(bytes, 100, random) }),
  'cut short': ({ bytes }, random) => ({ bytes: bytes.subarray(0, random.below(bytes.length)) }),
  emptied: () => ({ bytes: new Uint8Array() }),
  'of an older revision': ({ revision }) => ({ revision: revision - 1 }),
  'of another history': () => ({ event_id: '00000000-0000-8000-8000-000000000000' }),
  'of other rules': ({ plan_hash }) => ({
    plan_hash: plan_hash.replace(/^./, (c) => (c === '0' ? '1' : '0')),
  }),
  'cut short, its checksum right': (row, random) =>
    sealed({ ...row, bytes: row.bytes.subarray(0, random.between(1, row.bytes.length - 1)) }),
};
const ACCOUNTS = Object.keys(DAMAGES).map((_, i) => `payer-${i}`);

let folder: string;
let ledger: Ledger;

beforeAll(async () => {
  ({ folder, ledger } = await begunCampaign('snapshots'));
  await served(folder, async (server) => {
    await pay(server, 0, PAYMENTS);
    await caughtUp(server);
  });
}, 60_000);
afterAll(() => remove(folder));

test('a damaged snapshot costs only time: the decisions are those the oracle makes', async () => {
  await withCopy(folder, async (copy) => {
    const rows = snapshotsIn(copy);
    expect(rows.map(({ account_id }) => account_id)).toEqual(ACCOUNTS);
    const random = randomFrom('damage');
    Object.values(DAMAGES).forEach((damage, i) => {
      const row = rows[i]!;
      const damaged = { ...row, ...damage(row, random) };
      expect(damaged).not.toEqual(row);
      replaceSnapshot(copy, damaged);
    });
    await goOn(copy);
    expect(compare(copy, ledger).faults).toEqual([]);
    expect((await shrike(['verify', '--data', copy])).code).toBe(0);
  });
}, 60_000);

test('control: another account’s snapshot, forged to the last check, is believed and decides wrongly', async () => {
  await withCopy(folder, async (copy) => {
    const [row, other] = snapshotsIn(copy) as [SnapshotRow, SnapshotRow];
    const event_id = eventIdAt(copy, row.account_id, other.revision);
    replaceSnapshot(copy, sealed({ ...row, event_id, revision: other.revision, bytes: other.bytes }));
    await goOn(copy);
    expect(compare(copy, ledger).faults).toContainEqual({
      kind: 'decision',
      what: expect.stringContaining(row.account_id),
    });
    expect((await shrike(['verify', '--data', copy])).code).toBe(1);
  });
}, 60_000);

async function goOn(copy: string): Promise<void> {
  await served(copy, async (server) => {
    await pay(server, PAYMENTS, MORE);
    await caughtUp(server);
  });
}

/** The next payments of every account, in one batch. */
async function pay({ url, keys }: Server, from: number, count: number): Promise<void> {
  const random = randomFrom(`payments ${from}`);
  const startMs = Date.now() - 3 * 86_400_000;
  const payments = Array.from({ length: count }, (_, i) =>
    ACCOUNTS.map((accountId) => payment(accountId, from + i, startMs, random)),
  ).flat();
  const entries = payments.map((paid) => enter(ledger, paid));
  const { body } = await apiWith({ url }, keys.submit).post('/v1/transactions/batch', payments);
  for (const [i, entry] of entries.entries()) {
    entry.sent++;
    expect(noteAnswer(ledger, entry, body[i].status, body[i])).toBe(true);
  }
}

const payment = (accountId: string, n: number, startMs: number, random: Random): Transaction => ({
  transactionId: `payment-${n}`,
  accountId,
  amountMinor: random.between(500, 50_000),
  currency: 'EUR',
  occurredAt: new Date(startMs + n * 60_000 + random.below(30_000)).toISOString(),
  merchantId: `merchant-${random.below(9)}`,
  country: random.pick(['DE', 'DE', 'FR']),
  outcome: random.perMille(100) ? 'declined' : 'authorised',
  deviceId: `${accountId}-${random.below(4)}`,
});

function snapshotsIn(copy: string): SnapshotRow[] {
  return within(copy, 'risk.db', (risk) =>
    risk.prepare('SELECT * FROM snapshots ORDER BY account_id').all(),
  ) as unknown as SnapshotRow[];
}

function replaceSnapshot(copy: string, row: SnapshotRow): void {
  const { account_id, plan_hash, revision, event_id, bytes, checksum } = row;
  within(copy, 'risk.db', (risk) =>
    risk
      .prepare('REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?)')
      .run(account_id, plan_hash, revision, event_id, bytes, checksum),
  );
}

function eventIdAt(copy: string, accountId: string, revision: number): string {
  const row = within(copy, 'facts.db', (facts) =>
    facts
      .prepare('SELECT event_id FROM facts WHERE stream = ? AND revision = ?')
      .get(`account-${accountId}`, revision),
  );
  return row!.event_id as string;
}

function within<T>(copy: string, file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(copy, file));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** With the checksum that what it holds should have. */
function sealed(row: SnapshotRow): SnapshotRow {
  const { account_id, plan_hash, revision, event_id, bytes } = row;
  return { ...row, checksum: crc32(bytes, crc32(`${account_id} ${plan_hash} ${revision} ${event_id}`)) };
}

function flipped(bytes: Uint8Array, count: number, random: Random): Uint8Array {
  const changed = bytes.slice();
  for (let i = 0; i < count; i++) {
    const at = random.below(changed.length);
    changed[at] = changed[at]! ^ (1 << random.below(8));
  }
  return changed;
}
