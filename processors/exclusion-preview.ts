import { setImmediate } from 'node:timers/promises';
import type { Decision } from '../domain/decision.ts';
import { accountStream, type StoredFact, UnknownSchemaVersion } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import { NO_STAMPS } from '../domain/scoring/stamps.ts';
import { learnOn } from './account-load.ts';
import { BatchFold, type StampedFact } from './batch-fold.ts';
import { Exclusions, type Supposition } from './exclusions.ts';
import { readStretches } from './read-stretches.ts';
import { catchUp, RuleSetTimeline } from './rule-set-timeline.ts';
import { type Compile, ScoringPlans } from './scoring-plans.ts';
import { Stamper } from './stamper.ts';

/** A decision as it is, and as it would be. */
export interface ChangedDecision {
  is: Decision;
  wouldBe: Decision;
}

export interface ExclusionPreview {
  /** Decisions of the account after the fact that were compared. */
  decisions: number;
  /** Of these, how many would have another score, decision or reasons. */
  differ: number;
  /** The first few of those. */
  first: ChangedDecision[];
  /** Everything of the account up to this revision was compared: its newest fact, or the last before one that cannot be read. */
  upTo: number;
}

const FIRST_SHOWN = 5;
/** Few, so that other work of the thread goes on between. */
const PAGE = 200;

/** Says what later decisions of an account would be, had one of its facts been out, or in, from its own place on. */
export class ExclusionPreviews {
  readonly #store: EventStore;
  readonly #timeline = new RuleSetTimeline();
  readonly #plans: ScoringPlans;
  readonly #stamper: Stamper;

  constructor(store: EventStore, compile: Compile) {
    this.#store = store;
    this.#plans = new ScoringPlans(this.#timeline, store, compile);
    const options = { store, timeline: this.#timeline, plans: this.#plans, breathe: setImmediate };
    this.#stamper = new Stamper(options);
  }

  /** Folds the account's stream twice, by the production fold and the rule sets as they were in force. */
  async preview(supposition: Supposition): Promise<ExclusionPreview> {
    const { accountId, revision } = supposition;
    const head = await this.#store.head();
    await catchUp(this.#timeline, this.#store, head);
    const is = await this.#fold(accountId, new Exclusions());
    const wouldBe = await this.#fold(accountId, new Exclusions(supposition));
    const result: ExclusionPreview = { decisions: 0, differ: 0, first: [], upTo: -1 };
    for (;;) {
      const read = await this.#store.readStream(accountStream(accountId), result.upTo + 1, PAGE);
      const facts = read.filter(({ position }) => position <= head);
      const stamped = await this.#stamped(facts);
      const [made, ended] = await decided(is, stamped);
      const [supposed] = await decided(wouldBe, stamped);
      for (const decision of made) {
        if (decision.revision > revision) compare(result, decision, supposed);
      }
      result.upTo = (ended === undefined ? facts.at(-1)?.revision : ended.revision - 1) ?? result.upTo;
      if (ended !== undefined || facts.length < PAGE) return result;
      await setImmediate();
    }
  }

  /** The account's facts of a page. Where they are stamped, what with is met on the way through all of the store. */
  async #stamped(facts: readonly StoredFact[]): Promise<StampedFact[]> {
    const versions = facts.map(({ position }) => this.#timeline.inForceAt(position));
    const plans = await Promise.all(
      versions.map((version, i) => this.#plans.planOf(version, facts[i]!.position)),
    );
    if (plans.every(({ isStamped }) => !isStamped)) {
      return facts.map((fact, i) => ({ fact, ruleSet: versions[i]!, stamps: NO_STAMPS }));
    }
    const wanted = new Set(facts.map(({ position }) => position));
    const stamped: StampedFact[] = [];
    const [first, last] = [facts[0]!.position - 1, facts.at(-1)!.position];
    for await (const stretch of readStretches(this.#store, this.#stamper, first, last)) {
      stamped.push(...stretch.facts.filter(({ fact }) => wanted.has(fact.position)));
    }
    return stamped;
  }

  async #fold(accountId: string, exclusions: Exclusions): Promise<BatchFold> {
    await learnOn({ store: this.#store, exclusions }, accountStream(accountId), 0);
    return new BatchFold({
      store: this.#store,
      snapshots: { snapshots: async () => [] },
      plans: this.#plans,
      exclusions,
    });
  }
}

type Facts = Parameters<BatchFold['fold']>[0];

/** @returns what was decided, and the fact that cannot be read, if one ended it */
async function decided(fold: BatchFold, facts: Facts): Promise<[Decision[], StoredFact | undefined]> {
  const decisions: Decision[] = [];
  try {
    await fold.fold(facts, ({ decision }) => decisions.push(decision));
    return [decisions, undefined];
  } catch (error) {
    if (!(error instanceof UnknownSchemaVersion)) throw error;
    return [decisions, error.fact];
  }
}

function compare(result: ExclusionPreview, is: Decision, supposed: readonly Decision[]): void {
  const wouldBe = supposed.find(({ revision }) => revision === is.revision);
  if (wouldBe === undefined) return;
  result.decisions++;
  if (verdict(is) === verdict(wouldBe)) return;
  result.differ++;
  if (result.first.length < FIRST_SHOWN) result.first.push({ is, wouldBe });
}

const verdict = ({ score, decision, reasons }: Decision): string =>
  JSON.stringify([score, decision, reasons]);
