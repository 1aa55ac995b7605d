import { describe, expect, test } from '@jest/globals';
import { AccountCache } from './account-cache.ts';
import { emptyAccount } from './account-load.ts';
import { chainPlan } from './test-support/chain-plan.ts';
import { ruleSetOf } from './test-support/facts.ts';
import { compileWindows, WINDOW_RULES } from './test-support/window-rules.ts';

const plan = chainPlan(ruleSetOf('a', 'one'), { name: 'a', version: 1 });
const ACCOUNT_WEIGHT = 32;

function cacheOf(budgetAccounts: number, accounts: number): AccountCache {
  const cache = new AccountCache(budgetAccounts * ACCOUNT_WEIGHT);
  cache.use(plan);
  for (let i = 0; i < accounts; i++) cache.add(`${i}`, emptyAccount(plan.open()));
  return cache;
}

describe('accounts in memory', () => {
  test('leave when there are too many, those not used since last time first', () => {
    const cache = cacheOf(4, 4);
    cache.evict();
    expect(cache.size).toBe(4);
    cache.add('new', emptyAccount(plan.open()));
    cache.evict();
    expect(cache.size).toBe(4);
    cache.add('newer', emptyAccount(plan.open()));
    const isHeld = (id: string) => cache.peek(plan, id) !== undefined;
    const used = ['1', '2', '3'].find(isHeld)!;
    cache.get(used);
    cache.evict();
    expect(isHeld(used)).toBe(true);
    expect(cache.weight).toBe(4 * ACCOUNT_WEIGHT);
  });

  test('are weighed by the events they hold', () => {
    const cache = cacheOf(2, 2);
    const account = cache.get('0')!;
    const full = { ...plan.openFull(), eventsHeld: 40 };
    account.full = full as typeof account.full;
    cache.changed(account, true);
    expect(cache.weight).toBe(2 * ACCOUNT_WEIGHT + 40);
    cache.evict();
    expect(cache.weight).toBeLessThanOrEqual(2 * ACCOUNT_WEIGHT);
  });

  test('let go of every event once transactions have long stopped reaching back', () => {
    const cache = cacheOf(2, 1);
    const account = cache.get('0')!;
    account.full = plan.openFull();
    for (let i = 0; i < 127; i++) cache.changed(account, false);
    expect(account.full).not.toBeNull();
    cache.changed(account, true);
    for (let i = 0; i < 128; i++) cache.changed(account, false);
    expect(account.full).toBeNull();
  });

  test('are dropped for a plan with other columns, kept for one with the same', () => {
    const cache = cacheOf(2, 2);
    cache.use(chainPlan(ruleSetOf('b', 'one'), { name: 'b', version: 1 }));
    expect(cache.size).toBe(2);
    expect(cache.peek(plan, '0')).toBeDefined();
    const other = chainPlan(ruleSetOf('c', 'two'), { name: 'c', version: 1 });
    expect(cache.peek(other, '0')).toBeUndefined();
    cache.use(other);
    expect([cache.size, cache.weight]).toEqual([0, 0]);
  });

  test('an attribute read as another type makes other columns', () => {
    const [rules] = WINDOW_RULES;
    const version = { name: 'strict', version: 1 };
    const asText = compileWindows({ ...rules!, fields: { basket: 'string' } }, version);
    const asNumber = compileWindows({ ...rules!, fields: { basket: 'number' } }, version);
    expect(asText.hash).not.toBe(asNumber.hash);
  });
});

describe('snapshots', () => {
  test('are spaced by 128 revisions, or by as many as the account holds events', () => {
    const cache = cacheOf(10, 2);
    const small = cache.get('0')!;
    const large = cache.get('1')!;
    const revisions = (id: string, held: number, count: number) => {
      const account = id === '0' ? small : large;
      const taken: number[] = [];
      for (let revision = 0; revision < count; revision++) {
        account.state = { revision, eventsHeld: held } as typeof account.state;
        account.eventId = `event ${revision}`;
        cache.changed(account, false);
        taken.push(...cache.takeSnapshots(plan).map((snapshot) => snapshot.revision));
      }
      return taken;
    };
    expect(revisions('0', 5, 500)).toEqual([127, 255, 383]);
    expect(revisions('1', 300, 1_000)).toEqual([299, 599, 899]);
  });
});
