import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from './decision.ts';
import { DecisionSum } from './decision-sum.ts';

const decision = (revision: number, changed: Partial<Decision> = {}): Decision => ({
  accountId: 'a',
  transactionId: `t${revision}`,
  revision,
  position: revision + 7,
  occurredAtMs: 1,
  score: 12.5,
  decision: 'approve',
  reasons: ['R'],
  hits: [{ rule: 'r', points: 12.5, reason: 'R' }],
  features: [1, null, 'x', true],
  undefinedRules: [],
  ruleSet: { name: 's', version: 1 },
  lateByMs: 0,
  origin: 'live',
  ...changed,
});

function summed(decisions: readonly Decision[]) {
  const sum = new DecisionSum();
  for (const each of decisions) sum.add(each);
  return sum.summed;
}

/** By the text that is documented, and big integers. */
function naive(decisions: readonly Decision[]): string {
  const sum = decisions.reduce((total, each) => {
    const hits = each.hits.map((hit) => [hit.rule, hit.points, hit.reason]);
    const { accountId, revision, transactionId, occurredAtMs, score, reasons, features } = each;
    const head = [accountId, revision, transactionId, occurredAtMs, score, each.decision, reasons, hits];
    const { undefinedRules, ruleSet, lateByMs, origin } = each;
    const text = JSON.stringify([
      ...head,
      ...[features, undefinedRules, ruleSet.name, ruleSet.version, lateByMs, origin],
    ]);
    return total + BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  }, 0n);
  return (sum % 2n ** 256n).toString(16).padStart(64, '0');
}

test('is the sum of the digests modulo 2^256, in any order and however shared out', () => {
  const some = fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 });
  fc.assert(
    fc.property(some, some, (one, other) => {
      const [a, b] = [one.map((i) => decision(i)), other.map((i) => decision(i))];
      const sum = new DecisionSum();
      sum.addSum(summed(b));
      for (const each of a.toReversed()) sum.add(each);
      expect(sum.summed).toEqual({ count: a.length + b.length, digest: naive([...a, ...b]) });
      expect(summed([...a, ...b])).toEqual(sum.summed);
    }),
  );
});

test('every field counts, but not the position', () => {
  const base = summed([decision(1)]).digest;
  const changes: Partial<Decision>[] = [
    { accountId: 'b' },
    { transactionId: 'u' },
    { revision: 2 },
    { occurredAtMs: 2 },
    { score: null },
    { decision: 'review' },
    { reasons: [] },
    { hits: [{ rule: 'r', points: 12, reason: 'R' }] },
    { features: [1, null, 'x', false] },
    { undefinedRules: ['r'] },
    { ruleSet: { name: 's', version: 2 } },
    { lateByMs: 1 },
    { origin: 'import' },
  ];
  const digests = changes.map((changed) => summed([decision(1, changed)]).digest);
  expect(new Set([base, ...digests]).size).toBe(changes.length + 1);
  expect(summed([decision(1, { position: 99 })]).digest).toBe(base);
});

test('stays what it was: seals that are stored hold it', () => {
  expect(summed([decision(1), decision(2)])).toMatchInlineSnapshot(`
{
  "count": 2,
  "digest": "2cdaca22e95398654f95c22acb47499a6913a15ec9614b27fe01bb24cad22a49",
}
`);
});
