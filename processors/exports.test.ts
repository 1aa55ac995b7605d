import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import type { ExportRecord } from '../domain/export-record.ts';
import { accountStream, alertStream } from '../domain/facts.ts';
import type { Exports } from '../domain/ports.ts';
import { submitted } from './test-support/facts.ts';
import { overriding } from './test-support/overriding.ts';
import { WINDOW_RULES } from './test-support/window-rules.ts';
import { World } from './test-support/world.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let world: World;
let told: ExportRecord[];
const telling = (deliver: Exports['deliver'] = async () => true): Exports => ({
  deliver: async (from, records) => {
    await setImmediate();
    told.push(...records);
    return deliver(from, records);
  },
});

beforeEach(() => {
  world = new World();
  told = [];
  world.activate(WINDOW_RULES[0]!);
});

const payOften = () => Array.from({ length: 4 }, () => world.pay('a'));

test('every decision is told, and the suspicion where there is one, after its alert and before it is recorded', async () => {
  payOften();
  const seen: string[] = [];
  const { store } = world;
  const exports = telling(async () => {
    seen.push('told');
    return true;
  });
  const append = (...args: Parameters<typeof store.append>) => {
    seen.push('alert');
    return store.append(...args);
  };
  const onCommitted = () => seen.push('committed');
  await world.settle(world.processor({ exports, store: overriding(store, { append }), onCommitted }));
  expect(seen.slice(0, 3)).toEqual(['alert', 'told', 'committed']);
  expect(told.map(({ topic, revision }) => `${topic} ${revision}`)).toEqual([
    'risk-scores 0',
    'risk-scores 1',
    'risk-scores 2',
    'risk-scores 3',
    'fraud-suspected 3',
  ]);
  const [score, suspected] = told.slice(3).map(({ value }) => JSON.parse(value));
  expect(score).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    accountId: 'a',
    transactionId: 't3',
    revision: 3,
    position: '6',
    occurredAt: '2026-03-01T03:00:00.000Z',
    score: 30,
    decision: 'review',
    reasons: ['OFTEN'],
    ruleSet: { name: 'strict', version: 1 },
    lateByMs: 0,
    origin: 'live',
  });
  const { alertId, ...opening } = JSON.parse(world.alerts()[0]!.data);
  expect(suspected).toEqual({ ...opening, id: alertId, position: '6' });
  expect(told[4]!.id).toBe(score.id);
});

test('what was told but not recorded is told again, to the byte the same', async () => {
  payOften();
  const { risk } = world;
  const killed = world.processor({
    exports: telling(),
    risk: overriding(risk, { commit: () => new Promise(() => {}) }),
  });
  void killed.run();
  while (told.length === 0) await setImmediate();
  // It waits for its commit for ever.
  killed.stop();
  const first = told.splice(0);
  await world.settle(world.processor({ exports: telling() }));
  expect(told.slice(0, first.length)).toEqual(first);
});

test('history that was imported is told as such, and no suspicion of it', async () => {
  for (let i = 0; i < 5; i++) {
    const payment = { accountId: 'b', transactionId: `i${i}` };
    world.store.appendAny(accountStream('b'), [submitted(payment, 'import')]);
  }
  await world.settle(world.processor({ exports: telling() }));
  expect(told.map(({ topic, value }) => `${topic} ${JSON.parse(value).origin}`)).toEqual(
    Array(5).fill('risk-scores import'),
  );
});

test('the trace that a transaction came with goes on to what is told of it, and to its alert', async () => {
  payOften();
  const payment = { accountId: 'a', transactionId: 'traced', occurredAt: '2026-03-01T03:30:00Z' };
  const metadata = JSON.stringify({ traceparent: TRACE });
  world.store.appendAny(accountStream('a'), [{ ...submitted(payment), metadata }]);
  await world.settle(world.processor({ exports: telling() }));
  expect(told.slice(-2).map(({ traceparent }) => traceparent)).toEqual([TRACE, TRACE]);
  expect(told[0]!.traceparent).toBeNull();
  const alert = world.store.facts.find(({ stream }) => stream === alertStream(told.at(-1)!.id));
  expect(alert!.metadata).toBe(metadata);
});

test('who hears that another owns the partition records nothing', async () => {
  payOften();
  let isOwner = false;
  const exports = telling(async () => isOwner);
  const processor = world.processor({ exports });
  const ended = processor.run();
  while (processor.status(0).ownershipLost === 0) await setImmediate();
  expect(world.risk.decisions).toEqual([]);
  isOwner = true;
  while (world.risk.decisions.length === 0) await setImmediate();
  processor.stop();
  await ended;
});
