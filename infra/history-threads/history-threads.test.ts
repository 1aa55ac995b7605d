import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SealChain } from '../../processors/seal-chain.ts';
import { readingStore } from '../event-store/reading-store.ts';
import { sqliteRiskRebuild } from '../read-model/decisions-rebuild.ts';
import { openRiskDatabase } from '../read-model/risk-database.ts';
import { sqliteRiskStore } from '../read-model/sqlite-risk-store.ts';
import { rebuildInThreads } from './refold-in-threads.ts';
import { type DecidedFolder, decidedFolder } from './testing/decided-folder.ts';
import { verifyInThreads } from './verify-in-threads.ts';

const TRANSACTIONS = 600;
let folder: DecidedFolder;
beforeAll(async () => {
  folder = await decidedFolder(TRANSACTIONS);
}, 30_000);
afterAll(() => folder.remove());

const verified = (threads: number) =>
  verifyInThreads(
    { kind: 'folder', factsPath: folder.factsPath, riskPath: folder.riskPath },
    threads,
    () => undefined,
    1,
  );

/** What `rebuildInThreads` leaves in the tables of a copy. */
async function rebuiltIn(threads: number) {
  const store = readingStore(folder.factsPath);
  const database = openRiskDatabase(folder.riskPath);
  try {
    const [risk, rebuild] = [sqliteRiskStore(database), sqliteRiskRebuild(database)];
    const result = await rebuildInThreads({ kind: 'file', path: folder.factsPath }, threads, {
      store,
      risk,
      rebuild,
    });
    return { result, rows: rows(database) };
  } finally {
    database.close();
    store.close();
  }
}

const rows = (database: ReturnType<typeof openRiskDatabase>) =>
  [
    'SELECT * FROM decisions ORDER BY position',
    'SELECT * FROM snapshots ORDER BY account_id',
    'SELECT * FROM checkpoints',
  ].map((sql) => database.prepare(sql).all());

test('verification and rebuild are the same however many threads', async () => {
  const database = openRiskDatabase(folder.riskPath, { readOnly: true });
  const before = rows(database);
  database.close();
  const one = await verified(1);
  expect(one).toMatchObject({ decisions: TRANSACTIONS, differ: 0, first: null });
  expect(one.alerts).toBeGreaterThan(20);
  expect(await verified(3)).toEqual(one);
  const { result, rows: after } = await rebuiltIn(3);
  expect(result).toEqual({ decisions: TRANSACTIONS, position: one.through });
  expect(after).toEqual(before);
}, 60_000);

test('whatever is changed, the count of differences and the first are the same however many threads', async () => {
  const change = fc.record({
    at: fc.nat({ max: TRANSACTIONS - 1 }),
    what: fc.constantFrom(
      'UPDATE decisions SET score = 1.5',
      "UPDATE decisions SET account_id = 'a3x'",
      'UPDATE decisions SET hits = \'[]\', reasons = \'["MANY","X"]\'',
      'DELETE FROM decisions',
      'UPDATE decisions SET position = -position',
    ),
  });
  const changes = fc.uniqueArray(change, { selector: ({ at }) => at, minLength: 3, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(changes, async (made) => {
      await folder.rebuild();
      for (const { at, what } of made) folder.changeDecisions(`${what} WHERE transaction_id = 't${at}'`);
      const one = await verified(1);
      expect(one.differ).toBeGreaterThanOrEqual(1);
      expect(await verified(3)).toEqual(one);
    }),
    { numRuns: 2 },
  );
}, 120_000);

test('the history of other entities, labels, late transactions and exclusions is sealed as it was once: for ever', async () => {
  const whole = await decidedFolder(TRANSACTIONS);
  try {
    await whole.seal(200);
    const store = readingStore(whole.factsPath);
    const seals = await new SealChain(store).readOn();
    store.close();
    expect(seals.map(({ from, to, count, digest }) => [from, to, count, digest])).toMatchInlineSnapshot(`
[
  [
    0,
    229,
    200,
    "02083f7343d7d05e4edff69d77545c0d639ddbacf2429b8e27748af1f635d264",
  ],
  [
    229,
    454,
    200,
    "63f776fe9b595c4e331b3deb96d088fae3b518772c8de0d1302bdd35c56beb2f",
  ],
  [
    454,
    682,
    200,
    "a084d090fddff4e86b2c8ed7f635d18ecb11670afc4ec7ba0929e8b6f6c635c4",
  ],
]
`);
  } finally {
    whole.remove();
  }
}, 60_000);

test('an amount that was changed where it is stored shows as the first transaction it decides otherwise, and breaks a seal', async () => {
  await folder.rebuild();
  await folder.seal(50);
  const one = await verified(1);
  expect(one).toMatchObject({ differ: 0, seals: { broken: 0 } });
  expect(one.seals.hold).toBeGreaterThan(TRANSACTIONS / 50 - 2);
  folder.changeFact(300, (data) => {
    data.amountBaseMinor = data.amountBaseMinor! + 1;
  });
  const told = await verified(1);
  expect(told.decisions).toBe(one.decisions);
  expect(told.first).toMatchObject({
    position: 300,
    differences: [expect.stringMatching(/^feature paid: recorded/)],
  });
  expect(told.seals.first!.from).toBeLessThan(300);
  expect(told.seals.first!.to).toBeGreaterThanOrEqual(300);
  expect(await verified(3)).toEqual(told);
}, 60_000);
