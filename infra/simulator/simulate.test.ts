import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { holdsCardNumber } from '../../domain/door/card-number.ts';
import { parseTransaction } from '../../domain/door/parse-transaction.ts';
import { DAY_MS } from './payment.ts';
import { type SimulatedTransaction, type SimulationOptions, simulate } from './simulate.ts';
import { FRAUD_PATTERNS, LOOK_ALIKES } from './truth.ts';

const options: SimulationOptions = {
  seed: '1',
  cardholders: 600,
  days: 20,
  plantedDays: 6,
  endMs: Date.UTC(2026, 10, 24, 9, 30),
};

const streams = new Map<string, SimulatedTransaction[]>();
function streamOf(seed: string): SimulatedTransaction[] {
  const known = streams.get(seed);
  if (known !== undefined) return known;
  const stream = [...simulate({ ...options, seed })];
  streams.set(seed, stream);
  return stream;
}

function hashOf(stream: Iterable<SimulatedTransaction>): string {
  const hash = createHash('sha256');
  for (const { transaction, truth } of stream) hash.update(`${JSON.stringify([transaction, truth])}\n`);
  return hash.digest('hex');
}

describe('the same seed', () => {
  test('gives the same stream on every machine', () => {
    expect(hashOf(streamOf('1'))).toBe(PINNED);
  });

  test('gives the same payments under other ids at another time', () => {
    const later = [...simulate({ ...options, endMs: options.endMs + 3 * DAY_MS + 1 })];
    const strip = (stream: readonly SimulatedTransaction[], byMs: number) =>
      stream
        .slice(0, 2_000)
        .map(({ transaction: { transactionId, accountId, occurredAt, ...details }, occurredAtMs }) => ({
          ...details,
          occurredAtMs: occurredAtMs - byMs,
          holder: accountId.slice(-5),
        }));
    expect(strip(later, 3 * DAY_MS + 1)).toEqual(strip(streamOf('1'), 0));
    expect(later[0]!.transaction.transactionId).not.toBe(streamOf('1')[0]!.transaction.transactionId);
  });
});

test('another seed gives another stream with about as much of each pattern', () => {
  const [one, two] = ['1', '2'].map((seed) => incidentsOf(streamOf(seed)));
  expect(hashOf(streamOf('2'))).not.toBe(PINNED);
  for (const pattern of [...FRAUD_PATTERNS, ...LOOK_ALIKES]) {
    const counts = [one!.get(pattern)!.size, two!.get(pattern)!.size];
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(Math.max(2, 0.4 * counts[0]!));
  }
});

describe.each(['1', '2', '3'])('the stream of seed %s', (seed) => {
  const stream = streamOf(seed);

  test('holds only transactions the door takes, without card numbers', () => {
    const refused = stream.filter(({ transaction }) => {
      const { accountId, cardToken = '', deviceId = '', counterpartyId = '' } = transaction;
      const holds = [accountId, cardToken, deviceId, counterpartyId].some(holdsCardNumber);
      return holds || 'problems' in parseTransaction(transaction);
    });
    expect(refused).toEqual([]);
  });

  test('is in order of time, dense to its end and not beyond it', () => {
    const times = stream.map(({ occurredAtMs }) => occurredAtMs);
    const startMs = options.endMs - options.days * DAY_MS;
    expect(times.filter((ms, i) => ms < (times[i - 1] ?? startMs))).toEqual([]);
    expect(
      stream.filter(({ transaction, occurredAtMs }) => Date.parse(transaction.occurredAt) !== occurredAtMs),
    ).toEqual([]);
    expect(times.at(-1)).toBeLessThan(options.endMs);
    expect(times.at(-1)).toBeGreaterThan(options.endMs - DAY_MS / 4);
  });

  test('names every transaction once', () => {
    expect(new Set(stream.map(({ transaction }) => transaction.transactionId)).size).toBe(stream.length);
  });

  test('plants frauds in the last days only, each in one account, and little of it', () => {
    const frauds = stream.filter(({ truth }) => truth?.kind === 'fraud');
    const plantFromMs = options.endMs - options.plantedDays * DAY_MS;
    expect(frauds.every(({ occurredAtMs }) => occurredAtMs >= plantFromMs)).toBe(true);
    expect(frauds.length / stream.length).toBeGreaterThan(0.003);
    expect(frauds.length / stream.length).toBeLessThan(0.015);
    const accounts = new Map<string, Set<string>>();
    for (const { truth, transaction } of frauds) {
      const incident = accounts.get(truth!.incidentId) ?? new Set();
      accounts.set(truth!.incidentId, incident.add(transaction.accountId));
    }
    expect([...accounts.values()].every((incident) => incident.size === 1)).toBe(true);
  });

  test('knows of each fraud what it looks like', () => {
    const incidents = incidentsOf(stream);
    for (const incident of incidents.get('card_testing')!.values()) {
      const small = incident.filter(({ amountMinor, currency }) => currency === 'EUR' && amountMinor <= 500);
      expect(incident.length).toBeGreaterThanOrEqual(9);
      expect(incident.every(({ channel }) => channel === 'card_not_present')).toBe(true);
      expect(small.length).toBeGreaterThan(0);
    }
    for (const incident of incidents.get('structuring')!.values()) {
      expect(incident.length).toBeGreaterThanOrEqual(3);
      expect(incident.every(({ amountMinor }) => amountMinor < 1_000_000 && amountMinor >= 900_000)).toBe(
        true,
      );
    }
    for (const incident of incidents.get('account_takeover')!.values()) {
      expect(incident.every(({ country }) => country !== 'NL')).toBe(true);
      expect(incident.at(-1)!.type).toBe('transfer');
    }
  });
});

test.each([
  ['cardholders', { cardholders: 3 }],
  ['days', { days: 5 }],
  ['plantedDays', { plantedDays: 20 }],
  ['endMs', { endMs: Number.NaN }],
])('%s out of range is refused by name', (name, wrong) => {
  expect(() => simulate({ ...options, ...wrong }).next()).toThrow(
    new RegExp(`^${name} must be a whole number`),
  );
});

function incidentsOf(stream: readonly SimulatedTransaction[]) {
  const patterns = new Map<string, Map<string, SimulatedTransaction['transaction'][]>>();
  for (const { transaction, truth } of stream) {
    if (truth === null) continue;
    const incidents = patterns.get(truth.pattern) ?? new Map();
    incidents.set(truth.incidentId, [...(incidents.get(truth.incidentId) ?? []), transaction]);
    patterns.set(truth.pattern, incidents);
  }
  return patterns;
}

const PINNED = '75c079d3e4927e51596f3006efc85424f855dacabf273503be4ed8c0020a3e84';
