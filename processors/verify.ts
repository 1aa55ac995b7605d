import type { Decision } from '../domain/decision.ts';
import type { StoredFact } from '../domain/facts.ts';
import type { Checkpoint, EventStore, RiskStore } from '../domain/ports.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { AlertCheck, type Difference, differenceOf, type IsGiven } from './alert-check.ts';
import { assertOfStore } from './checkpoint-match.ts';
import { decisionDifferences } from './decision-difference.ts';
import { HistoryFold, type HistoryOptions } from './history-fold.ts';
import { RecordedDecisions } from './recorded-decisions.ts';
import { SealChain } from './seal-chain.ts';
import { type SealedRange, SealSums, sealsUpTo } from './seal-check.ts';
import { byPlace, together, type Verification, type VerifiedPart } from './verification.ts';

export interface VerifyPartOptions extends HistoryOptions {
  risk: Pick<RiskStore, 'readDecisions'>;
  /** Of the partitions that are verified: each is compared up to its own. */
  checkpoints: readonly Checkpoint[];
  /** Ranges whose decisions are summed, in the order of their ends. */
  seals?: readonly SealedRange[];
  /** The partition of an account; all are of the first by default. */
  partitionOf?(accountId: string): number;
}

export interface VerifyOptions extends HistoryOptions {
  risk: Pick<RiskStore, 'checkpoint' | 'readDecisions'>;
}

/** Where each partition's decisions stand. @throws CheckpointMismatch */
export async function checkpointsOf(
  store: EventStore,
  risk: Pick<RiskStore, 'checkpoint'>,
  partitions: number,
): Promise<Checkpoint[]> {
  const checkpoints: Checkpoint[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const checkpoint = await risk.checkpoint(partition);
    await assertOfStore(store, checkpoint);
    checkpoints.push(checkpoint);
  }
  return checkpoints;
}

/** Verifies the one partition of a deployment in this thread; see verifyPart. @throws CheckpointMismatch, … */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const seals = await new SealChain(options.store).readOn();
  const checkpoints = await checkpointsOf(options.store, options.risk, 1);
  const through = checkpoints[0]!.position;
  return together(
    [await verifyPart({ ...options, checkpoints, seals: sealsUpTo(seals, through) })],
    seals,
    through,
  );
}

/**
 * Recomputes the decisions of some partitions and accounts from the store alone, by the production fold and the rule
 * sets as they were in force, and compares them with those recorded; and every suspicious decision with its alert.
 * Works beside a running server.
 * @throws UnknownSchemaVersion, UnknownSemantics, …
 */
export async function verifyPart(options: VerifyPartOptions): Promise<VerifiedPart> {
  const { store, risk, checkpoints, partitionOf = () => checkpoints[0]!.partition } = options;
  const throughs = new Map(checkpoints.map(({ partition, position }) => [partition, position]));
  const through = Math.max(0, ...throughs.values());
  const owns = ownsOf(options, (accountId) => throughs.has(partitionOf(accountId)));
  const history = new HistoryFold({ ...options, ...(owns !== undefined && { owns }) });
  const isGiven: IsGiven = ({ accountId, position }) =>
    history.owns(accountId) && position <= throughs.get(partitionOf(accountId))!;
  const alerts = new AlertCheck(isGiven);
  const tables = checkpoints.map(({ partition }) => new RecordedDecisions(risk, partition));
  const sums = new SealSums(options.seals ?? []);
  const part: VerifiedPart = { decisions: 0, alerts: 0, differ: 0, first: null, sealed: [] };
  const found = (difference: Difference | undefined) => {
    if (difference === undefined) return;
    part.differ++;
    if (part.first === null || byPlace(difference, part.first) < 0) part.first = difference;
  };

  for await (const stretch of history.read(0, through)) {
    const recomputed: Recomputed[] = [];
    await history.fold.fold(history.own(stretch), (scored, { definition }) => {
      if (!isGiven(scored.decision)) return;
      recomputed.push({ decision: scored.decision, definition });
      sums.add(scored.decision);
      alerts.decided(scored, definition);
    });
    for (const [i, { partition, position }] of checkpoints.entries()) {
      const read = await tables[i]!.upTo(Math.min(stretch.to, position));
      const made =
        tables.length === 1
          ? recomputed
          : recomputed.filter(({ decision }) => partitionOf(decision.accountId) === partition);
      // What stands in the table of another partition is of its own accounts, and too many here.
      const rows =
        options.owns === undefined ? read : read.filter(({ accountId }) => options.owns!(accountId));
      compare(rows, made).forEach(found);
    }
    for (const { fact } of stretch.facts) found(alerts.met(fact));
    part.decisions += recomputed.length;
    options.onProgress?.({ position: stretch.to, through, decisions: part.decisions });
  }
  for await (const fact of othersAfter(store, through)) found(alerts.met(fact));
  alerts.missing().forEach(found);
  part.alerts = alerts.alerts;
  part.sealed = sums.summed;
  return part;
}

/** Where both leave nobody out, nobody is asked. */
const ownsOf = (
  { owns, partitionOf }: VerifyPartOptions,
  isOfPartitions: (accountId: string) => boolean,
): ((accountId: string) => boolean) | undefined => {
  if (partitionOf === undefined) return owns;
  return owns === undefined ? isOfPartitions : (accountId) => isOfPartitions(accountId) && owns(accountId);
};

interface Recomputed {
  decision: Decision;
  definition: RuleSet;
}

/** Both in the order of positions. A row of another account is none of the transaction at its position. */
function compare(recorded: readonly Decision[], recomputed: readonly Recomputed[]): Difference[] {
  const byPosition = new Map(recorded.map((decision) => [decision.position, decision]));
  const differences = recomputed.flatMap(({ decision, definition }) => {
    const was = byPosition.get(decision.position);
    if (was?.accountId !== decision.accountId) return [differenceOf(decision, ['no decision is recorded'])];
    byPosition.delete(decision.position);
    const sentences = decisionDifferences(was, decision, definition);
    return sentences.length === 0 ? [] : [differenceOf(decision, sentences)];
  });
  const extra = [...byPosition.values()].map((decision) =>
    differenceOf(decision, ['a decision is recorded, but the store holds no such transaction there']),
  );
  return [...differences, ...extra];
}

const READ_LIMIT = 1_000;

async function* othersAfter(store: EventStore, position: number): AsyncGenerator<StoredFact> {
  for (let after = position; ; ) {
    const facts = await store.readOthers(after, READ_LIMIT);
    yield* facts;
    if (facts.length < READ_LIMIT) return;
    after = facts.at(-1)!.position;
  }
}
