import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NO_STREAM } from '../../domain/facts.ts';
import { eventStoreContract } from './event-store.contract.ts';
import { openReader } from './fact-reader.ts';
import { NewerFormat, NotAStore } from './facts-database.ts';
import { openEventStore } from './sqlite-event-store.ts';
import { startStore } from './store-thread.ts';
import { noteDraft, payment, submissionOf } from './submission-fixture.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-store-'));
  path = join(folder, 'facts.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

eventStoreContract('SQLite', async () => {
  const own = mkdtempSync(join(tmpdir(), 'shrike-contract-'));
  const { client, close } = await startStore(join(own, 'facts.db'));
  return {
    store: client,
    async close() {
      await close();
      rmSync(own, { recursive: true, force: true });
    },
  };
});

/** Damages the file behind the store's back. */
function tamper(sql: string): void {
  const database = new DatabaseSync(path, { defensive: false });
  database.exec(sql);
  database.close();
}

function storeThree(): void {
  const store = openEventStore(path);
  const submit = (id: string) =>
    ({ kind: 'submit', submission: submissionOf(payment({ transactionId: id })) }) as const;
  store.commit([submit('a'), submit('b'), submit('c')]);
  store.close();
}

describe('the file', () => {
  test('is in write-ahead log mode, for readers beside the writer', () => {
    storeThree();
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  test('goes on where it stopped', () => {
    storeThree();
    const store = openEventStore(path);
    const again = submissionOf(payment({ transactionId: 'b' }));
    const next = submissionOf(payment({ transactionId: 'd' }));
    expect(
      store.commit([
        { kind: 'submit', submission: again },
        { kind: 'submit', submission: next },
      ]),
    ).toEqual([
      { kind: 'known', revision: 1, position: 2 },
      { kind: 'accepted', revision: 3, position: 4 },
    ]);
    store.close();
  });

  test('of another program, or no database, is refused and left as it was', () => {
    new DatabaseSync(path).exec('CREATE TABLE theirs (x)');
    expect(() => openEventStore(path)).toThrow(NotAStore);
    expect(() => openReader(path)).toThrow(NotAStore);
    const database = new DatabaseSync(path);
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }]);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
    database.close();
  });

  test('of a newer format is refused', () => {
    storeThree();
    tamper('PRAGMA user_version = 2');
    expect(() => openEventStore(path)).toThrow(NewerFormat);
    expect(() => openReader(path)).toThrow(/format 2, newer than format 1/);
  });
});

describe('damage', () => {
  test.each([
    ["data = replace(data, '1250', '9250')"],
    ["key = 'x'"],
    ["event_id = 'x'"],
    ["type = 'TransactionSubmittee'"],
    ["metadata = '{}'"],
    ["personal = ''"],
    ['schema_version = 2'],
    ["stream = 'account-mallory'"],
  ])('of a fact is found where it is read: %s', (change) => {
    storeThree();
    tamper(`UPDATE facts SET ${change} WHERE position = 2`);
    const reader = openReader(path);
    expect(() => reader.readAt(2)).toThrow('the fact at position 2 is damaged');
    expect(() => reader.readAll(0, 10)).toThrow('the fact at position 2 is damaged');
    expect(reader.readAt(1)?.key).toBe('a');
    expect(reader.readAll(2, 10).map((fact) => fact.key)).toEqual(['c']);
    reader.close();
  });

  test('of a fact fails the requests that need it, and no others', () => {
    storeThree();
    tamper("UPDATE facts SET data = replace(data, '1250', '9250') WHERE position = 2");
    const store = openEventStore(path);
    const submit = (id: string) =>
      ({ kind: 'submit', submission: submissionOf(payment({ transactionId: id })) }) as const;
    expect(store.commit([submit('d'), submit('b'), submit('a')])).toMatchObject([
      { kind: 'accepted', revision: 3 },
      { kind: 'failed', problem: expect.stringContaining('position 2 is damaged') },
      { kind: 'known', revision: 0 },
    ]);
    store.close();
  });

  test('is found where facts are missing', () => {
    storeThree();
    tamper('DELETE FROM facts WHERE position = 2');
    const reader = openReader(path);
    expect(() => reader.readAll(0, 10)).toThrow('position 2, is missing');
    expect(() => reader.readStream('account-alice', 0, 10)).toThrow('revision 1, is missing');
    reader.close();
  });

  test('control: without checking, the changed amount would be read', () => {
    storeThree();
    tamper("UPDATE facts SET data = replace(data, '1250', '9250') WHERE position = 2");
    const database = new DatabaseSync(path);
    expect(database.prepare('SELECT data FROM facts WHERE position = 2').get()?.data).toContain('9250');
    database.close();
  });
});

test('facts that are no transactions are read by an index of their own', () => {
  storeThree();
  const database = new DatabaseSync(path);
  const plan = database.prepare(
    "EXPLAIN QUERY PLAN SELECT data FROM facts WHERE type <> 'TransactionSubmitted' AND position > 5 ORDER BY position",
  );
  expect(plan.all().map((step) => step.detail)).toEqual([
    expect.stringContaining('facts_others (position>?)'),
  ]);
  database.close();
});

test('a transaction that fails leaves nothing behind', () => {
  storeThree();
  const store = openEventStore(path);
  const broken = { ...noteDraft(), data: 7n as unknown as string };
  const append = {
    kind: 'append',
    stream: 's',
    expectedRevision: NO_STREAM,
    facts: [noteDraft(), broken],
  } as const;
  expect(() => store.commit([append])).toThrow();
  store.close();
  const reader = openReader(path);
  expect(reader.head()).toBe(3);
  reader.close();
});
