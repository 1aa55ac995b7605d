/**
 * Durable ingest through the event store's client, as a share of raw SQLite inserts of the same bytes into the
 * same table and indexes in equal batches, taken in turns in one run.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { accountStream } from '../domain/facts.ts';
import type { Submission } from '../domain/ports.ts';
import { FACT_COLUMNS, factChecksum } from '../infra/event-store/fact-row.ts';
import { openForWriting } from '../infra/event-store/facts-database.ts';
import type { StoreClient } from '../infra/event-store/store-client.ts';
import { startStore } from '../infra/event-store/store-thread.ts';
import { payment, submissionOf } from '../infra/event-store/submission-fixture.ts';
import { startLogMerger } from '../infra/log-merger/log-merger.ts';
import { median, report } from './report.ts';

const ACCOUNTS = 5_000;
const ROUNDS = 5;
const IN_FLIGHT = 64;
/** As many as the store's thread takes into one transaction. */
const BULK = 1_000;
const PAGE = 1_000;

function submissions(count: number): Submission[] {
  return Array.from({ length: count }, () => {
    const accountId = `account-${Math.floor(Math.random() * ACCOUNTS)}`;
    return submissionOf(payment({ accountId, transactionId: randomUUID() }));
  });
}

function perSecond(count: number, startMs: number): number {
  return (count / (performance.now() - startMs)) * 1_000;
}

/** Raw inserts, with all that the store works out for each fact worked out beforehand. */
function rawInserter(database: DatabaseSync): (batch: number, all: Submission[]) => number {
  const insert = database.prepare(
    `INSERT INTO facts (${FACT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const revisions = new Map<string, number>();
  let position = 0;
  return (batch, all) => {
    const rows = all.map(({ accountId, draft }) => {
      const stream = accountStream(accountId);
      const revision = revisions.get(stream) ?? 0;
      revisions.set(stream, revision + 1);
      const { key, eventId, type, schemaVersion, data, personal, metadata } = draft;
      const checksum = factChecksum(++position, stream, revision, draft);
      return [
        position,
        stream,
        revision,
        key,
        eventId,
        type,
        schemaVersion,
        data,
        personal,
        metadata,
        checksum,
      ] as const;
    });
    const start = performance.now();
    for (let at = 0; at < rows.length; at += batch) {
      database.exec('BEGIN IMMEDIATE');
      for (const row of rows.slice(at, at + batch)) insert.run(...row);
      database.exec('COMMIT');
    }
    return perSecond(rows.length, start);
  };
}

async function singles(client: StoreClient, all: Submission[], latenciesMs: number[]): Promise<number> {
  let next = 0;
  const start = performance.now();
  const lane = async () => {
    while (next < all.length) {
      const submission = all[next++]!;
      const sentMs = performance.now();
      await client.submit(submission);
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return perSecond(all.length, start);
}

async function bulk(client: StoreClient, all: Submission[]): Promise<number> {
  const start = performance.now();
  // Two bulk requests at a time: one is stored while the next is handed in.
  const sender = async (from: number) => {
    for (let at = from; at < all.length; at += 2 * BULK) {
      await Promise.all(all.slice(at, at + BULK).map((submission) => client.submit(submission)));
    }
  };
  await Promise.all([sender(0), sender(BULK)]);
  return perSecond(all.length, start);
}

function scanned(client: StoreClient): number {
  const start = performance.now();
  let at = 0;
  for (let page = client.reader.readAll(at, PAGE); page.length > 0; page = client.reader.readAll(at, PAGE)) {
    at = page.at(-1)!.position;
  }
  return perSecond(at, start);
}

function rawScanned(database: DatabaseSync): number {
  const select = database.prepare(
    `SELECT ${FACT_COLUMNS} FROM facts WHERE position > ? ORDER BY position LIMIT ?`,
  );
  const start = performance.now();
  let at = 0;
  for (let page = select.all(at, PAGE); page.length > 0; page = select.all(at, PAGE))
    at = Number(page.at(-1)!.position);
  return perSecond(at, start);
}

/** Runs both in turns. @returns the medians */
async function inTurns(ours: () => Promise<number> | number, raw: () => number): Promise<[number, number]> {
  const figures: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    figures[0].push(await ours());
    figures[1].push(raw());
  }
  return [median(figures[0]), median(figures[1])];
}

function reportRatio(name: string, [ours, raw]: [number, number], against: string): void {
  report({ name, value: ours, unit: '1/s', ratio: ours / raw, against: `${against}: ${Math.round(raw)}/s` });
}

// In the working folder, not in the system's for temporary files: that may be memory, which syncs nothing.
const folder = mkdtempSync('data-bench-ingest-');
try {
  const store = await startStore(join(folder, 'facts.db'));
  const merger = startLogMerger([join(folder, 'facts.db')]);
  const database = openForWriting(join(folder, 'raw.db'));
  const rawInsert = rawInserter(database);
  const latenciesMs: number[] = [];

  const bulkFigures = await inTurns(
    () => bulk(store.client, submissions(20_000)),
    () => rawInsert(BULK, submissions(20_000)),
  );
  reportRatio('ingest bulk', bulkFigures, `raw inserts, batches of ${BULK}`);
  const singleFigures = await inTurns(
    () => singles(store.client, submissions(10_000), latenciesMs),
    () => rawInsert(IN_FLIGHT, submissions(10_000)),
  );
  reportRatio(`ingest singly, ${IN_FLIGHT} in flight`, singleFigures, `raw inserts, batches of ${IN_FLIGHT}`);
  latenciesMs.sort((a, b) => a - b);
  for (const quantile of [0.5, 0.99]) {
    const value = latenciesMs[Math.floor(latenciesMs.length * quantile)]!;
    report({ name: `ingest singly, ${IN_FLIGHT} in flight, p${quantile * 100}`, value, unit: 'ms' });
  }
  const scanFigures = await inTurns(
    () => scanned(store.client),
    () => rawScanned(database),
  );
  reportRatio('read all facts, checksums verified', scanFigures, 'raw select, nothing verified');
  database.close();
  await merger.close();
  await store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
