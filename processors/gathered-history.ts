import {
  accountOfStream,
  accountStream,
  isReadable,
  type StoredFact,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import {
  byTime,
  type FeatureWindow,
  type KnownTransaction,
  knownTransaction,
} from '../domain/scoring/feature-window.ts';
import { contentOf, type FactContent, NOTHING } from './apply-fact.ts';
import type { ExclusionHistory } from './exclusion-history.ts';

/** A fact that came before a transaction, as far as it counts there. Of many, its text would take the most room. */
export interface GatheredFact extends Pick<StoredFact, 'revision' | 'position'> {
  content: FactContent;
  /** Whether it is of the transaction's own account. */
  isOwn: boolean;
}

/** All of the account, and of other accounts what windows reach, in the order of positions. */
export interface GatheredHistory {
  facts: GatheredFact[];
  /** The transactions among them that count, as known at the position, and the one explained: by time. */
  known: KnownTransaction[];
}

export interface GatherOptions {
  store: Pick<EventStore, 'readStream' | 'readAll'>;
  exclusions: ExclusionHistory;
  /** Events held in memory, at most: about 1.3 kB each. */
  mostHeld: number;
  /** Lets other work of the process go on between stretches. */
  breathe(): Promise<void>;
}

const READ_LIMIT = 500;

/**
 * What stands before a transaction and may make the values of its features. Where all of them are of its account, that
 * stream alone is read; else everything up to its position.
 * @throws TooManyEvents, UnknownSchemaVersion
 */
export async function gatherHistory(
  scored: KnownTransaction,
  windows: readonly FeatureWindow[],
  options: GatherOptions,
): Promise<GatheredHistory> {
  const { exclusions } = options;
  await exclusions.learn();
  const { accountId } = scored.submitted.transaction;
  // Of an entity that the transaction has none of, there is nothing to read.
  const ofEntities = windows.filter(
    (window) => window.definition.per !== 'account' && window.keyOf(scored.submitted) !== undefined,
  );
  const reaches = ofEntities.map((window) => window.reachOf(scored));
  const isOut = exclusions.leftOut(scored.position);
  const facts: GatheredFact[] = [];
  const known = new Map<number, KnownTransaction>();
  for await (const fact of factsBefore(scored, ofEntities.length > 0, options)) {
    const ofAccount = accountOfStream(fact.stream);
    if (ofAccount === undefined) continue;
    const isOwn = ofAccount === accountId;
    const content = isOut(fact) ? NOTHING : await read(fact, exclusions);
    if (content.kind === 'transaction') {
      const transaction = knownTransaction(content.submitted, fact.revision, fact.position);
      if (!isOwn && !reaches.some((isReached) => isReached(transaction))) continue;
      known.set(fact.position, transaction);
    } else if (content.kind === 'amendment') {
      const { position, field, value } = content.amendment;
      const about = known.get(position);
      if (about !== undefined) about.learnt[field] = value;
      else if (!isOwn) continue;
    } else if (!isOwn) continue;
    if (facts.length >= options.mostHeld) throw new TooManyEvents(options.mostHeld);
    const { revision, position } = fact;
    facts.push({ revision, position, content, isOwn });
  }
  return { facts, known: [...known.values(), scored].sort(byTime) };
}

/** More stands in the windows of one transaction than may be held to explain it. */
export class TooManyEvents extends Error {
  constructor(mostHeld: number) {
    super(
      `more than ${mostHeld} events stand in the windows of the transaction, and before it in its account`,
    );
    this.name = 'TooManyEvents';
  }
}

async function read(fact: StoredFact, exclusions: ExclusionHistory): Promise<FactContent> {
  if (isReadable(fact)) return contentOf(fact);
  if (await exclusions.passes(fact)) return NOTHING;
  throw new UnknownSchemaVersion(fact);
}

async function* factsBefore(
  { submitted, position }: KnownTransaction,
  ofAll: boolean,
  { store, breathe }: GatherOptions,
): AsyncGenerator<StoredFact> {
  const stream = accountStream(submitted.transaction.accountId);
  for (let last: StoredFact | undefined; ; ) {
    const facts = ofAll
      ? await store.readAll(last?.position ?? 0, READ_LIMIT)
      : await store.readStream(stream, (last?.revision ?? -1) + 1, READ_LIMIT);
    for (const fact of facts) {
      if (fact.position >= position) return;
      yield fact;
    }
    if (facts.length < READ_LIMIT) return;
    last = facts.at(-1);
    await breathe();
  }
}
