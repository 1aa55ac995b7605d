import { isDeepStrictEqual } from 'node:util';
import type { CanonicalDecision } from './decide.ts';
import { type Expectation, type Seal, sealOf } from './expectation.ts';
import type { History } from './history.ts';

/** What is otherwise than expected, in words that name the first transaction; null where all is as it was. */
export function differenceFrom(
  { seal, decisions: expected }: Expectation,
  history: History,
  decisions: readonly CanonicalDecision[],
): string | null {
  const now = sealOf(seal.semantics, history, decisions);
  const first = firstDifference(expected, decisions);
  if (first !== null) return [first, accountsIn(seal, now), otherInput(seal, now)].filter(Boolean).join('; ');
  if (isDeepStrictEqual(now, seal)) return null;
  return otherInput(seal, now) || 'the decisions that are kept are not those that were sealed';
}

/** The first transaction that is decided otherwise, and in what. */
export function firstDifference(
  expected: readonly CanonicalDecision[],
  decisions: readonly CanonicalDecision[],
): string | null {
  for (let i = 0; i < Math.max(expected.length, decisions.length); i++) {
    const was = expected[i];
    const is = decisions[i];
    if (isDeepStrictEqual(was, is)) continue;
    const { transactionId, accountId } = (was ?? is)!;
    const which = `decision ${i + 1}, transaction ${transactionId} of account ${accountId}`;
    if (was === undefined) return `${which}, was never made before`;
    if (is === undefined) return `${which}, is not made any more`;
    return `${which}: ${changes(was, is).join(', ')}`;
  }
  return null;
}

/** One `field was …, is …` for all that differ. */
function changes(was: CanonicalDecision, is: CanonicalDecision): string[] {
  const before = fieldsOf(was);
  const after = fieldsOf(is);
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => !isDeepStrictEqual(before[name], after[name]))
    .map((name) => `${name} was ${shown(before[name])}, is ${shown(after[name])}`);
}

function fieldsOf({ features, ...rest }: CanonicalDecision): Record<string, unknown> {
  const named = Object.entries(features).map(([name, value]) => [`feature ${name}`, value]);
  return { ...Object.fromEntries(named), ...rest };
}

const shown = (value: unknown): string => (value === undefined ? 'not there' : JSON.stringify(value));

function accountsIn(before: Seal, now: Seal): string {
  const ids = [...new Set([...Object.keys(before.accounts), ...Object.keys(now.accounts)])];
  const differ = ids.filter((id) => before.accounts[id] !== now.accounts[id]);
  return `decisions of ${differ.length} of ${ids.length} accounts differ`;
}

function otherInput(before: Seal, now: Seal): string {
  const changed = (['transactions', 'labels', 'lists', 'rates'] as const).filter(
    (name) => before[name] !== now[name],
  );
  return changed.length === 0 ? '' : `the ${changed.join(' and ')} are not those that were sealed`;
}
