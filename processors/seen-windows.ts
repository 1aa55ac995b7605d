import type { Decision } from '../domain/decision.ts';
import type { ExplainedEvent, ExplainedFeature, ExplainedListing } from '../domain/explanation.ts';
import type { FeatureValue, Label } from '../domain/facts.ts';
import type { ListMemory } from '../domain/lists/list-memory.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { symbolsOf } from '../domain/rules/symbols-of.ts';
import { FeatureWindow, type KnownTransaction } from '../domain/scoring/feature-window.ts';

export const windowsOf = ({ definition }: ScoringPlan): FeatureWindow[] =>
  definition.features.map((feature) => new FeatureWindow(definition, feature));

const LOOKED_AT_ONCE = 1_000;

/** The windows of one transaction, and what stood in them. */
export class SeenWindows {
  readonly #scored: KnownTransaction;
  readonly #known: readonly KnownTransaction[];
  readonly #lists: ListMemory;
  readonly #mostEvents: number;
  readonly #breathe: () => Promise<void>;

  /**
   * @param known everything that windows may hold, the transaction itself included, by time
   * @param lists as they stood when it was decided
   * @param mostEvents of a feature that are shown
   */
  constructor(
    scored: KnownTransaction,
    known: readonly KnownTransaction[],
    lists: ListMemory,
    mostEvents: number,
    breathe: () => Promise<void>,
  ) {
    this.#scored = scored;
    this.#known = known;
    this.#lists = lists;
    this.#mostEvents = mostEvents;
    this.#breathe = breathe;
  }

  /** Every feature with the value it had in the decision, and the events that make it. */
  async features(
    windows: readonly FeatureWindow[],
    decision: Pick<Decision, 'features' | 'hits'>,
    definition: RuleSet,
  ): Promise<ExplainedFeature[]> {
    const readBy = readersOf(definition, decision);
    const features: ExplainedFeature[] = [];
    for (const [i, window] of windows.entries()) {
      const members = await this.#members(window);
      features.push(
        this.#feature(window, members, decision.features[i] ?? null, readBy(window.definition.name)),
      );
    }
    return features;
  }

  /** The earlier events of the windows that a decision hangs on, newest first. */
  async candidates(
    windows: readonly FeatureWindow[],
    decision: Decision,
    definition: RuleSet,
  ): Promise<KnownTransaction[]> {
    const readBy = readersOf(definition, decision);
    const members = new Set<KnownTransaction>();
    for (const window of windows) {
      if (readBy(window.definition.name).length === 0) continue;
      for (const member of await this.#members(window)) members.add(member);
    }
    members.delete(this.#scored);
    return this.#known.filter((each) => members.has(each)).reverse();
  }

  async #members(window: FeatureWindow): Promise<KnownTransaction[]> {
    const isAmong = window.amongOf(this.#scored);
    const among = isAmong === null ? [] : await this.#those(isAmong);
    // The Nth newest; where there are fewer, the oldest there is.
    const oldest = among.at(-(window.definition.last?.most ?? 0)) ?? among[0];
    return this.#those(window.membershipOf(this.#scored, oldest));
  }

  /** By time. */
  async #those(isMember: (each: KnownTransaction) => boolean): Promise<KnownTransaction[]> {
    const members: KnownTransaction[] = [];
    for (let from = 0; from < this.#known.length; from += LOOKED_AT_ONCE) {
      if (from > 0) await this.#breathe();
      for (const each of this.#known.slice(from, from + LOOKED_AT_ONCE))
        if (isMember(each)) members.push(each);
    }
    return members;
  }

  #feature(
    window: FeatureWindow,
    members: readonly KnownTransaction[],
    value: FeatureValue,
    readBy: string[],
  ): ExplainedFeature {
    const { name, aggregate, of, per, list, where, prior, last, steps } = window.definition;
    const { afterMs, upToMs } = window.bounds(this.#scored.occurredAtMs);
    const key = window.keyOf(this.#scored.submitted) ?? null;
    return {
      name,
      value,
      aggregate,
      of,
      per,
      key,
      where: where?.source ?? null,
      prior,
      afterMs: afterMs === -Infinity ? null : afterMs,
      upToMs,
      last: last === undefined ? null : { most: last.most, among: last.among?.source ?? null },
      steps: steps?.map((step) => ({ ...step, where: step.where?.source ?? null })) ?? null,
      list: list === undefined ? null : this.#listing(list, key),
      readBy,
      count: members.length,
      events: this.#shown(window, members, value).map((each) => ({
        ...eventOf(each),
        value: window.valueOf(each) ?? null,
        isScored: each === this.#scored,
      })),
    };
  }

  #listing(name: string, value: string | null): ExplainedListing {
    const list = this.#lists.get(name);
    const held = value === null ? undefined : list?.entries.get(value);
    const entry = held && { expiresAt: held.expiresAt, note: held.note, ...held.change };
    return { name, version: list?.version ?? 0, entry: entry ?? null };
  }

  /** The newest ones; if the value is that of a single older one, that one too, in the place of the oldest. */
  #shown(
    window: FeatureWindow,
    members: readonly KnownTransaction[],
    value: FeatureValue,
  ): KnownTransaction[] {
    const shown = members.slice(Math.max(0, members.length - this.#mostEvents)).reverse();
    const isOfOne = ['min', 'max', 'first'].includes(window.definition.aggregate);
    const hasIt = (each: KnownTransaction) => window.valueOf(each) === value;
    if (!isOfOne || shown.length === 0 || shown.some(hasIt)) return shown;
    const one = members.findLast(hasIt);
    return one === undefined ? shown : [...shown.slice(0, -1), one];
  }
}

export function eventOf({ submitted, learnt }: KnownTransaction): Omit<ExplainedEvent, 'value' | 'isScored'> {
  const { transactionId, accountId, occurredAt, amountMinor, currency } = submitted.transaction;
  const label = (learnt.label as Label | undefined) ?? null;
  return { transactionId, accountId, occurredAt, amountMinor, currency, label };
}

/** For each feature, which of the rules that hit read it; `score` where the score expression does. */
function readersOf(
  { rules, score }: RuleSet,
  { hits }: Pick<Decision, 'hits'>,
): (feature: string) => string[] {
  const isHit = new Set(hits.map(({ rule }) => rule));
  const readers = rules.filter(({ id }) => isHit.has(id)).map(({ id, when }) => ({ id, tree: when.tree }));
  if (score !== null) readers.push({ id: 'score', tree: score.tree });
  const reading = readers.map(({ id, tree }) => ({ id, names: new Set(symbolsOf(tree)) }));
  return (feature) => reading.filter(({ names }) => names.has(feature)).map(({ id }) => id);
}
