import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { alert, ruleSetSummary, suspicion, transaction } from './schemas.ts';
import type {
  AlertSuspicion,
  AlertView,
  ExplainedDecision,
  FactView,
  LaterDecisions,
  RuleSetSummary,
  StoredTransaction,
  TransactionView,
} from './services.ts';

/** Store positions leave as decimal tokens. */
export const token = (position: number): string => String(position);

export function presentStored({ transactionId, accountId, revision, position }: StoredTransaction) {
  return { transactionId, accountId, revision, position: token(position) };
}

export function presentDecision(decision: ExplainedDecision | undefined) {
  return {
    score: decision?.score ?? null,
    decision: decision?.decision ?? null,
    reasons: decision?.reasons ?? [],
    hits: decision?.hits ?? [],
    features: decision?.features ?? {},
    shadowHits: decision?.beside?.shadowHits ?? [],
    scores: decision?.beside?.scores ?? {},
    undefinedRules: decision?.undefinedRules ?? [],
    ruleSet: decision?.ruleSet ?? null,
    lateByMs: decision?.lateByMs ?? null,
  };
}

export function presentTransaction({
  stored,
  submitted,
  decision,
}: TransactionView): z.output<typeof transaction> {
  return {
    ...presentStored(stored),
    ...presentDecision(decision),
    transaction: submitted.transaction,
    amountBaseMinor: submitted.amountBaseMinor,
    ratesVersion: submitted.ratesVersion,
    receivedAt: new Date(submitted.receivedAtMs).toISOString(),
    origin: submitted.origin,
  };
}

export function presentAlert(view: AlertView): z.output<typeof alert> {
  const {
    grouping: _,
    revision: transactionRevision,
    position: transactionPosition,
    ...suspected
  } = view.suspected;
  const { state, revision, position, assignee, disposition, history, suspicions } = view;
  return {
    ...suspected,
    suspicionCount: view.suspicionCount,
    lastOccurredAt: view.lastOccurredAt,
    ...(suspicions && { suspicions: suspicions.map(presentSuspicion) }),
    state,
    revision,
    position: token(position),
    transactionRevision,
    transactionPosition: token(transactionPosition),
    assignee,
    disposition,
    history,
  };
}

function presentSuspicion({ suspected, isHeldBack }: AlertSuspicion): z.output<typeof suspicion> {
  const { grouping: _, features: __, revision, position, ...rest } = suspected;
  return {
    ...rest,
    transactionRevision: revision,
    transactionPosition: token(position),
    heldBack: isHeldBack,
  };
}

/** Its ETag: what it was worked, and how much it holds. */
export function alertTag({
  revision,
  suspicionCount,
}: Pick<AlertView, 'revision' | 'suspicionCount'>): string {
  return suspicionCount === 1 ? `"${revision}"` : `"${revision}-${suspicionCount}"`;
}

export const presentFact = (fact: FactView) => ({ ...fact, position: token(fact.position) });

/** A later decision as it is, and as it would be. */
export function presentChange({ is, wouldBe }: LaterDecisions['first'][number]) {
  const said = ({ score, decision, reasons }: typeof is) => ({ score, decision, reasons });
  const { transactionId, revision } = is;
  return { transactionId, revision, is: said(is), wouldBe: said(wouldBe) };
}

export function presentRuleSet(summary: RuleSetSummary): z.output<typeof ruleSetSummary> {
  return { ...summary, position: token(summary.position) };
}

/** Says in a header what the body says as `asOf`. */
export function reflect(reply: FastifyReply, asOf: number): string {
  const at = token(asOf);
  reply.header('shrike-position', at);
  return at;
}
