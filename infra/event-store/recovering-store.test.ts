import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { NO_STREAM } from '../../domain/facts.ts';
import { openRecoveringStore, type RecoveringStore } from './recovering-store.ts';
import type { StoreRequest } from './store-request.ts';
import { noteDraft } from './submission-fixture.ts';

let folder: string;
let path: string;
let store: RecoveringStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-recovering-'));
  path = join(folder, 'facts.db');
  store = openRecoveringStore(path);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const append = (stream: string): StoreRequest => ({
  kind: 'append',
  stream,
  expectedRevision: NO_STREAM,
  facts: [noteDraft()],
});

/** A value SQLite cannot take stands for whatever makes a transaction fail half-way. */
const failing = (): StoreRequest => ({
  kind: 'append',
  stream: 'failing',
  expectedRevision: NO_STREAM,
  facts: [noteDraft(), { ...noteDraft(), data: {} as string }],
});

function tamper(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

test('a transaction that failed stores nothing of any of its requests, and the next one goes on', () => {
  store.commit([append('a')]);
  expect(() => store.commit([append('b'), failing(), append('c')])).toThrow('must be of type string');
  expect(store.head()).toBe(1);
  expect(store.commit([append('b')])).toEqual([{ kind: 'appended', revision: 0, position: 2 }]);
  expect(store.head()).toBe(2);
});

test('does not go on without what it has acknowledged', () => {
  store.commit([append('a'), append('b')]);
  tamper('DELETE FROM facts WHERE position = 2');
  expect(() => store.commit([failing()])).toThrow('must be of type string');
  const lost = /acknowledged at position 2 is no longer in/;
  expect(() => store.commit([append('c')])).toThrow(lost);
  expect(() => store.commit([append('c')])).toThrow(lost);
});

test('does not go on where what it has acknowledged was changed', () => {
  store.commit([append('a')]);
  tamper("UPDATE facts SET data = '{}'");
  expect(() => store.commit([failing()])).toThrow('must be of type string');
  expect(() => store.commit([append('b')])).toThrow('position 1 is damaged');
});

test('control: one that is not reopened would stand in a half-done transaction', () => {
  const database = new DatabaseSync(path);
  database.exec('BEGIN IMMEDIATE');
  expect(() => database.prepare('INSERT INTO facts (position) VALUES (?)').run({} as never)).toThrow();
  expect(() => database.exec('BEGIN IMMEDIATE')).toThrow('within a transaction');
  database.close();
});
