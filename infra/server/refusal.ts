import { type StoredFact, UnknownSchemaVersion } from '../../domain/facts.ts';

/** Why a thread did not do what it was asked, as another thread can be told. */
export interface Refusal {
  problem: string;
  /** The fact that this version cannot read, where that is why. */
  unreadable: StoredFact | null;
}

export function refusalOf(error: unknown): Refusal {
  return {
    problem: error instanceof Error ? error.message : String(error),
    unreadable: error instanceof UnknownSchemaVersion ? error.fact : null,
  };
}

export function errorOf({ problem, unreadable }: Refusal): Error {
  return unreadable === null ? new Error(problem) : new UnknownSchemaVersion(unreadable);
}
