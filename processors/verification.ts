import type { SummedDecisions } from '../domain/decision-sum.ts';
import type { DecisionsSealed } from '../domain/facts.ts';
import type { Difference } from './alert-check.ts';
import { checkSeals, type SealVerification, sealsUpTo } from './seal-check.ts';

/** What came of verifying some accounts. */
export interface VerifiedPart {
  /** Decisions recomputed. */
  decisions: number;
  /** Alerts that are as they must be. */
  alerts: number;
  /** Decisions and alerts that are missing, too many or not as recomputed. */
  differ: number;
  /** The lowest byPlace. */
  first: Difference | null;
  /** Of each sealed range, its decisions. */
  sealed: readonly SummedDecisions[];
}

export interface Verification extends Omit<VerifiedPart, 'sealed'> {
  /** Everything up to here was compared: the lowest of the processors' checkpoints at the start. */
  through: number;
  seals: SealVerification;
}

/** Whether everything is as it was. */
export const holds = ({ differ, seals }: Verification): boolean => differ === 0 && seals.broken === 0;

/** By position, and of several at one, by account: the same whoever meets them first. */
export const byPlace = (a: Difference, b: Difference): number =>
  a.position - b.position || (a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : 0);

/**
 * What came of all parts, each of other accounts: the same however they are shared out.
 * @param seals all of the store; the parts summed those up to `through`
 */
export function together(
  parts: readonly VerifiedPart[],
  seals: readonly DecisionsSealed[],
  through: number,
): Verification {
  const sum = (count: (part: VerifiedPart) => number) => parts.reduce((all, part) => all + count(part), 0);
  const firsts = parts.map(({ first }) => first).filter((first) => first !== null);
  return {
    decisions: sum(({ decisions }) => decisions),
    alerts: sum(({ alerts }) => alerts),
    through,
    differ: sum(({ differ }) => differ),
    first: firsts.toSorted(byPlace)[0] ?? null,
    seals: checkSeals(
      seals,
      sealsUpTo(seals, through),
      parts.map(({ sealed }) => sealed),
    ),
  };
}
