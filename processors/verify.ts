import type { Decision } from '../domain/decision.ts';
import type { StoredFact } from '../domain/facts.ts';
import type { EventStore, RiskStore } from '../domain/ports.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { AlertCheck, type Difference, differenceOf } from './alert-check.ts';
import { assertOfStore } from './checkpoint-match.ts';
import { decisionDifferences } from './decision-difference.ts';
import { HistoryFold, type HistoryOptions } from './history-fold.ts';

export interface VerifyOptions extends HistoryOptions {
  risk: Pick<RiskStore, 'checkpoint' | 'readDecisions'>;
}

export interface Verification {
  /** Decisions recomputed. */
  decisions: number;
  /** Alerts that are as they must be. */
  alerts: number;
  /** Everything up to here was compared: the processor's checkpoint at the start. */
  through: number;
  /** Decisions and alerts that are missing, too many or not as recomputed. */
  differ: number;
  first: Difference | null;
}

/**
 * Recomputes every decision from the store alone, by the production fold and the rule sets as they were in force,
 * and compares it with the recorded one; and every suspicious decision with its alert. Works beside a running
 * server.
 * @throws CheckpointMismatch, UnknownSchemaVersion, …
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { store, risk, partition = 0 } = options;
  const checkpoint = await risk.checkpoint(partition);
  await assertOfStore(store, checkpoint);
  const through = checkpoint.position;
  const result: Verification = { decisions: 0, alerts: 0, through, differ: 0, first: null };
  const found = (difference: Difference | undefined) => {
    if (difference === undefined) return;
    result.differ++;
    if (result.first === null || difference.position < result.first.position) result.first = difference;
  };
  const history = new HistoryFold(options);
  const alerts = new AlertCheck(through, history.owns);
  const recorded = new RecordedDecisions(risk, partition);

  for await (const stretch of history.read(0, through)) {
    const recomputed: Recomputed[] = [];
    await history.fold.fold(history.own(stretch), (scored, { definition }) => {
      recomputed.push({ decision: scored.decision, definition });
      alerts.decided(scored, definition);
    });
    compare(await recorded.upTo(stretch.to), recomputed).forEach(found);
    for (const { fact } of stretch.facts) found(alerts.met(fact));
    result.decisions += recomputed.length;
    options.onProgress?.({ position: stretch.to, through, decisions: result.decisions });
  }
  for await (const fact of othersAfter(store, through)) found(alerts.met(fact));
  alerts.missing().forEach(found);
  result.alerts = alerts.alerts;
  return result;
}

interface Recomputed {
  decision: Decision;
  definition: RuleSet;
}

/** Both in the order of positions. */
function compare(recorded: readonly Decision[], recomputed: readonly Recomputed[]): Difference[] {
  const byPosition = new Map(recorded.map((decision) => [decision.position, decision]));
  const differences = recomputed.flatMap(({ decision, definition }) => {
    const was = byPosition.get(decision.position);
    byPosition.delete(decision.position);
    if (was === undefined) return [differenceOf(decision, ['no decision is recorded'])];
    const sentences = decisionDifferences(was, decision, definition);
    return sentences.length === 0 ? [] : [differenceOf(decision, sentences)];
  });
  const extra = [...byPosition.values()].map((decision) =>
    differenceOf(decision, ['a decision is recorded, but the store holds no transaction there']),
  );
  return [...differences, ...extra];
}

const READ_LIMIT = 1_000;

/** The recorded decisions in the order of their positions, a stretch at a time. */
class RecordedDecisions {
  #read: Decision[] = [];
  #ended = false;
  #position = 0;
  readonly #risk: Pick<RiskStore, 'readDecisions'>;
  readonly #partition: number;

  constructor(risk: Pick<RiskStore, 'readDecisions'>, partition: number) {
    this.#risk = risk;
    this.#partition = partition;
  }

  /** Those after the last stretch, up to `position`. */
  async upTo(position: number): Promise<Decision[]> {
    while (!this.#ended && this.#position <= position) {
      const decisions = await this.#risk.readDecisions(this.#partition, this.#position, READ_LIMIT);
      this.#read.push(...decisions);
      this.#position = decisions.at(-1)?.position ?? this.#position;
      this.#ended = decisions.length < READ_LIMIT;
    }
    const next = this.#read.findIndex((decision) => decision.position > position);
    return this.#read.splice(0, next === -1 ? this.#read.length : next);
  }
}

async function* othersAfter(store: EventStore, position: number): AsyncGenerator<StoredFact> {
  for (let after = position; ; ) {
    const facts = await store.readOthers(after, READ_LIMIT);
    yield* facts;
    if (facts.length < READ_LIMIT) return;
    after = facts.at(-1)!.position;
  }
}
