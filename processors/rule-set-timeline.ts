import {
  factData,
  type RuleSetActivated,
  type RuleSetPublished,
  type RuleSetVersion,
  type StoredFact,
} from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { assertKnownSemantics } from '../domain/rules/semantics.ts';

interface Activation {
  position: number;
  ruleSet: RuleSetVersion;
}

/** Which rule set was in force when, and what it said: a fold of the rule set facts in global order. */
export class RuleSetTimeline {
  #position = 0;
  readonly #activations: Activation[] = [];
  #publishedLast: RuleSetVersion | null = null;
  readonly #definitions = new Map<string, RuleSet>();

  /** Everything up to here is known; beyond it nothing is answered. */
  get position(): number {
    return this.#position;
  }

  /** Facts of any type, in global order; what was folded before changes nothing. @throws UnknownSchemaVersion */
  fold(fact: StoredFact): void {
    if (fact.position <= this.#position) return;
    if (fact.type === 'RuleSetPublished') {
      const published = factData<RuleSetPublished>(fact);
      this.#definitions.set(key(published), published.ruleSet as RuleSet);
      const { name, version } = published;
      this.#publishedLast = { name, version };
    } else if (fact.type === 'RuleSetActivated') {
      const { name, version } = factData<RuleSetActivated>(fact);
      this.#activations.push({ position: fact.position, ruleSet: { name, version } });
    }
    this.#position = fact.position;
  }

  /** States that no rule set fact but those folded lies at or before `position`. */
  advance(position: number): void {
    if (position > this.#position) this.#position = position;
  }

  /** The version in force for a fact at `position`: the last one activated before it. Null if none was. */
  inForceAt(position: number): RuleSetVersion | null {
    if (position > this.#position) {
      throw new RangeError(`rule sets are known up to position ${this.#position}, not ${position}`);
    }
    for (let i = this.#activations.length - 1; i >= 0; i--) {
      const activation = this.#activations[i]!;
      if (activation.position < position) return activation.ruleSet;
    }
    return null;
  }

  /** The version in force for what comes after everything known. Null if none was activated. */
  inForceNext(): RuleSetVersion | null {
    return this.#activations.at(-1)?.ruleSet ?? null;
  }

  /** The version published last, in force or not. */
  get publishedLast(): RuleSetVersion | null {
    return this.#publishedLast;
  }

  /** What a version says, if it was published. @throws UnknownSemantics */
  definition(version: RuleSetVersion): RuleSet | undefined {
    const definition = this.#definitions.get(key(version));
    if (definition !== undefined) assertKnownSemantics(definition.semantics);
    return definition;
  }
}

/** Names have no NUL, so that no two versions share a key. */
const key = ({ name, version }: RuleSetVersion): string => `${name}\0${version}`;

const READ_LIMIT = 1_000;

/** Who reads for a timeline now; nothing is read for it twice at once. */
const reading = new WeakMap<RuleSetTimeline, Promise<void>>();

/**
 * Reads what the timeline does not know yet up to `position`, which the store must have reached. Several at once, such
 * as the partitions of a process, cost one reading: it goes through all of history at first.
 */
export async function catchUp(
  timeline: RuleSetTimeline,
  store: Pick<EventStore, 'readOthers'>,
  position: number,
): Promise<void> {
  while (timeline.position < position) {
    const other = reading.get(timeline);
    if (other !== undefined) {
      // Its own caller hears if it failed; it may also have read less far.
      await other.catch(() => undefined);
      continue;
    }
    const own = readUpTo(timeline, store, position).finally(() => reading.delete(timeline));
    reading.set(timeline, own);
    await own;
  }
}

async function readUpTo(
  timeline: RuleSetTimeline,
  store: Pick<EventStore, 'readOthers'>,
  position: number,
): Promise<void> {
  while (timeline.position < position) {
    const facts = await store.readOthers(timeline.position, READ_LIMIT);
    for (const fact of facts) timeline.fold(fact);
    if (facts.length < READ_LIMIT) timeline.advance(position);
  }
}
