import { type FactExcluded, type FactReadmitted, factData, type StoredFact } from './facts.ts';

/** What a FactExcluded or FactReadmitted says, in the order of its account's stream. */
export interface Exclusion {
  /** Of the fact that says it. */
  revision: number;
  /** Revision of the fact it is about. */
  about: number;
  kind: 'excluded' | 'readmitted';
  /** See FactExcluded; false of a readmission. */
  unread: boolean;
}

const NONE: ReadonlySet<number> = new Set();

/** What the fact says, if it is such a fact. @throws UnknownSchemaVersion */
export function exclusionOf(fact: StoredFact): Exclusion | undefined {
  const { type, revision } = fact;
  if (type === 'FactExcluded') {
    const { revision: about, unread } = factData<FactExcluded>(fact);
    return { revision, about, kind: 'excluded', unread };
  }
  if (type === 'FactReadmitted') {
    return { revision, about: factData<FactReadmitted>(fact).revision, kind: 'readmitted', unread: false };
  }
  return undefined;
}

/**
 * The revisions that count as if they were not there, for the account's state as of `revision`: a pure function of
 * the stream. The last thing said of a fact up to there counts. Where nothing was said yet, but the first thing said
 * later excludes it as unread, it was out from the beginning: nothing was decided between.
 * @param exclusions all of the account, in the order of their revisions; they may reach further than `revision`
 */
export function leftOut(exclusions: readonly Exclusion[], revision: number): ReadonlySet<number> {
  if (exclusions.length === 0) return NONE;
  const out = new Set<number>();
  const spoken = new Set<number>();
  for (const { revision: at, about, kind, unread } of exclusions) {
    if (at <= revision ? kind === 'excluded' : unread && !spoken.has(about)) out.add(about);
    else if (at <= revision) out.delete(about);
    spoken.add(about);
  }
  return out;
}

/** Whether the fact itself is passed by unread. */
export function isPassed(exclusions: readonly Exclusion[], revision: number): boolean {
  return exclusions.find(({ about }) => about === revision)?.unread === true;
}

export type ExclusionCommand = 'exclude' | 'readmit';

/** What speaks for or against a command. */
export interface ExclusionCase {
  command: ExclusionCommand;
  /** The fact it is about, if there is one at that revision. */
  fact: StoredFact | undefined;
  /** Whether this version can read it. */
  readable: boolean;
  /** All of the account. */
  exclusions: readonly Exclusion[];
  /** Whether a processor has gone past the fact. */
  decided: boolean;
}

/** Why the command is refused, as a sentence, or undefined where it may be done. */
export function exclusionRefusal({
  command,
  fact,
  readable,
  exclusions,
  decided,
}: ExclusionCase): string | undefined {
  if (fact === undefined) return 'The account has no fact of this revision.';
  const { type, revision } = fact;
  if (type === 'FactExcluded' || type === 'FactReadmitted') {
    return `Revision ${revision} is itself a ${type}; name the fact it is about, and ${command === 'exclude' ? 'readmit or exclude' : 'exclude or readmit'} that.`;
  }
  const said = exclusions.filter(({ about }) => about === revision);
  const isOut = said.at(-1)?.kind === 'excluded';
  if (command === 'exclude' && isOut) return `Revision ${revision} is excluded already.`;
  if (command === 'readmit' && !isOut) return `Revision ${revision} is not excluded.`;
  if (readable) return undefined;
  if (command === 'readmit') {
    return `Revision ${revision} has a type or schema version that this version of Shrike cannot read (${type} ${fact.schemaVersion}); upgrade Shrike first.`;
  }
  if (decided || said.length > 0) {
    return `Revision ${revision} was read by a newer version of Shrike already, and decisions follow from it; upgrade Shrike to exclude it.`;
  }
  return undefined;
}
