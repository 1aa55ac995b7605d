import fc from 'fast-check';
import { accountStream, type FactDraft, ruleSetStream } from '../../domain/facts.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { activated, draft, published, submitted } from './facts.ts';

/** A fact to be appended, by whoever appends it. */
export interface Written {
  stream: string;
  fact: FactDraft;
}

/** One thing that happens: transactions of an account, another fact of it, or a rule set put in force. */
export type Happening =
  | { kind: 'pay'; account: number; times: number; amountMinor: number; imported: boolean }
  | { kind: 'note'; account: number }
  | { kind: 'activate'; ruleSet: number };

const ACCOUNTS = 5;

export const happenings = (ruleSets: number): fc.Arbitrary<Happening[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('pay' as const),
          account: fc.nat(ACCOUNTS - 1),
          times: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.constant(140)),
          amountMinor: fc.nat(15),
          imported: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('note' as const), account: fc.nat(ACCOUNTS - 1) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('activate' as const), ruleSet: fc.nat(ruleSets - 1) }),
      },
    ),
    { minLength: 1, maxLength: 30 },
  );

/** The facts of what happens, in order. Each activation publishes its version first. */
export function written(happening: readonly Happening[], ruleSets: readonly RuleSet[]): Written[] {
  let count = 0;
  const versions = new Map<string, number>();
  const activate = (ruleSet: RuleSet): Written[] => {
    const version = (versions.get(ruleSet.name) ?? 0) + 1;
    versions.set(ruleSet.name, version);
    const stream = ruleSetStream(ruleSet.name);
    return [
      { stream, fact: published(ruleSet, version) },
      { stream, fact: activated(ruleSet.name, version) },
    ];
  };
  return happening.flatMap((event) => {
    if (event.kind === 'pay') return Array.from({ length: event.times }, () => pay(event, count++));
    if (event.kind === 'activate') return activate(ruleSets[event.ruleSet]!);
    return [{ stream: accountStream(`a${event.account}`), fact: draft('AlertNoted', {}) }];
  });
}

const START_MS = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;

/** Times go on by some hours; now and then one is late by days, or by weeks. */
function pay(
  { account, amountMinor, imported }: Extract<Happening, { kind: 'pay' }>,
  count: number,
): Written {
  const accountId = `a${account}`;
  const lateHours = count % 11 === 10 ? 24 * (amountMinor + 1) * (count % 3) : 0;
  const occurredAt = new Date(START_MS + (count * 5 - lateHours) * HOUR_MS).toISOString();
  const transaction = { accountId, transactionId: `t${count}`, amountMinor, occurredAt };
  return {
    stream: accountStream(accountId),
    fact: submitted({ ...transaction, deviceId: `d${(count * 7) % 5}` }, imported ? 'import' : 'live'),
  };
}
