import { exclusionOf } from '../domain/exclusions.ts';
import {
  accountOfStream,
  type FeatureValue,
  isReadable,
  type StoredFact,
  type TransactionSubmitted,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import type { EntitySnapshots, EventStore } from '../domain/ports.ts';
import { EntityMemory } from '../domain/scoring/entity-memory.ts';
import type { EntityPlan } from '../domain/scoring/entity-plan.ts';
import { NO_STAMPS } from '../domain/scoring/stamps.ts';
import { contentOf, type FactContent, NOTHING } from './apply-fact.ts';
import { EntitySnapshotRun, readEntities } from './entity-snapshot-run.ts';
import { ExclusionHistory } from './exclusion-history.ts';
import { StoreBehind } from './read-stretches.ts';

export interface EntityHistoryOptions {
  store: Pick<EventStore, 'readAll' | 'readOthers' | 'readAt'>;
  /** Lets other work of the process go on between stretches of history. */
  breathe(): Promise<void>;
  /** Spares reading history from its beginning after a restart; without it that is done. */
  keep?: EntityKeep | undefined;
}

/** Where entities are written down. */
export interface EntityKeep {
  snapshots: EntitySnapshots;
  /** Told of a snapshot that could not be read or written: that costs time only. */
  onTrouble(error: unknown): void;
  /** Facts between two snapshots, at least. */
  everyFacts?: number;
}

const READ_LIMIT = 1_000;
const SNAPSHOT_FACTS = 2_000;
const NOWHERE = Number.POSITIVE_INFINITY;

/**
 * Merchants, devices, … as of one position of the store. What they are there is a function of the store alone; what
 * is held in memory spares reading it again as long as positions only rise.
 */
export class EntityHistory {
  readonly #options: EntityHistoryOptions;
  readonly #exclusions: ExclusionHistory;
  #memory: EntityMemory | null = null;
  /** Everything up to here is in the memory, and nothing else. */
  #position = NOWHERE;
  #run: EntitySnapshotRun | null = null;
  /** Facts folded in since a snapshot was begun, and how many events that held. */
  #sinceSnapshot = 0;
  #snapshotEvents = 0;

  constructor(options: EntityHistoryOptions) {
    this.#options = options;
    this.#exclusions = new ExclusionHistory(options.store);
  }

  /** Where the entities stand; null where nowhere. */
  get position(): number | null {
    return this.#position === NOWHERE ? null : this.#position;
  }

  /**
   * The entities as of `position`, by the plan: at once where they are there already, onward from where they are,
   * or from all of history.
   * @throws UnknownSchemaVersion
   */
  async at(position: number, plan: EntityPlan): Promise<EntityMemory> {
    if (this.#position === position && this.#memory?.use(plan)) return this.#memory;
    await this.#exclusions.learn();
    const memory = this.#position <= position && this.#memory?.use(plan) ? this.#memory : null;
    // What was excluded on the way may be in the memory already.
    const isWhole = memory !== null && !this.#exclusions.speaksIn(this.#position, position);
    return isWhole ? this.#goOn(memory, this.#position, position) : this.#begin(position, plan, false);
  }

  /**
   * One page of history nearer to `upTo`: for who will stand there some time, and must not hold others up on the way.
   * @returns whether the entities stand there
   * @throws UnknownSchemaVersion
   */
  async approach(upTo: number, plan: EntityPlan): Promise<boolean> {
    if (this.#position === NOWHERE || !this.#memory?.use(plan)) {
      await this.#exclusions.learn();
      const kept = await this.#kept(upTo, plan);
      this.#memory = kept?.memory ?? new EntityMemory(plan, false);
      this.#position = kept?.position ?? 0;
    }
    if (this.#position >= upTo) return true;
    const page = await this.#options.store.readAll(this.#position, READ_LIMIT);
    const next = page.findLast(({ position }) => position <= upTo);
    if (next !== undefined) await this.at(next.position, plan);
    return this.#position === upTo;
  }

  /**
   * Folds in the fact that follows the position of the entities.
   * @returns what it is stamped with
   * @throws UnknownSchemaVersion
   */
  async next(before: number, plan: EntityPlan, fact: StoredFact): Promise<readonly FeatureValue[]> {
    const memory = await this.at(before, plan);
    const content = await this.#contentOf(fact);
    const { position } = fact;
    if (content.kind === 'transaction' && memory.reachesBack(content.submitted)) {
      const full = await this.#begin(before, plan, true);
      this.#position = position;
      return full.stamp(content.submitted, position);
    }
    if (content.kind === 'nothing' && isReadable(fact) && exclusionOf(fact) !== undefined) {
      // What counts of the past is no longer what it was.
      await this.#begin(position, plan, false);
      return NO_STAMPS;
    }
    this.#position = position;
    this.#sinceSnapshot += 1;
    return foldInto(memory, content, position);
  }

  /**
   * To be called between batches: some of a snapshot, if one is due or under way. They are spaced in proportion to
   * their size: amortised O(1) an event.
   * @param last the last fact of the batch
   */
  async tend({ position, eventId }: StoredFact): Promise<void> {
    const { keep } = this.#options;
    const memory = this.#memory;
    if (keep === undefined || memory === null || this.#position !== position) return;
    if (this.#run === null) {
      if (this.#sinceSnapshot < Math.max(keep.everyFacts ?? SNAPSHOT_FACTS, this.#snapshotEvents)) return;
      this.#sinceSnapshot = 0;
      this.#snapshotEvents = memory.eventsHeld;
      const of = { planHash: memory.planHash, position, eventId };
      this.#run = new EntitySnapshotRun(keep.snapshots, memory, of);
    }
    try {
      if (await this.#run.step()) this.#run = null;
    } catch (error) {
      // The next one is tried in its time.
      this.#run = null;
      keep.onTrouble(error);
    }
  }

  /** See Stamper.stampNext; nothing is changed. */
  async hypothetical(
    position: number,
    plan: EntityPlan,
    submitted: TransactionSubmitted,
  ): Promise<readonly FeatureValue[]> {
    const memory = await this.at(position, plan);
    if (!memory.reachesBack(submitted)) return memory.copyOf(submitted).stamp(submitted, position + 1);
    // For this once: what is asked must not change what everybody else waits for.
    const full = new EntityMemory(plan, true);
    await this.#read(full, 0, position);
    return full.stamp(submitted, position + 1);
  }

  async #begin(position: number, plan: EntityPlan, full: boolean): Promise<EntityMemory> {
    await this.#exclusions.learn();
    this.#run = null;
    const kept = full ? undefined : await this.#kept(position, plan);
    return this.#goOn(kept?.memory ?? new EntityMemory(plan, full), kept?.position ?? 0, position);
  }

  async #goOn(memory: EntityMemory, after: number, upTo: number): Promise<EntityMemory> {
    // Whatever happens on the way, it is then of no position.
    this.#position = NOWHERE;
    this.#sinceSnapshot += await this.#read(memory, after, upTo);
    this.#memory = memory;
    this.#position = upTo;
    return memory;
  }

  /** The newest snapshot that serves: of this store, and with nothing excluded or readmitted since. */
  async #kept(
    position: number,
    plan: EntityPlan,
  ): Promise<{ memory: EntityMemory; position: number } | undefined> {
    const { keep, store } = this.#options;
    if (keep === undefined) return undefined;
    try {
      const found = await keep.snapshots.newest(plan.hash, position);
      if (found === undefined || this.#exclusions.speaksIn(found.position, position)) return undefined;
      const fact = await store.readAt(found.position);
      if (fact?.eventId !== found.eventId) return undefined;
      const memory = await readEntities(keep.snapshots, found, new EntityMemory(plan, false));
      return memory && { memory, position: found.position };
    } catch (error) {
      keep.onTrouble(error);
      return undefined;
    }
  }

  /**
   * Reads (after, upTo] of the store into the memory. What reaches back further than is held is exact for what comes
   * after it.
   * @returns how many facts that were
   * @throws StoreBehind if the store ends before `upTo`; UnknownSchemaVersion
   */
  async #read(memory: EntityMemory, after: number, upTo: number): Promise<number> {
    const { store, breathe } = this.#options;
    const isOut = this.#exclusions.leftOut(upTo);
    let read = 0;
    for (let position = after; position < upTo; ) {
      const facts = await store.readAll(position, READ_LIMIT);
      if (facts.length === 0) throw new StoreBehind(position, upTo);
      for (const fact of facts) {
        if (fact.position > upTo) return read;
        if (!isOut(fact)) foldInto(memory, await this.#contentOf(fact), fact.position);
        read += 1;
      }
      position = facts.at(-1)!.position;
      await breathe();
    }
    return read;
  }

  /** @throws UnknownSchemaVersion unless something says that the fact does not count */
  async #contentOf(fact: StoredFact): Promise<FactContent> {
    if (accountOfStream(fact.stream) === undefined) return NOTHING;
    if (isReadable(fact)) return contentOf(fact);
    if (await this.#exclusions.passes(fact)) return NOTHING;
    throw new UnknownSchemaVersion(fact);
  }
}

function foldInto(memory: EntityMemory, content: FactContent, position: number): readonly FeatureValue[] {
  if (content.kind === 'transaction') return memory.stamp(content.submitted, position);
  if (content.kind === 'amendment') memory.amend(content.amendment, position);
  return NO_STAMPS;
}
