import type { Excluding, FactAnswer, FactCommand, FactView } from '../../../api/services.ts';
import { exclusionRefusal } from '../../../domain/exclusions.ts';
import {
  accountStream,
  type FactDraft,
  type FactExcluded,
  type FactReadmitted,
  isReadable,
  type StoredFact,
  transactionSubmitted,
} from '../../../domain/facts.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';
import { learnOn } from '../../../processors/account-load.ts';
import { ExclusionPreviews } from '../../../processors/exclusion-preview.ts';
import { Exclusions } from '../../../processors/exclusions.ts';
import type { Compile } from '../../../processors/scoring-plans.ts';
import type { DecisionQueries } from '../../read-model/queries/decision-queries.ts';
import type { Progress } from '../behind.ts';
import { factDraft } from './fact-draft.ts';

export interface ExcludingOptions {
  store: EventStore;
  decisions: Pick<DecisionQueries, 'newestOfAccount'>;
  progress: Pick<Progress, 'decided'>;
  compile: Compile;
}

/** A fact of an account, and what its stream says of it, up to `newest`. */
interface Found {
  fact: StoredFact;
  refusal: string | undefined;
  /** Revision of the stream's newest fact. */
  newest: number;
}

/** Takes facts of accounts out of what is decided from now on, and puts them back. */
export function excluding({ store, decisions, progress, compile }: ExcludingOptions): Excluding {
  const previews = new ExclusionPreviews(store, compile);

  async function find({ accountId, revision, what }: FactCommand): Promise<Found | undefined> {
    const stream = accountStream(accountId);
    const exclusions = new Exclusions();
    const newest = (await learnOn({ store, exclusions }, stream, 0)) - 1;
    const [fact] = await store.readStream(stream, revision, 1);
    if (fact?.revision !== revision) return undefined;
    const refusal = exclusionRefusal({
      command: what,
      fact,
      readable: isReadable(fact),
      exclusions: exclusions.of(accountId),
      decided: await isDecided(accountId, fact),
    });
    return { fact, refusal, newest };
  }

  /** Whether a processor has gone past it: then a newer version has read what this one cannot. */
  async function isDecided(accountId: string, { position }: StoredFact): Promise<boolean> {
    if (progress.decided() >= position) return true;
    const newest = await decisions.newestOfAccount(accountId);
    return newest !== undefined && newest.position > position;
  }

  return {
    async previewFactCommand(command) {
      const found = await find(command);
      if (found === undefined) return { kind: 'unknown' };
      const { fact, refusal, newest } = found;
      if (refusal !== undefined) return { kind: 'refused', message: refusal };
      const { accountId, revision, what } = command;
      if (!isReadable(fact)) {
        const waiting = { ofAccount: newest - revision, positions: (await store.head()) - fact.position };
        return { kind: 'preview', preview: { fact: viewOf(fact), waiting, later: null } };
      }
      const later = await previews.preview({ accountId, revision, out: what === 'exclude' });
      return { kind: 'preview', preview: { fact: viewOf(fact), waiting: null, later } };
    },
    async commandFact(command, reason, by): Promise<FactAnswer> {
      for (;;) {
        const found = await find(command);
        if (found === undefined) return { kind: 'unknown' };
        if (found.refusal !== undefined) return { kind: 'refused', message: found.refusal };
        const { fact, newest } = found;
        try {
          const draft = draftOf(command, fact, reason, by);
          const { position } = await store.append(fact.stream, newest, [draft]);
          return { kind: 'done', fact: viewOf(fact), position };
        } catch (error) {
          // The account went on meanwhile; what its stream says now decides.
          if (!(error instanceof WrongExpectedRevision)) throw error;
        }
      }
    },
  };
}

function draftOf({ what, revision }: FactCommand, fact: StoredFact, reason: string, by: string): FactDraft {
  const data: FactReadmitted = { revision, reason, by, at: new Date().toISOString() };
  if (what === 'readmit') return factDraft('FactReadmitted', data);
  return factDraft('FactExcluded', { ...data, unread: !isReadable(fact) } satisfies FactExcluded);
}

function viewOf(fact: StoredFact): FactView {
  const { revision, position, type, schemaVersion } = fact;
  const view = { revision, position, type, schemaVersion };
  if (type !== 'TransactionSubmitted' || !isReadable(fact)) return { ...view, transaction: null };
  const { transactionId, occurredAt, amountMinor, currency } = transactionSubmitted(fact).transaction;
  return { ...view, transaction: { transactionId, occurredAt, amountMinor, currency } };
}
